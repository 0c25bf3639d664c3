"""The page as a whole: a pure function of the platform."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from lpfunctions.core.platform.events import Event
from lpfunctions.testing.status_page.fault_form import FaultForm
from lpfunctions.testing.status_page.html import Html, element
from lpfunctions.testing.status_page.invocation import InvocationForm, function_key
from lpfunctions.testing.status_page.samples import first_sample, samples_of
from lpfunctions.testing.status_page.views.calls import CALLS_SHOWN, CallRows, calls_section
from lpfunctions.testing.status_page.views.connect import connect_section
from lpfunctions.testing.status_page.views.faults import faults_section
from lpfunctions.testing.status_page.views.functions import functions_section
from lpfunctions.testing.status_page.views.invoke import invoke_section, no_result
from lpfunctions.testing.status_page.views.parts import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.testing.platform import Account, FakePlatform


class Where(NamedTuple):
    """Where the emulator serves.

    Attributes:
        origin: the address that the page was asked for at.
        addresses: all that serve.
        is_every_host: whether discovery names the host it was asked at, not those of the account.
    """

    origin: str
    addresses: Sequence[str]
    is_every_host: bool


class Filled(NamedTuple):
    """What is in the forms, and the result of an invocation."""

    invocation: InvocationForm = InvocationForm()
    fault: FaultForm = FaultForm()
    result: Html = no_result()


def page(platform: FakePlatform, where: Where, filled: Filled, rows: CallRows) -> bytes:
    """Return the page."""
    accounts = list(platform.accounts.values())
    records = list(platform.requests)[: -CALLS_SHOWN - 1 : -1]
    samples = samples_of(platform.accounts, records)
    form = filled.invocation
    if form.payload is None:
        form = replace(form, payload=first_sample(samples, form.function or _first_function(accounts)))
    body = element(
        "body",
        _header(where.origin),
        element(
            "main",
            element(
                "div",
                invoke_section(accounts, _events(accounts), form, samples, filled.result),
                functions_section(accounts),
                calls_section(rows.of(records, platform.accounts), platform.accounts, where.origin),
                class_="column",
            ),
            element(
                "div",
                faults_section(platform.faults.waiting(), filled.fault),
                connect_section(accounts, where.origin, where.addresses, is_every_host=where.is_every_host,
                                has_calls=bool(records)),
                class_="column side",
            ),
        ),
        element("p", "", id="told", role="status", class_="unseen"),
    )  # fmt: skip
    return ("<!doctype html>\n" + element("html", _head(), body, lang="en")).encode()


def _header(origin: str) -> Html:
    return element(
        "header",
        element("h1", element("img", src=f"{BASE}/icon.svg", alt=""), "Functions emulator"),
        element("code", origin),
        element("span", "", id="live", role="status"),
        element("noscript", element("a", "Refresh", href="/")),
    )


def _head() -> Html:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "Functions emulator"),
        element("link", rel="icon", href=f"{BASE}/icon.svg"),
        element("link", rel="stylesheet", href=f"{BASE}/page.css"),
        element("script", src=f"{BASE}/page.js", defer=True),
    )


def _events(accounts: Sequence[Account]) -> list[str]:
    """Return the events that functions listen to, and after them the others that are documented."""
    heard = [function.event_id for account in accounts for function in account.functions if function.event_id]
    return list(dict.fromkeys([*heard, *Event]))


def _first_function(accounts: Sequence[Account]) -> str:
    keys = (function_key(account.account_id, function.uuid) for account in accounts for function in account.functions)
    return next(keys, "")
