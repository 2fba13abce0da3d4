"""What tests want to know of an HTML page, and how they compare its text with that of a file."""

import os
from html.parser import HTMLParser
from pathlib import Path

_LINES = ("article", "caption", "details", "div", "dt", "figure", "h1", "h2", "h3", "li", "nav", "p", "section", "tr")
_CELLS = ("td", "th", "dd")


class Content(HTMLParser):
    """The tags, references, ids, headings and descriptions of a page, and its text, line by line."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.alts: list[str] = []
        self._parts: list[str] = []
        self._hidden = False
        self.feed(page)
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\0"))
        self.lines = [line for line in lines if line]
        self.text = " ".join(self.lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.links += [values[name] for name in ("src", "href", "srcset", "action") if name in values]
        self.ids += [values["id"]] if "id" in values else []
        self.headings += [int(tag[1])] if tag in ("h1", "h2", "h3", "h4") else []
        self.alts += [values["alt"]] if tag == "img" else []
        self._hidden = tag in ("style", "script")
        self._parts.append("\0" if tag in _LINES else " | " if tag in _CELLS else " ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data)


def assert_is_snapshot(content: Content, file: Path) -> None:
    """Compare the text of a page with that of a file; with RENEW_SNAPSHOTS set the file is written instead."""
    text = "\n".join(content.lines) + "\n"
    if os.environ.get("RENEW_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
