"""The model's Markdown: the same however it is cut, finished blocks for good, and nothing in it that a page would run."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.markdown_blocks import ATTRIBUTES, TAGS, MarkdownBlocks

PIECES = st.sampled_from(
    [
        "# Heading\n", "Words and *more*\n", "\n", "- item\n", "  - below\n", "1. one\n", "> quoted\n", "```sql\n", "```\n",
        "SELECT 1\n", "| a | b |\n", "|---|:-:|\n", "| 1 | 2 |\n", "---\n", "***\n", "    code\n", "- [x] done\n", "===\n",
        "<script>alert(1)</script>\n", "<img src=x onerror=alert(1)>", "![x](http://e.test/x.png)", "[x](javascript:alert(1))",
        "[x](data:text/html,1)", "<a href='javascript:1' onclick=x style=y>", "<style>*{}</style>", "<!-- x -->\n", "<div>\n",
        "</div>\n", "<svg onload=x>", "[a]: javascript:x\n", "[a]", "&lt;script&gt;", "`<b>`", "<https://e.test>", "\\<script\\>",
        "<iframe src=x>", "<![CDATA[", "<?php", '"onmouseover=x', '](x "y")', "ʻüя😀", "\t", "~~no~~", "\r\n",
        "<input type=text>",
    ]
)  # fmt: skip
TEXTS = st.lists(st.one_of(PIECES, st.text(alphabet="ab*_`|<>-#![]()\n\"'=&;/: ", max_size=8)), max_size=14).map("".join)
thorough = settings(max_examples=100, deadline=None)
ALLOWED = {"rel", "href", "title", "start", "class", "disabled", "checked", "type", "tabindex", "aria-label"}


class Elements(HTMLParser):
    """Collects the tags and attributes of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def streamed(chunks: list[str]) -> list[str]:
    """Return the blocks as a page has them in the end, having checked on the way that finished ones stay."""
    markdown, finished = MarkdownBlocks(), list[str]()
    for chunk in chunks:
        markdown.feed(chunk)
        finished += markdown.take_finished()
        assert isinstance(markdown.open_block, str)
    return [*finished, *([markdown.open_block] if markdown.open_block else [])]


@thorough
@given(text=TEXTS, data=st.data())
def test_where_a_text_is_cut_makes_no_difference(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert streamed(chunks) == streamed([text]) == streamed(list(text))


@thorough
@given(text=TEXTS)
def test_nothing_comes_out_that_a_page_would_run_or_fetch(text: str) -> None:
    for html in [*streamed([text]), *streamed(list(text))]:
        elements = Elements()
        elements.feed(html)
        for tag, attributes in elements.found:
            assert tag in TAGS, html
            assert set(attributes) <= ALLOWED, html
            assert set(attributes) <= {*ATTRIBUTES.get(tag, ()), "rel", "type", "tabindex", "aria-label"}, html
            assert (attributes.get("href") or "https:").lower().startswith(("http:", "https:", "mailto:")), html
