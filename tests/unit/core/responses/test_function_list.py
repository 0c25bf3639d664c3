"""The answer of a listing: a response that is also the sequence of the functions."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence

import pytest

from lpfunctions.core import operation_table
from lpfunctions.core.errors import FaaSGetLambdasError, FaaSResponseFormatError
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.responses.function_list import FunctionList
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response


def listing(body: object, status: int = 200) -> FunctionList:
    return FunctionList(
        origin=Origin(operation_table.GET_LAMBDAS, "the functions", None, "123", "rid"),
        url="https://ui/api",
        answer=HttpResponse(status, "", {}, body if isinstance(body, bytes) else json.dumps(body).encode()),
        elapsed=0.1,
        attempts=(),
    )


THREE = [{"uuid": "1", "name": "a"}, {"uuid": "2", "name": "b", "new": 1}, {"uuid": "3"}]


def test_a_listing_is_a_response_and_a_sequence() -> None:
    functions = listing(THREE)
    assert isinstance(functions, Response)
    assert isinstance(functions, Sequence)
    assert (functions.status, functions.ok, functions.body) == (200, True, THREE)
    assert len(functions) == 3
    assert [function.uuid for function in functions] == ["1", "2", "3"]
    assert functions[0].name == "a"
    assert functions[-1].uuid == "3"
    assert [function.uuid for function in functions[1:]] == ["2", "3"]
    assert functions[1] in functions
    assert functions.index(functions[2]) == 2
    assert functions.items is functions.items


def test_an_empty_listing_is_good() -> None:
    assert list(listing([])) == []
    assert listing([]).ok


def test_a_listing_is_true_if_it_holds_a_function() -> None:
    assert listing(THREE)
    assert not listing([])
    assert not listing({"errorCode": "c", "errorMsg": "m"}, 403)
    assert not listing({"no": "list"})


def test_a_listing_survives_pickle() -> None:
    functions = listing(THREE)
    assert functions[0].uuid == "1"
    again: FunctionList = pickle.loads(pickle.dumps(functions))
    assert [function.uuid for function in again] == ["1", "2", "3"]
    assert repr(again) == "<FunctionList 200 to get_lambdas>"


@pytest.mark.parametrize("body", [b"", b"<html>", {}, {"functions": []}, [1], [[]], "text", None], ids=repr)
def test_what_is_no_list_of_functions_is_refused_when_read(body: object) -> None:
    functions = listing(body)
    with pytest.raises(FaaSGetLambdasError, match=r"^get_lambdas for account '123': .* fit list") as caught:
        len(functions)
    assert isinstance(caught.value.__cause__, FaaSResponseFormatError)


def test_reading_an_error_raises_what_its_status_means() -> None:
    functions = listing({"errorCode": "c", "errorMsg": "m"}, 403)
    with pytest.raises(FaaSGetLambdasError, match=r": 403 from ui with code 'c' and message 'm' \[request id 'rid'\]$"):
        list(functions)
    assert not functions.ok
