"""The steps below HTTP: name, connection, TLS."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.cli.doctor.steps import Step
from lpfunctions.cli.exit_codes import NETWORK

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS_TO_RENEW: Final = 14
_EXPIRED, _WRONG_HOST = 10, 62
_UNKNOWN_AUTHORITY: Final = frozenset({18, 19, 20, 21})


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom the first connection of a call goes to: the Domain API, or the proxy before it.

    Attributes:
        host: name or address.
        port: of it.
        what: what it is, for sentences.
    """

    host: str
    port: int
    what: str


def look_up(peer: Peer, seconds: float) -> Step:
    """Look the name up, which the system may do for as long as it likes."""
    lookup: Future[list[str]] = Future()
    threading.Thread(target=_look_up, args=(peer, lookup), daemon=True).start()
    try:
        addresses = lookup.result(seconds)
    except TimeoutError:
        reason = f"no answer within {seconds:g} s"
    except (OSError, UnicodeError) as unknown:
        reason = getattr(unknown, "strerror", None) or str(unknown)
    else:
        return Step(name="dns", facts={"host": peer.host, "addresses": ", ".join(addresses)})
    return Step(
        name="dns",
        verdict="failed",
        problem=f"the name {peer.host!r} of {peer.what} cannot be looked up: {reason}",
        advice="check the spelling, the name server of this machine, and whether it reaches the internet at all",
        code=NETWORK,
    )


def _look_up(peer: Peer, lookup: Future[list[str]]) -> None:
    try:
        entries = socket.getaddrinfo(peer.host, peer.port, type=socket.SOCK_STREAM)
    except Exception as unknown:  # noqa: BLE001 (raised again by the future)
        lookup.set_exception(unknown)
    else:
        lookup.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))


def connect(peer: Peer, seconds: float) -> Step:
    """Open a connection."""
    started = time.perf_counter()
    try:
        socket.create_connection((peer.host, peer.port), timeout=seconds).close()
    except TimeoutError:
        problem = f"{peer.what}, {peer.host} port {peer.port}, does not answer: packets are dropped on the way"
        advice = "ask for a way through the firewall, or for the proxy to use (option proxy)"
    except OSError as refused:
        problem = f"{peer.what}, {peer.host} port {peer.port}, refuses connections: {refused.strerror or refused}"
        advice = "check host and port; if they are right, the service is down or a firewall rejects"
    else:
        return Step(name="connection", facts={"milliseconds": round((time.perf_counter() - started) * 1000, 1)})
    return Step(name="connection", verdict="failed", problem=problem, advice=advice, code=NETWORK)


def shake_hands(peer: Peer, seconds: float, context_of: Callable[[], ssl.SSLContext]) -> Step:
    """Open a connection with TLS, and look at the certificate."""
    facts: dict[str, Any] = {"store": _store()}
    try:
        context = context_of()
        facts["authorities"] = context.cert_store_stats()["x509_ca"]
        with (
            socket.create_connection((peer.host, peer.port), timeout=seconds) as raw,
            context.wrap_socket(raw, server_hostname=peer.host) as secured,
        ):
            certificate: dict[str, Any] = secured.getpeercert() or {}
            facts |= {"version": secured.version(), **_certificate_facts(certificate)}
    except ssl.SSLCertVerificationError as distrusted:
        problem, advice = _distrusted(distrusted, peer)
        return Step(name="tls", verdict="failed", problem=problem, advice=advice, facts=facts, code=NETWORK)
    except (OSError, ValueError) as failed:
        return Step(
            name="tls",
            verdict="failed",
            problem=f"no TLS with {peer.host} port {peer.port}: {getattr(failed, 'reason', None) or failed}",
            advice="something between here and there does not speak TLS: a proxy, or a wrong port",
            facts=facts,
            code=NETWORK,
        )
    if facts["days_left"] < _DAYS_TO_RENEW:
        problem = f"the certificate of {peer.host} expires in {facts['days_left']} days"
        return Step(name="tls", verdict="warning", problem=problem, advice="tell who runs that host", facts=facts)
    return Step(name="tls", facts=facts)


def _certificate_facts(certificate: dict[str, Any]) -> dict[str, Any]:
    seconds = ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()
    return {
        "issuer": _name(certificate.get("issuer", ())),
        "expires": certificate["notAfter"],
        "days_left": int(seconds // 86400),
    }


def _name(parts: Any) -> str:
    return ", ".join(str(value) for part in parts for _, value in part)


def _distrusted(error: ssl.SSLCertVerificationError, peer: Peer) -> tuple[str, str]:
    if error.verify_code == _EXPIRED:
        return (
            f"the certificate of {peer.host} has expired",
            "tell who runs that host; if others do not see this, set the clock of this machine right",
        )
    if error.verify_code in _UNKNOWN_AUTHORITY:
        return (
            f"the certificate of {peer.host} is from an authority that is not trusted here: {error.verify_message}",
            "a proxy that opens TLS is in the way: put its authority into the file that SSL_CERT_FILE names",
        )
    if error.verify_code == _WRONG_HOST:
        return (
            f"the certificate is not for {peer.host}: {error.verify_message}",
            "a proxy or a portal answers in place of that host; or the host is misspelt",
        )
    return f"the certificate of {peer.host} is not trusted: {error.verify_message}", "tell who runs that host"


def _store() -> str:
    paths = ssl.get_default_verify_paths()
    return str(paths.cafile or paths.capath or paths.openssl_cafile)
