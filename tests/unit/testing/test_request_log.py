"""What happened on a platform, as the report of a failed test tells it."""

from __future__ import annotations

import re

import pytest

from lpfunctions import FaaSInvokeError, RetryPolicy
from lpfunctions.testing import FakePlatform, FunctionInput, VirtualClock


def order_of(given: FunctionInput) -> str:
    number: str = given.payload["order"]
    return number


def told(platform: FakePlatform) -> list[str]:
    """The request log, without times."""
    return re.sub(r" after \d+\.\d ms", "", platform.request_log()).splitlines()


def test_a_failure_stands_below_the_call_that_met_it() -> None:
    platform = FakePlatform()
    function = platform.function("orders", event_id="order_placed")(order_of)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, payload={"order": "A-1"}, request_id="call 1")
        client.invoke(event_id="order_placed", payload={}, request_id="call 2")

    assert told(platform)[:6] == [
        "4 requests, the oldest first:",
        "discovery: 200",
        "token: 200",
        "invoke of 'orders': 200, request id call 1",
        "invoke of 'orders' by event 'order_placed': 901, request id call 2",
        "    error: 'order'",
    ]
    assert told(platform)[-1] == "        KeyError: 'order'"


def test_a_refusal_is_explained() -> None:
    platform = FakePlatform()
    with platform.client() as client:
        client.invoke(event_id="order_placed", payload={}, request_id="call 1")

    assert told(platform)[-2:] == [
        "invoke by event 'order_placed': 404, request id call 1",
        "    There is no function for order_placed on 12345678",
    ]


def test_every_attempt_of_a_call_is_told() -> None:
    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    function = platform.function("orders")(order_of)
    platform.fail_next(status=503, headers={"Retry-After": "1"}, kind="invoke")
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, payload={"order": 1}, request_id="call 1")

    assert told(platform)[-2:] == [
        "invoke of 'orders': 503, request id call 1",
        "invoke of 'orders': 200, request id call 1",
    ]


def test_a_request_without_an_answer_says_so() -> None:
    platform = FakePlatform()
    platform.fail_next(drop_connection=True, kind="invoke")
    with platform.client(retry=RetryPolicy.none()) as client, pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid="u", request_id="call 1")

    assert told(platform)[-2:] == [
        "invoke of 'u': no answer, request id call 1",
        "    va.fninvocations.liveperson.net closed the connection",
    ]


def test_the_account_is_named_where_there_are_several() -> None:
    platform = FakePlatform()
    other = platform.add_account(account_id="other")
    function = other.function("f")(order_of)
    with platform.client(other) as client:
        client.invoke(lambda_uuid=function.uuid, payload={"order": 1}, request_id="call 1")

    assert told(platform)[-1] == "invoke of 'f': 200, account other, request id call 1"


def test_a_path_that_exists_nowhere_is_shown() -> None:
    platform = FakePlatform()
    with platform.client(invoke_uuid_uri="nowhere/{lambda_uuid}") as client:
        client.invoke(lambda_uuid="u", request_id="call 1")

    assert told(platform)[-2:] == [
        "POST va.fninvocations.liveperson.net/nowhere/u: 404, request id call 1",
        "    no endpoint has this path on this host",
    ]


def test_silence_is_told_too() -> None:
    assert FakePlatform().request_log() == "no request came"


def test_neither_payloads_nor_answers_nor_credentials_are_shown() -> None:
    platform = FakePlatform(client_secret="the client's secret")
    function = platform.function("f")(lambda given: given.payload)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, payload="a secret", headers={"key": "a secret"})
        client.get_lambdas(name="a secret")

    assert "secret" not in platform.request_log()
    assert not re.search(r"eyJ|Bearer", platform.request_log())


def test_a_token_that_a_function_logs_is_taken_out() -> None:
    platform = FakePlatform()

    def leak(_: FunctionInput) -> None:
        raise ValueError(f"asked with {platform.issue_token()}")

    function = platform.function("f")(leak)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid)

    assert "    error: asked with [redacted]" in told(platform)
    assert "eyJ" not in platform.request_log()


def test_it_is_of_bounded_length_whatever_happens() -> None:
    platform = FakePlatform()

    def rant(given: FunctionInput) -> None:
        raise ValueError("\n".join(f"{given.payload} {line} {'x' * 1000}" for line in range(100)))

    function = platform.function("f")(rant)
    with platform.client() as client:
        for number in range(30):
            client.invoke(lambda_uuid=function.uuid, payload=number)

    lines = told(platform)
    assert lines[0] == "32 requests, the oldest first; the last 20 are shown:"
    assert len(lines) <= 202
    assert max(map(len, lines)) < 200
    assert any(line.startswith("    error: 29 0 xxx") for line in lines)
    assert lines[-1].startswith("        29 99 xxx")


def test_what_would_disturb_a_terminal_is_escaped() -> None:
    platform = FakePlatform()

    def colourful(_: FunctionInput) -> None:
        raise ValueError("\x1b[31mred\x07")

    function = platform.function("f")(colourful)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid, request_id="r")

    assert "    error: \\x1b[31mred\\x07" in told(platform)


def test_the_former_name_works_and_names_the_new_one() -> None:
    with pytest.warns(DeprecationWarning, match=r"request_log\(\)"):
        assert FakePlatform().trail() == "no request came"
