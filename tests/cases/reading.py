"""A report's page, read as a reader's browser would: elements by id, links, figures, rows."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"meta", "br", "path", "rect", "line", "link", "img", "hr", "input"}


@dataclass
class Element:
    """An element with an id: its text, and where the links in it lead."""

    said: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.said)


@dataclass
class Page(HTMLParser):
    """Everything of it that the tests ask for."""

    ids: dict[str, Element] = field(default_factory=dict)
    figures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    loaded: list[str] = field(default_factory=list)
    rows: dict[str, list[list[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, str]] = []
        self._figure: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.loaded += [told[name] for name in ("src", "srcset", "data", "action") if name in told]
        if tag not in ("a",) and told.get("href"):
            self.loaded.append(told["href"])
        if told.get("id"):
            assert told["id"] not in self.ids, f"{told['id']} is there twice"
            self.ids[told["id"]] = Element()
        if tag == "a":
            self.links.append(told["href"])
            for _, name in self._open:
                if name:
                    self.ids[name].links.append(told["href"])
        if "data-figure" in told:
            self._figure = told["data-figure"]
            self.figures.setdefault(self._figure, []).append((told["href"], ""))
        if tag not in _VOID:
            self._open.append((tag, told.get("id", "")))
        if tag == "tr":
            self._cells: list[str] = []
        if tag in ("td", "th"):
            self._cells.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        while self._open:
            name, element = self._open.pop()
            if name == "tr" and element:
                self.rows.setdefault(element.rsplit("-", 1)[0], []).append(self._cells)
            if name == tag:
                break
        if tag == "a":
            self._figure = ""

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in ("style", "title"):
            return
        for _, name in self._open:
            if name:
                self.ids[name].said.append(data)
        if self._figure:
            where, text = self.figures[self._figure][-1]
            self.figures[self._figure][-1] = (where, text + data)
        if any(tag in ("td", "th") for tag, _ in self._open):
            self._cells[-1] += data


def read_page(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    return page
