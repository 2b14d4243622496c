"""Kinds of values in a column, as far as pages and files treat them alike."""

FIGURES = frozenset({"integer", "decimal"})
"""The types of columns that hold numbers: those stand at the right, are added up and drawn."""
