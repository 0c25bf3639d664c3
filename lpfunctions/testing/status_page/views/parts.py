"""What several parts of the page show: statuses, JSON, logs, labelled fields, buttons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from lpfunctions.testing.status_page.html import Html, element, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lpfunctions.testing.platform import LogEntry

BASE: Final = "/_emulator/page"
"""Below it are the paths of the page."""

_TEXT_SHOWN: Final = 4000
_LONGEST_LAID_OUT: Final = 20_000
_LINES_OF_AN_ENTRY: Final = 20


def status_badge(status: int | None, reason: str = "") -> Html:
    """Return *status* in the colour of its kind; None is no answer."""
    kind = "good" if status is not None and 200 <= status < 300 else "bad"
    return element("span", f"{status} {reason}".strip() if status else "no answer", class_=f"badge {kind}")


def milliseconds(seconds: float | None) -> str:
    """Return a duration."""
    return "…" if seconds is None else f"{seconds * 1000:,.1f} ms"


def pretty(content: bytes) -> str:
    """Return *content* laid out if it is JSON, and not all of it if it is long."""
    if len(content) > _LONGEST_LAID_OUT:
        return cut(content.decode(errors="replace"))
    try:
        value: Any = from_json(content)
    except ValueError:
        return cut(content.decode(errors="replace"))
    return cut(json.dumps(value, indent=2, ensure_ascii=False))


def cut(text: str) -> str:
    """Return *text*, or its beginning and how much is left out."""
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]} … {len(text) - _TEXT_SHOWN} more characters"


def block(label: str, content: object, **attributes: str | None) -> Html:
    """Return text of several lines under a heading; it can be scrolled by keyboard."""
    text = element("pre", content, tabindex="0", aria_label=label, role="group", **attributes)
    return element("div", element("h3", label), text, class_="block")


def log_lines(entries: Iterable[LogEntry], nothing: str) -> Html:
    """Return what a function logged, or the sentence *nothing*."""
    lines = [_entry(entry) for entry in entries]
    return joined(*lines) if lines else element("span", nothing, class_="muted")


def _entry(entry: LogEntry) -> Html:
    extras = [line for extra in entry.extras for line in extra.rstrip("\n").split("\n")]
    if len(extras) > _LINES_OF_AN_ENTRY:  # the end of a traceback says more than its middle
        extras[1 : 1 - _LINES_OF_AN_ENTRY] = ["…"]
    text = cut("\n".join([entry.message, *extras]))
    return joined(element("b", entry.level, class_=f"level {entry.level}"), f" {text}\n")


def labelled(label: str, name: str, control: Html, errors: Mapping[str, str] | None = None, hint: object = "") -> Html:
    """Return *control*, whose id is *name*, under its label, with the error of its field if there is one."""
    key = name.rpartition("-")[2]
    return element(
        "div",
        element("label", label, for_=name),
        hint,
        control,
        element("p", (errors or {}).get(key, ""), class_="error", id=f"{name}-error", role="alert"),
        class_=f"field {key}",
    )


def control(tag: str, name: str, *content: object, errors: Mapping[str, str], **attributes: str | bool | None) -> Html:
    """Return an input, a select or a textarea with the id *name*; the part after the last hyphen is its field."""
    key = name.rpartition("-")[2]
    return element(
        tag,
        *content,
        id=name,
        name=key,
        aria_describedby=f"{name}-error",
        aria_invalid="true" if key in errors else None,
        **attributes,
    )


def option(value: str, label: str, chosen: str, **attributes: str | None) -> Html:
    """Return an option of a select, in which *chosen* is selected."""
    return element("option", label, value=value, selected=value == chosen, **attributes)


def copy_button(label: str, text: str, name: str) -> Html:
    """Return a button that copies *text*; only the script can, and shows it."""
    return element("button", label, type="button", class_="small", data_copy=text, id=name, hidden=True)
