"""What was rendered is kept within a limit, and goes with what it shows."""

from app.chat.pages import RenderedTurns


def test_what_is_rendered_twice_takes_its_room_once() -> None:
    rendered = RenderedTurns(limit=100)
    for _ in range(20):
        rendered.keep(("turn",), "x" * 10)
    rendered.keep(("other turn",), "y" * 10)
    assert rendered.get(("turn",)) == "x" * 10


def test_what_was_shown_longest_ago_goes_first() -> None:
    rendered = RenderedTurns(limit=25)
    for turn in ("first", "second"):
        rendered.keep((turn,), "x" * 10)
    rendered.get(("first",))
    rendered.keep(("third",), "x" * 10)
    assert [rendered.get((turn,)) is not None for turn in ("first", "second", "third")] == [True, False, True]
