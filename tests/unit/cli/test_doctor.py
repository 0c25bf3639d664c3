"""`doctor` names the fault of a broken set-up: ten of them, over real sockets on loopback."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import ssl
import time
from contextlib import ExitStack, contextmanager
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from lpfunctions.testing import Emulator, FakePlatform
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from tests.support.commands import Shell

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from lpfunctions.testing.faults.scripted_server import Conversation
    from tests.support.commands import Ended

pytestmark = pytest.mark.sockets

SECRET = "correct horse battery staple"


class Stage:
    """An emulator, and a shell whose variables lead there."""

    def __init__(self, folder: Path, opened: ExitStack) -> None:
        self.folder, self.opened = folder, opened
        self.platform = FakePlatform(client_secret=SECRET)
        self.emulator = opened.enter_context(Emulator(self.platform))
        self.shell = Shell(folder / "work", self.emulator.environment())

    def doctor(self, *typed: str) -> Ended:
        return self.shell.run("doctor", "--timeout", "3", *typed)

    def steps(self, *typed: str) -> dict[str, dict[str, Any]]:
        ended = self.doctor("--json", *typed)
        assert ended.err == ""
        return {step["name"]: step for step in json.loads(ended.out)["steps"]}

    def found(self, name: str, verdict: str, code: int, *typed: str) -> str:
        """Return problem and advice of the only step that is not well."""
        ended = self.doctor("--json", *typed)
        assert (ended.code, ended.err) == (code, ""), ended.out
        steps = json.loads(ended.out)["steps"]
        assert [step["name"] for step in steps if step["verdict"] in {"failed", "warning"}] == [name], steps
        (step,) = (step for step in steps if step["name"] == name)
        assert step["verdict"] == verdict
        return f"{step['problem']}; {step.get('advice')}"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as opened:
        yield Stage(tmp_path, opened)


def test_a_good_setup_is_well_in_every_step(stage: Stage) -> None:
    steps = stage.steps()
    assert {name: step["verdict"] for name, step in steps.items() if step["verdict"] != "ok"} == {"tls": "skipped"}
    assert steps["configuration"]["facts"]["account_id"] == "12345678 (variable LPFUNCTIONS_ACCOUNT_ID)"
    assert steps["token"]["facts"]["lifetime_seconds"] == 3600
    assert stage.doctor().code == 0
    assert not stage.platform.requests.invocations


@pytest.mark.parametrize("typed", [[], ["--json"]])
def test_no_secret_and_no_token_is_shown(typed: list[str], stage: Stage) -> None:
    stage.shell.variables["LPFUNCTIONS_BEARER_TOKEN"] = "a-token-of-a-user"
    stage.shell.variables["HTTP_PROXY"] = "http://user:pass-word@127.0.0.1:1"
    ended = stage.doctor(*typed)
    for secret in (SECRET, "a-token-of-a-user", "pass-word", "eyJ"):
        assert secret not in ended.out + ended.err
    assert "variable 'LPFUNCTIONS_CLIENT_SECRET'" in ended.out


def test_nothing_configured_says_what_to_set(stage: Stage) -> None:
    stage.shell.variables.clear()
    assert "no account: pass --account, set LPFUNCTIONS_ACCOUNT_ID" in stage.found("configuration", "failed", 2)


# -- the ten --


def test_wrong_secret(stage: Stage) -> None:
    stage.shell.variables["LPFUNCTIONS_CLIENT_SECRET"] = "not-the-secret"
    found = stage.found("token", "failed", 4)
    assert "client id or secret is wrong" in found
    assert "check client_id, client_secret and account_id" in found


def test_wrong_account(stage: Stage) -> None:
    found = stage.found("discovery", "failed", 3, "--account", "87654321")
    assert "knows no service of account '87654321'" in found
    assert "is account_id '87654321' right?" in found


@pytest.mark.parametrize(("seconds", "side"), [(3600, "slow"), (-3600, "fast")])
def test_clock_off_by_an_hour(seconds: int, side: str, stage: Stage) -> None:
    there = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    names = ("faasGW", "faasUI", "sentinel")
    body = {"baseURIs": [{"service": name, "account": "12345678", "baseURI": stage.emulator.host} for name in names]}
    headers = {"Date": format_datetime(there, usegmt=True), "Content-Type": "application/json"}
    stage.platform.fail_next(status=200, headers=headers, body=body, kind="discovery", times=None)
    began = time.monotonic()
    found = stage.found("clock", "warning", 0)
    told = re.match(r"the clock of this machine is (\d+) s (\w+); set it right", found)
    assert told is not None, found
    assert told[2] == side
    # The time that the command took to start is part of what it sees.
    assert abs(int(told[1]) - 3600) <= time.monotonic() - began + 2


def test_proxy_in_the_way_that_answers_itself(stage: Stage) -> None:
    headers = {"Content-Type": "text/html"}
    stage.platform.fail_next(status=200, headers=headers, body="<html>sign in", kind="discovery", times=None)
    found = stage.found("discovery", "failed", 3)
    assert "a proxy or a portal answered in place of the Domain API (200 text/html)" in found


def test_proxy_in_the_way_that_wants_a_password(stage: Stage) -> None:
    def refuse(peer: Conversation) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with ScriptedServer(refuse) as proxy:
        found = stage.found("discovery", "failed", 3, "--set", f"proxy=http://127.0.0.1:{proxy.port}")
    assert "407" in found


def test_proxy_of_the_shell_that_is_not_used(stage: Stage) -> None:
    stage.shell.variables["HTTP_PROXY"] = "http://127.0.0.1:1"
    found = stage.found("proxy", "warning", 0)
    assert "name a proxy, http://127.0.0.1:1, which is not used; set trust_env=true" in found


def _with_tls(stage: Stage, *, trusted: bool = True, host: str = "localhost", **validity: Any) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate: Any = authority.issue_cert(host, **validity)
    certificate.configure_cert(context)
    emulator = stage.opened.enter_context(Emulator(stage.platform, ssl_context=context))
    known = stage.folder / "authority.pem"
    known.write_bytes((authority if trusted else trustme.CA()).cert_pem.bytes())
    stage.shell.variables |= {
        **emulator.environment(),
        "LPFUNCTIONS_EMULATOR": f"https://localhost:{emulator.host.rpartition(':')[2]}",
        "SSL_CERT_FILE": str(known),
    }


def test_expired_certificate(stage: Stage) -> None:
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=30)
    _with_tls(stage, not_before=long_ago, not_after=long_ago + dt.timedelta(days=20))
    assert "the certificate of localhost has expired" in stage.found("tls", "failed", 5)


def test_a_certificate_that_a_proxy_has_signed(stage: Stage) -> None:
    _with_tls(stage, trusted=False)
    found = stage.found("tls", "failed", 5)
    assert "is from an authority that is not trusted here" in found
    assert "put its authority into the file that SSL_CERT_FILE names" in found


def test_a_certificate_of_another_host(stage: Stage) -> None:
    _with_tls(stage, host="elsewhere.example")
    assert "the certificate is not for localhost" in stage.found("tls", "failed", 5)


def test_a_certificate_that_ends_soon_is_a_warning(stage: Stage) -> None:
    _with_tls(stage, not_after=dt.datetime.now(dt.UTC) + dt.timedelta(days=5, hours=1))
    assert "the certificate of localhost expires in 5 days" in stage.found("tls", "warning", 0)


def test_a_good_certificate_is_shown_with_store_issuer_and_end(stage: Stage) -> None:
    _with_tls(stage)
    facts = stage.steps()["tls"]["facts"]
    assert facts["store"] == str(stage.folder / "authority.pem")
    assert "trustme" in facts["issuer"]
    assert {"version", "expires", "days_left", "authorities"} <= facts.keys()


def test_a_port_without_tls(stage: Stage) -> None:
    stage.shell.variables["LPFUNCTIONS_EMULATOR"] = stage.emulator.url.replace("http:", "https:")
    assert "does not speak TLS" in stage.found("tls", "failed", 5)


def test_no_dns(stage: Stage) -> None:
    # A label of more than 63 octets is no name (RFC 1035 section 2.3.4): no server is asked.
    stage.shell.variables["LPFUNCTIONS_CSDS_DOMAIN"] = f"{'a' * 64}.example"
    stage.shell.without("LPFUNCTIONS_EMULATOR")
    found = stage.found("dns", "failed", 5)
    assert "of the Domain API cannot be looked up" in found
    assert "check the spelling, the name server" in found


def test_discovery_silent(stage: Stage) -> None:
    def say_nothing(peer: Conversation) -> None:
        peer.read_request()
        peer.stall()

    with ScriptedServer(say_nothing) as silent:
        stage.shell.variables["LPFUNCTIONS_EMULATOR"] = silent.url("").rstrip("/")
        found = stage.found("discovery", "failed", 5, "--timeout", "1")
    assert "the deadline passed" in found


def test_v1_account_with_v2_call(stage: Stage) -> None:
    emulator = stage.opened.enter_context(Emulator(FakePlatform(platform_version="v1", client_secret=SECRET)))
    stage.shell.variables |= {**emulator.environment(), "LPFUNCTIONS_PLATFORM_VERSION": "v2"}
    found = stage.found("gateway", "failed", 3)
    assert "the account is on V1, and it was called as V2, which platform_version says" in found
    assert "leave platform_version out, or set it to v1" in found


@pytest.mark.parametrize("status", [401, 403])
def test_listing_not_permitted(status: int, stage: Stage) -> None:
    stage.platform.fail_next(status=status, kind="list", times=None)
    found = stage.found("listing", "warning", 0)
    assert f"these credentials may not list functions ({status})" in found
    assert "set LPFUNCTIONS_BEARER_TOKEN" in found


@contextmanager
def _swallowing() -> Generator[int]:
    """A port of loopback whose queue of connections is full: the system drops what comes, as a firewall does."""
    with socket.socket() as listener, ExitStack() as opened:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        while True:
            waiting = opened.enter_context(socket.socket())
            waiting.settimeout(0.3)
            try:
                waiting.connect(listener.getsockname())
            except TimeoutError:
                break
        yield listener.getsockname()[1]


def test_firewall_drops(stage: Stage) -> None:
    with _swallowing() as port:
        stage.shell.variables["LPFUNCTIONS_EMULATOR"] = f"http://127.0.0.1:{port}"
        found = stage.found("connection", "failed", 5, "--timeout", "1")
    assert "does not answer: packets are dropped on the way" in found
    assert "ask for a way through the firewall" in found


def test_nobody_listens(stage: Stage) -> None:
    stage.shell.variables["LPFUNCTIONS_EMULATOR"] = "http://127.0.0.1:1"
    assert "refuses connections" in stage.found("connection", "failed", 5)
