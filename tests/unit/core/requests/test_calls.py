"""What a user asks for: frozen values that show no payload."""

from __future__ import annotations

import copy
import pickle
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from lpfunctions import FaaSConfigurationError, RetryPolicy
from lpfunctions.core.requests.calls import EMPTY, Call, EventQuery, FunctionQuery, Invocation, check_call, uuid_of

CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "call", [Call(), Invocation(), EventQuery(event_id="e"), FunctionQuery()], ids=lambda call: type(call).__name__
)
def test_a_call_that_says_nothing_takes_the_clients_defaults(call: Call) -> None:
    assert call.timeout is None
    assert call.retry is None
    assert call.fail_on_error_status_code is None
    assert call.request_id is None
    assert call.external_system is None
    assert call.lp_event_source is None


def test_a_payload_that_was_left_out_is_told_from_none() -> None:
    assert Invocation().payload is EMPTY
    assert Invocation(payload=None).payload is None
    assert repr(EMPTY) == "{}"


def test_a_copied_invocation_still_has_no_payload() -> None:
    for copied in (pickle.loads(pickle.dumps(Invocation())), copy.deepcopy(Invocation())):
        assert copied.payload is EMPTY


def test_a_repr_shows_neither_payload_nor_headers() -> None:
    shown = repr(Invocation(lambda_uuid="u", payload=CANARY, headers={"k": CANARY}))
    assert "lambda_uuid='u'" in shown
    assert CANARY not in shown


TEXT = "0c4bd4b0-4b53-4d09-9bd3-3b4e4c4b4f5a"


@pytest.mark.parametrize(
    "function",
    [TEXT, UUID(TEXT), SimpleNamespace(uuid=TEXT), SimpleNamespace(uuid=UUID(TEXT))],
    ids=["text", "UUID", "object with a text", "object with a UUID"],
)
def test_a_function_is_named_by_its_uuid(function: Any) -> None:
    found = uuid_of(function)
    assert (type(found), found) == (str, TEXT)


@pytest.mark.parametrize("function", [None, 7, SimpleNamespace(uuid=None), SimpleNamespace(name="f")], ids=repr)
def test_what_has_no_uuid_is_left_for_the_check_to_refuse(function: Any) -> None:
    assert uuid_of(function) is function


@pytest.mark.parametrize(
    "options", [{}, {"timeout": 0.5, "retry": RetryPolicy(), "fail_on_error_status_code": False}], ids=["none", "all"]
)
def test_options_of_a_call_that_make_sense_pass(options: dict[str, Any]) -> None:
    check_call(Call(**options))


@pytest.mark.parametrize("option", ["timeout", "retry", "fail_on_error_status_code"])
def test_an_option_of_a_call_that_makes_no_sense_is_refused_by_name(option: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=rf"^{option} must .*, not ('often'|str)$"):
        check_call(Call(**{option: "often"}))  # type: ignore[arg-type]
