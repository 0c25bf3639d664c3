"""HTML that is escaped by construction: text becomes markup only through `element`."""

from __future__ import annotations

from html import escape
from typing import Final


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


_EMPTY: Final = frozenset({"img", "input", "link", "meta"})


def element(tag: str, /, *content: object, **attributes: str | bool | None) -> Html:
    """Return one element.

    *content* is escaped unless it is `Html`. An attribute that is None or False is left out, one that is True has no
    value; ``data_live`` stands for ``data-live``, and ``class_`` for ``class``.
    """
    given = "".join(_attribute(name, value) for name, value in attributes.items() if value not in {None, False})
    if tag in _EMPTY:
        return Html(f"<{tag}{given}>")
    # HTML leaves out a line break that comes first in these; what is shown may begin with one.
    first = "\n" if tag in {"textarea", "pre"} else ""
    return Html(f"<{tag}{given}>{first}{joined(*content)}</{tag}>")


def joined(*content: object) -> Html:
    """Return *content* one after the other, escaped unless it is `Html`."""
    return Html("".join(part if isinstance(part, Html) else escape(str(part)) for part in content))


def _attribute(name: str, value: str | bool | None) -> str:
    shown = name.strip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{escape(str(value))}"'
