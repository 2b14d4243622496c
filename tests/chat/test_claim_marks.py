"""Marks change nothing of an answer but to mark its figures."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.chat.claim_marks import CLOSE, OPEN, as_text
from app.chat.markdown_blocks import MarkdownBlocks

MARK = re.compile(r'<mark class="unchecked" data-testid="unchecked-claim" title="T&lt;&#34;">|</mark>')
DIGITS = re.compile(r"[0-9]+")
CHARACTERS = "12a *_`~[]()<>|#&;!\"'/\\:.-=+ \nʻж"
MARKDOWN = st.text(alphabet=st.sampled_from([*CHARACTERS, OPEN, CLOSE]), max_size=60)


def marked(markdown: str) -> str:
    blocks = MarkdownBlocks('T<"')
    blocks.feed(markdown)
    blocks.take_finished()
    blocks.mark([found.span() for found in DIGITS.finditer(markdown)])
    return "\n".join([*blocks.take_finished(), blocks.open_block])


def whole(markdown: str) -> str:
    blocks = MarkdownBlocks()
    blocks.feed(markdown)
    return "\n".join([*blocks.take_finished(), blocks.open_block])


@given(MARKDOWN)
def test_without_its_marks_an_answer_is_what_it_was(markdown: str) -> None:
    html = marked(markdown)
    assert html.count("<mark ") == html.count("</mark>")
    assert MARK.sub("", html) == whole(markdown)
    assert not re.search(r"<[^>]*<mark", html)


def test_a_sign_stands_behind_a_figure_and_its_per_cent() -> None:
    assert as_text("**12** and 7,5 %, `12`", [(2, 4), (11, 14), (19, 21)]) == "**12 (?)** and 7,5 % (?), `12`"
