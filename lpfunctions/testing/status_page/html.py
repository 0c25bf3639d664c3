"""HTML that is escaped by construction: text becomes markup only through `element`."""

from __future__ import annotations

from html import escape
from typing import Final


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


_EMPTY: Final = frozenset({"input", "meta"})


def element(tag: str, /, *content: object, **attributes: str | None) -> Html:
    """Return one element. *content* is escaped unless it is `Html`; an attribute that is None is left out."""
    given = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY:
        return Html(f"<{tag}{given}>")
    return Html(f"<{tag}{given}>{joined(*content)}</{tag}>")


def joined(*content: object) -> Html:
    """Return *content* one after the other, escaped unless it is `Html`."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in content))


def table(head: tuple[str, ...], rows: list[tuple[object, ...]], nothing: str) -> Html:
    """Return a table, or the sentence *nothing*."""
    if not rows:
        return element("p", nothing, class_="none")
    return element(
        "table",
        element("thead", element("tr", *(element("th", cell) for cell in head))),
        element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows)),
    )
