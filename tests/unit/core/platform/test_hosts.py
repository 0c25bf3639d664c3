"""Discovery answers: what is read, and which hosts may be given a token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.errors import CSDSFailure
from lpfunctions.core.platform.hosts import (
    TRUSTED_DOMAIN_SUFFIXES,
    Domains,
    csds_host,
    host_name,
    is_host,
    is_loopback,
    is_trusted,
    read_domains,
    rejection,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

CSDS = "api.liveperson.net"
GATEWAY = "va.faasgw.liveperson.net"


@pytest.mark.parametrize(
    ("account_id", "host"),
    [
        ("12345678", CSDS),
        ("le123", "csds-app.qa.int.gw.lpcloud.io"),
        ("qa123", "csds-app.qa.int.gw.lpcloud.io"),
        ("cc123", "csds-app.qa.int.gw.lpcloud.io"),
        ("fr123", "adminlogin-z0-intg.liveperson.net"),
        ("c123", CSDS),
        ("a123", CSDS),
        ("LE123", CSDS),
        ("1le", CSDS),
    ],
)
def test_the_domain_api_is_chosen_by_the_start_of_the_account(account_id: str, host: str) -> None:
    assert csds_host(account_id) == host


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(GATEWAY, GATEWAY, id="plain"),
        pytest.param("GW.LivePerson.NET", "gw.liveperson.net", id="upper-case"),
        pytest.param("gw.example:8443", "gw.example", id="port"),
        pytest.param("gw.example:65535", "gw.example", id="last-port"),
        pytest.param("127.0.0.1:1", "127.0.0.1", id="ipv4"),
        pytest.param("[::1]", "::1", id="ipv6"),
        pytest.param("[2001:DB8::1]:443", "2001:db8::1", id="ipv6-and-port"),
        pytest.param("localhost", "localhost", id="no-dot"),
        pytest.param("a_b.example", "a_b.example", id="underscore"),
        pytest.param("x" * 253, "x" * 253, id="253-characters"),
    ],
)
def test_a_bare_host_is_a_host(text: str, name: str) -> None:
    assert is_host(text)
    assert host_name(text) == name


NO_HOSTS = [
    pytest.param("", id="empty"),
    pytest.param("https://gw.example", id="scheme"),
    pytest.param("//gw.example", id="slashes"),
    pytest.param("gw.example/path", id="path"),
    pytest.param("gw.example?x", id="query"),
    pytest.param("gw.example#x", id="fragment"),
    pytest.param("user@gw.example", id="user"),
    pytest.param("gw.liveperson.net@evil.example", id="trusted-name-as-user"),
    pytest.param("gw.example\\evil", id="backslash"),
    pytest.param(" gw.example", id="blank"),
    pytest.param("gw.example\n", id="newline"),
    pytest.param("gw.example\r\nX: 1", id="crlf"),
    pytest.param("gw\x00.example", id="nul"),
    pytest.param("gw.example:", id="colon"),
    pytest.param("gw.example:0", id="port-zero"),
    pytest.param("gw.example:65536", id="port-too-high"),
    pytest.param("gw.example:http", id="named-port"),
    pytest.param("gw.example:80:80", id="two-ports"),
    pytest.param("gw.example:\u0661", id="arabic-digit"),
    pytest.param("::1", id="ipv6-without-brackets"),
    pytest.param("[::1", id="half-a-bracket"),
    pytest.param("[::1]evil.example", id="text-after-bracket"),
    pytest.param("[fe80::1%25eth0]", id="zone"),
    pytest.param(".liveperson.net", id="leading-dot"),
    pytest.param("gw.example.", id="trailing-dot"),
    pytest.param("-gw.example", id="leading-dash"),
    pytest.param("gw%2eexample", id="percent"),
    pytest.param("gẃ.example", id="unicode"),
    pytest.param("gw。example", id="ideographic-stop"),
    pytest.param("x" * 254, id="254-characters"),
    pytest.param("{host}", id="braces"),
]


@pytest.mark.parametrize("text", NO_HOSTS)
def test_anything_else_is_no_host(text: str) -> None:
    assert not is_host(text)
    assert not is_trusted(text, TRUSTED_DOMAIN_SUFFIXES, CSDS)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.9.9.9:1", "[::1]", "[::1]:80"])
def test_this_machine_is_trusted_only_when_it_is_the_domain_api_too(host: str) -> None:
    assert is_loopback(host)
    assert host_name(host)
    assert not is_trusted(host, TRUSTED_DOMAIN_SUFFIXES, CSDS)
    assert is_trusted(host, TRUSTED_DOMAIN_SUFFIXES, "localhost:1")
    assert not is_trusted(host, ("localhost", "127.0.0.1"), CSDS)


@pytest.mark.parametrize(
    "host",
    ["localhost.example", "127.0.0.1.example", "10.0.0.1", "0.0.0.0", "[::]", "[::2]", "127.1", "127.0.0.1 ", ""],
)
def test_other_addresses_are_not_this_machine(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "host", [GATEWAY, "VA.FAASGW.LIVEPERSON.NET", "x.liveperson.com:8443", "a.b.lpcloud.io", "x.lprnd.net", "lprnd.net"]
)
def test_hosts_of_the_platform_are_trusted(host: str) -> None:
    assert is_trusted(host, TRUSTED_DOMAIN_SUFFIXES, CSDS)


@pytest.mark.parametrize(
    "host",
    [
        "evilliveperson.net",
        "liveperson.net.evil.com",
        "evil.com",
        "liveperson.net-evil.com",
        "liveperson.org",
        "xliveperson.com",
        "liveperson.net.evil.com:443",
        "10.0.0.1",
        "[2001:db8::1]",
        "user@va.faasgw.liveperson.net",
        "evil.com/x.liveperson.net",
        "evil.com#.liveperson.net",
        "evil.com?.liveperson.net",
        "va.faasgw.liveperson.net.",
    ],
)
def test_strangers_and_look_alikes_are_not(host: str) -> None:
    assert not is_trusted(host, TRUSTED_DOMAIN_SUFFIXES, CSDS)
    domains = read({"baseURIs": [entry("faasUI"), entry(host=host)]})
    assert (domains.hosts, domains.rejected) == ({"faasUI": GATEWAY}, {"faasGW": host})


@pytest.mark.parametrize("suffix", ["example.com", ".example.com"])
def test_a_suffix_of_ones_own_matches_whole_labels(suffix: str) -> None:
    assert is_trusted("gw.example.com", (suffix,), CSDS)
    assert is_trusted("example.com", (suffix,), CSDS)
    assert not is_trusted("gwexample.com", (suffix,), CSDS)
    assert not is_trusted(GATEWAY, (suffix,), CSDS)


def test_a_suffix_matches_in_any_case() -> None:
    assert is_trusted("gw.example.com", (".Example.COM",), CSDS)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (
            "evil.com",
            (
                "discovery at api.liveperson.net names host 'evil.com' for service 'faasGW', outside .a, .b; "
                "if it is yours, add its suffix to trusted_domain_suffixes"
            ),
        ),
        (None, "discovery at api.liveperson.net names no host for service 'faasGW': baseURI 'None'"),
        ("a/b", "discovery at api.liveperson.net names no host for service 'faasGW': baseURI 'a/b'"),
    ],
)
def test_the_error_for_a_service_that_cannot_be_used_says_why(host: object, message: str) -> None:
    assert str(rejection("faasGW", host, (".a", ".b"), CSDS)) == message


def test_suffixes_may_be_an_iterator_and_none_at_all_trusts_nobody() -> None:
    answer = {"baseURIs": [entry(), entry("faasUI", "x.lpcloud.io")]}
    assert len(read(answer, suffixes=iter(TRUSTED_DOMAIN_SUFFIXES)).hosts) == 2
    assert not read(answer, suffixes=()).hosts
    assert "outside any domain; " in str(rejection("faasGW", GATEWAY, (), CSDS))


def read(answer: object, suffixes: Iterable[str] = TRUSTED_DOMAIN_SUFFIXES) -> Domains:
    return read_domains(answer, account_id="123", suffixes=suffixes, csds=CSDS)


def entry(service: object = "faasGW", host: object = GATEWAY) -> dict[str, object]:
    return {"service": service, "account": "123", "baseURI": host}


@pytest.mark.parametrize(
    ("answer", "domains"),
    [
        pytest.param({"baseURIs": []}, {}, id="empty-list"),
        pytest.param(
            {"baseURIs": [entry(), entry("faasUI", "ui.lprnd.net:8443")]},
            {"faasGW": GATEWAY, "faasUI": "ui.lprnd.net:8443"},
            id="list",
        ),
        pytest.param(entry(), {"faasGW": GATEWAY}, id="single-object"),
        pytest.param({"baseURIs": entry()}, {"faasGW": GATEWAY}, id="object-for-a-list"),
        pytest.param({"baseURIs": [entry() | {"new": [1]}], "more": 1}, {"faasGW": GATEWAY}, id="unknown-fields"),
        pytest.param({"baseURIs": [entry(), entry(host="b.lprnd.net")]}, {"faasGW": "b.lprnd.net"}, id="last-one-wins"),
        pytest.param({"baseURIs": [entry(), entry(host="b.example")]}, {"faasGW": GATEWAY}, id="last-good-one-wins"),
        pytest.param({"baseURIs": [entry("faasgw")]}, {"faasgw": GATEWAY}, id="case-sensitive"),
    ],
)
def test_an_answer_is_read(answer: object, domains: dict[str, str]) -> None:
    assert read(answer).hosts == domains


@pytest.mark.parametrize(
    "answer",
    [None, "", "<html>", 1, [], [entry()], {}, {"baseURIs": None}, {"baseURIs": "x"}, {"baseURI": GATEWAY}],
    ids=repr,
)
def test_an_answer_without_a_list_is_refused(answer: object) -> None:
    with pytest.raises(CSDSFailure, match=r"^discovery for account '123' answered without a list 'baseURIs'$"):
        read(answer)


@pytest.mark.parametrize(
    "wrong", [None, "x", [], {}, {"baseURI": GATEWAY}, {"service": 1, "baseURI": GATEWAY}], ids=repr
)
def test_a_list_that_names_no_service_is_refused(wrong: object) -> None:
    with pytest.raises(CSDSFailure, match=r"^discovery for account '123' answered with a list that names no service$"):
        read({"baseURIs": [wrong]})


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(None, id="null"),
        pytest.param("x", id="text"),
        pytest.param([], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"service": "faasGW"}, id="no-host"),
        pytest.param({"baseURI": GATEWAY}, id="no-service"),
        pytest.param(entry(service=1), id="service-int"),
        pytest.param(entry(host=None), id="host-null"),
        pytest.param(entry(host=[GATEWAY]), id="host-list"),
        pytest.param(entry(host="https://" + GATEWAY), id="host-with-scheme"),
        pytest.param(entry(host="user@" + GATEWAY), id="host-with-user"),
        pytest.param(entry(host="a" * 100_000), id="host-endless"),
        pytest.param(entry(host="a\r\nb"), id="host-crlf"),
        pytest.param(entry(service="s" * 100_000, host=""), id="service-endless"),
    ],
)
def test_an_entry_that_is_not_understood_spoils_no_other(wrong: object) -> None:
    domains = read({"baseURIs": [wrong, entry(), wrong]})
    assert domains.hosts == {"faasGW": GATEWAY}
    for service, host in domains.rejected.items():
        message = str(rejection(service, host, TRUSTED_DOMAIN_SUFFIXES, CSDS))
        assert message.isprintable()
        assert len(message) < 500


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["baseURIs", "service", "baseURI"]) | st.text(), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(anything)
def test_any_answer_gives_hosts_or_our_error(answer: object) -> None:
    try:
        domains = read(answer)
    except CSDSFailure:
        return
    assert all(is_trusted(host, TRUSTED_DOMAIN_SUFFIXES, CSDS) for host in domains.hosts.values())
    assert not domains.hosts.keys() & domains.rejected.keys()


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert is_trusted(text + "/.liveperson.net", TRUSTED_DOMAIN_SUFFIXES, CSDS) is False
    assert host_name(text) or not is_host(text)
