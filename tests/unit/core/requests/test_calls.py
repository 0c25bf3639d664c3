"""What a user asks for: frozen values that show no payload."""

from __future__ import annotations

import copy
import pickle

import pytest

from lpfunctions.core.requests.calls import EMPTY, Call, EventQuery, FunctionQuery, Invocation

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
