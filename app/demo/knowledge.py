"""Where the demo keeps what is known about its data: descriptions of the tables and validated queries."""

from pathlib import Path

METADATA = Path(__file__).parent / "metadata"
"""Holds `tables/*.json`, one description a public view."""
QUERIES = Path(__file__).parent / "queries"
"""Holds `*.sql` files in the format of the README beside them."""
