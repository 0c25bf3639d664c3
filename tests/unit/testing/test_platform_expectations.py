"""What a test can assert about the journal, and what a failure says."""

from __future__ import annotations

import pytest

from lpfunctions.testing import ANYTHING, DeployedFunction, FakePlatform


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def greet(platform: FakePlatform) -> DeployedFunction:
    return platform.function("greet", event_id="e")(lambda _: "hi")


def test_invocations_are_found_by_function_event_and_payload(platform: FakePlatform, greet: DeployedFunction) -> None:
    with platform.client() as client:
        client.invoke(lambda_uuid=greet.uuid, payload={"name": "Ada"})
        client.invoke(event_id="e", payload=7)

    journal = platform.requests
    first, second = journal.assert_invoked(greet, times=2)
    assert (first.json()["payload"], second.event_id) == ({"name": "Ada"}, "e")
    assert journal.assert_invoked(greet.uuid, payload={"name": "Ada"}) == [first]
    assert journal.assert_invoked(event_id="e", payload=7) == [second]
    assert journal.assert_invoked(times=None, payload=ANYTHING) == [first, second]
    journal.assert_not_invoked(greet, payload="other")
    journal.assert_not_invoked("no-such-uuid")
    journal.assert_count("token", 1)


def test_a_failure_says_what_was_expected_and_what_came(platform: FakePlatform, greet: DeployedFunction) -> None:
    with platform.client() as client:
        client.invoke(lambda_uuid=greet.uuid, payload=1)

    with pytest.raises(AssertionError) as failed:
        platform.requests.assert_invoked(greet, event_id="e", payload=2)
    message = str(failed.value)
    assert message.startswith(
        "expected 1 invocation(s) of function 'greet' by event 'e' with payload 2; there were 0 among 3 request(s):\n"
    )
    assert (
        f"invoke: <POST va.fninvocations.liveperson.net/api/account/12345678/lambdas/{greet.uuid}/invoke -> 200>"
        in message
    )
    assert "client-secret" not in message


def test_a_failure_without_any_request_says_so(platform: FakePlatform) -> None:
    with pytest.raises(AssertionError, match="expected an invocation of any kind; there was no request at all"):
        platform.requests.assert_invoked(times=None)
    with pytest.raises(AssertionError, match=r"expected 1 request\(s\) of kind 'token'; there was no request at all"):
        platform.requests.assert_count("token", 1)


def test_a_long_journal_is_shown_in_part(platform: FakePlatform, greet: DeployedFunction) -> None:
    with platform.client() as client:
        for _ in range(30):
            client.invoke(lambda_uuid=greet.uuid)

    with pytest.raises(AssertionError, match=r"there were 30 among, the last 20 of 32 request\(s\)") as failed:
        platform.requests.assert_not_invoked()
    assert str(failed.value).count("\n") == 20


def test_a_body_that_is_no_object_has_no_payload(platform: FakePlatform) -> None:
    from lpfunctions import HttpRequest

    for content in (b"no json", b"[]"):
        url = "https://va.fninvocations.liveperson.net/api/account/12345678/lambdas/u/invoke"
        platform.handle(HttpRequest("POST", url, {}, content, timeout_seconds=1))

    platform.requests.assert_not_invoked(payload={})
    platform.requests.assert_invoked("u", payload=None, times=2)


def test_a_failure_shows_the_payloads_that_came_instead(platform: FakePlatform, greet: DeployedFunction) -> None:
    with platform.client() as client:
        client.invoke(lambda_uuid=greet.uuid, payload={"name": "Adah"})
        client.invoke(lambda_uuid=greet.uuid, payload={"client_secret": "hush", "text": "a" + "x" * 5000 + "z"})

    with pytest.raises(AssertionError) as failed:
        platform.requests.assert_invoked(greet, payload={"name": "Ada"})
    first, second = [line for line in str(failed.value).splitlines() if line.startswith("  invoke")]
    assert first.endswith("/invoke -> 200> with payload {'name': 'Adah'}")
    assert "hush" not in second
    assert second.endswith("xz'}")
    assert len(second) < 800


def test_a_failure_says_that_a_body_held_no_payload(platform: FakePlatform) -> None:
    from lpfunctions import HttpRequest

    url = "https://va.fninvocations.liveperson.net/api/account/12345678/lambdas/u/invoke"
    platform.handle(HttpRequest("POST", url, {}, b"no json", timeout_seconds=1))
    with pytest.raises(AssertionError, match=r"> without a payload$"):
        platform.requests.assert_invoked("u", payload=1)
