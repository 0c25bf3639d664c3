"""The operations and what distinguishes them."""

from __future__ import annotations

import pytest

from lpfunctions import Client
from lpfunctions.core.platform.version import Generation
from lpfunctions.core.requests.operations import GET_FUNCTIONS, GET_LAMBDAS, INVOKE, IS_IMPLEMENTED, Kind


@pytest.mark.parametrize("kind", [INVOKE, IS_IMPLEMENTED, GET_LAMBDAS, GET_FUNCTIONS], ids=lambda kind: kind.name)
def test_a_kind_is_named_as_the_method_and_its_error(kind: Kind) -> None:
    assert callable(getattr(Client, kind.name))
    assert kind.error.operation == kind.name


def test_only_an_invocation_changes_something_and_only_get_functions_is_v2() -> None:
    kinds = [INVOKE, IS_IMPLEMENTED, GET_LAMBDAS, GET_FUNCTIONS]
    assert [kind.idempotent for kind in kinds] == [False, True, True, True]
    assert [kind.generation for kind in kinds] == [None, None, None, Generation.V2]
