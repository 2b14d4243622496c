"""Figures and the table that shows them beside their aims."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `aim` None where there is none, `at_least` where more is better."""

    name: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value >= self.aim if self.at_least else self.value <= self.aim


def table(figures: list[Figure]) -> str:
    """Return aligned lines: what, how much, the aim, and whether it is met."""
    width = max(len(figure.name) for figure in figures)
    lines = [f"{'':{width}}  {'figure':>10} {'unit':10} {'aim':>10}"]
    for figure in figures:
        aim = "" if figure.aim is None else f"{'≥' if figure.at_least else '≤'} {figure.aim:,g}"
        verdict = {None: "", True: "met", False: "missed"}[figure.is_met]
        lines.append(
            f"{figure.name:{width}}  {shown(figure.value):>10} {figure.unit:10} {aim:>10}  {verdict:7} {figure.note}".rstrip()
        )
    return "\n".join(lines)


def shown(value: float) -> str:
    if value != value:  # noqa: PLR0124 - not-a-number is the only value unequal to itself
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
