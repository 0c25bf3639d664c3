"""Plant recognisable secrets, and search for them in logs, errors and reports."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import lpfunctions

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from types import TracebackType

    import pytest

_OURS = lpfunctions.__path__[0]
_TEST_KIT = f"{_OURS}/testing"


def forms(canary: str) -> set[str]:
    """How *canary* may look: plain, in a URL, in a form, in JSON or a repr."""
    return {canary, quote(canary, safe=""), quote_plus(canary), json.dumps(canary)[1:-1], repr(canary)[1:-1]}


def assert_hidden(where: str, shown: str | bytes, *canaries: str) -> None:
    """No form of any of *canaries* is in *shown*."""
    text = shown.decode("latin-1") if isinstance(shown, bytes) else shown
    for canary in canaries:
        for form in forms(canary):
            assert form not in text, f"{where} shows a secret"
            assert form.encode().decode("latin-1") not in text, f"{where} shows a secret"


def assert_discreet(error: BaseException, *canaries: str) -> None:
    """Message, repr, attributes, pickle, copies, traceback and the locals of our frames show none of *canaries*."""
    for cause in _chain(error):
        name = type(cause).__name__
        assert_hidden(f"str({name})", str(cause), *canaries)
        assert_hidden(f"repr({name})", repr(cause), *canaries)
        assert_hidden(f"the attributes of {name}", repr(vars(cause)), *canaries)
        for where, shown in _locals_of_ours(cause.__traceback__):
            assert_hidden(f"{name}: local {where}", shown, *canaries)
    assert_hidden("the traceback", "".join(traceback.format_exception(error)), *canaries)
    assert_hidden("the pickle", pickle.dumps(error), *canaries)
    assert_hidden("the copy", repr(vars(copy.deepcopy(error))), *canaries)


def assert_masked(thing: object, *canaries: str) -> None:
    """Neither repr nor str of *thing* shows any of *canaries*."""
    assert_hidden(f"repr of {type(thing).__name__}", repr(thing), *canaries)
    assert_hidden(f"str of {type(thing).__name__}", str(thing), *canaries)


@contextmanager
def quiet_logs(caplog: pytest.LogCaptureFixture, *canaries: str) -> Generator[None, None, None]:
    """Whatever is logged in the block, at DEBUG, by anybody, shows none of *canaries*."""
    with caplog.at_level(logging.DEBUG):
        yield
    for record in caplog.records:
        assert_hidden(f"the log {record.name}", record.getMessage() + repr(vars(record)), *canaries)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _locals_of_ours(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    while trace is not None:
        frame = trace.tb_frame
        path = frame.f_code.co_filename
        if path.startswith(_OURS) and not path.startswith(_TEST_KIT):
            for name, value in frame.f_locals.items():
                yield f"{name} of {frame.f_code.co_qualname}", _shown(value)
        trace = trace.tb_next


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception as failure:  # noqa: BLE001 (half-built objects have no repr)
        return type(failure).__name__
