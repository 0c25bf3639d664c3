"""How a program comes here: the addresses that serve, and the variables that lead a client to them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from lpfunctions.testing.client_options import environment_of
from lpfunctions.testing.status_page.html import Html, element, joined
from lpfunctions.testing.status_page.views.parts import copy_button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.testing.platform import Account


def connect_section(
    accounts: Sequence[Account], origin: str, addresses: Sequence[str], *, is_every_host: bool, has_calls: bool
) -> Html:
    """Return the section; the exports are not in it while they stand in place of calls.

    Args:
        accounts: of the platform.
        origin: the address of this page.
        addresses: where the emulator serves.
        is_every_host: whether discovery names the host it was asked at, not those of the account.
        has_calls: whether a client has called yet.
    """
    links = [element("li", element("a", address, href=address)) for address in addresses]
    parts = [_account(account, origin, is_every_host=is_every_host, has_calls=has_calls) for account in accounts]
    return element(
        "section",
        element("h2", "Connect", id="connect-title"),
        element("p", "The emulator serves at"),
        element("ul", *links, class_="addresses"),
        element("div", *parts, id="connect", data_live=True),
        class_="card",
        aria_labelledby="connect-title",
    )


def exports_block(account: Account, origin: str) -> Html:
    """Return the variables to paste into a shell."""
    lines = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment_of(account, origin).items())
    name = f"exports-{account.account_id}"
    return element(
        "div",
        element(
            "p",
            f"Variables of account {account.account_id}",
            copy_button("Copy", lines, f"{name}-copy"),
            class_="muted",
        ),
        element("pre", lines, tabindex="0", aria_label=f"Variables of account {account.account_id}", role="group"),
        class_="copied",
    )


def _account(account: Account, origin: str, *, is_every_host: bool, has_calls: bool) -> Html:
    version = element("span", account.platform_version.value.upper(), class_="badge plain")
    discovery = f"{origin}/api/account/{account.account_id}/service/baseURI.json?version=1.0"
    hosts = {service: origin.partition("://")[2] for service in account.domains} if is_every_host else account.domains
    terms = [("App", account.client_id), *sorted(hosts.items())]
    return element(
        "div",
        element("h3", "Account ", account.account_id, " ", version),
        element("p", element("a", "Discovery", href=discovery), " names these hosts:"),
        element("dl", *(joined(element("dt", term), element("dd", element("code", host))) for term, host in terms[1:])),
        exports_block(account, origin) if has_calls else Html(),
        id=f"connect-{account.account_id}",
    )
