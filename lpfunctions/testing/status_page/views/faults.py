"""The scripted faults that requests will meet, and the form to add or edit one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.testing.platform.requests.routing import KINDS
from lpfunctions.testing.status_page.fault_form import ENDINGS, ending_of
from lpfunctions.testing.status_page.html import Html, element, joined
from lpfunctions.testing.status_page.views.parts import BASE, control, labelled, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.testing.platform.faults.scripted import Fault
    from lpfunctions.testing.status_page.fault_form import FaultForm

_INTO: Final = "fault-form"


def faults_section(faults: Sequence[Fault], form: FaultForm) -> Html:
    """Return the section."""
    rows = [_fault(fault) for fault in faults] or [element("p", "Requests are answered without faults.",
                                                           id="no-faults", class_="muted")]  # fmt: skip
    if len(faults) > 1:
        rows.append(_post("clear", "Remove all", "", "faults-clear"))
    return element(
        "section",
        element("h2", "Faults", id="faults-title"),
        element("div", *rows, id="faults", data_live=True),
        element("form", fault_form(form), id=_INTO, method="post", action=f"{BASE}/faults/save", data_into=_INTO),
        class_="card",
        aria_labelledby="faults-title",
    )


def fault_form(form: FaultForm) -> Html:
    """Return what is in the form."""
    kinds = [option("", "any", form.kind), *(option(kind, kind.replace("_", " "), form.kind) for kind in KINDS)]
    endings = [option(ending, label, form.ending) for ending, label in ENDINGS.items()]

    def field(label: str, name: str, tag: str, *content: object, **attributes: str | bool | None) -> Html:
        made = control(tag, f"fault-{name}", *content, errors=form.errors, **attributes)
        return labelled(label, f"fault-{name}", made, form.errors)

    return joined(
        element("h3", "Edit the fault" if form.number else "Add a fault", id="fault-form-title"),
        element("input", type="hidden", name="number", value=form.number),
        element(
            "div",
            field("Requests", "kind", "select", *kinds),
            field("How often", "times", "input", value=form.times, inputmode="numeric", placeholder="always"),
            field("What happens", "ending", "select", *endings),
            field("Status", "status", "input", value=form.status, inputmode="numeric"),
            field("Wait, in seconds", "latency", "input", value=form.latency, inputmode="decimal", placeholder="0"),
            field("Path contains", "path", "input", value=form.path),
            class_="fields",
        ),
        element(
            "details",
            element("summary", "Headers and body of the answer"),
            field("Headers", "headers", "textarea", form.headers, placeholder="Retry-After: 2", rows="2"),
            field("Body", "body", "textarea", form.body, rows="2"),
            id="fault-answer",
            open=bool(form.headers or form.body),
        ),
        element("button", "Save" if form.number else "Add", class_="primary", id="fault-save"),
        element(
            "a", "Cancel", href="/#faults", data_into=_INTO, data_focus="fault-kind", class_="button", id="fault-cancel"
        )
        if form.number
        else "",
    )


def _fault(fault: Fault) -> Html:
    name = f"fault-{fault.number}"
    edit = element("a", "Edit", href=f"/?fault={fault.number}#faults", class_="button small", data_into=_INTO,
                   id=f"{name}-edit", aria_label=f"Edit: {_described(fault)}")  # fmt: skip
    return element(
        "div",
        element("p", element("strong", _meant(fault)), " ", _described(fault)),
        element("p", _times(fault), class_="muted"),
        element("div", edit if fault.where is None else "", _post("remove", "Remove", str(fault.number), name),
                class_="actions"),
        class_="fault",
        id=name,
    )  # fmt: skip


def _meant(fault: Fault) -> str:
    kind = (fault.kind or "any request").replace("_", " ")
    path = f" with {fault.path_contains} in its path" if fault.path_contains else ""
    return kind + path + (" that a function chooses" if fault.where else "")


def _described(fault: Fault) -> str:
    ends = {
        "status": f"is answered {fault.status}",
        "drop": "is cut off before it is served",
        "lose": "is served, and cut off before its answer",
        "late": "is answered late",
    }
    late = f" after {fault.latency_seconds:g} s" if fault.latency_seconds else ""
    return ends[ending_of(fault)] + late


def _times(fault: Fault) -> str:
    left = "for ever" if fault.times is None else f"{_often(fault.times)}{' more' if fault.met else ''}"
    return f"{left}, {f'met {_often(fault.met)}' if fault.met else 'not met yet'}"


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _post(what: str, label: str, number: str, name: str) -> Html:
    return element(
        "form",
        element("input", type="hidden", name="fault", value=number),
        element("button", label, class_="small", id=f"{name}-{what}"),
        method="post",
        action=f"{BASE}/faults/{what}",
        data_into="",
        id=f"{name}-{what}-form",
    )
