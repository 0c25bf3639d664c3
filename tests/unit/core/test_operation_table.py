"""The operations and what distinguishes them."""

from __future__ import annotations

import pytest

from lpfunctions import Client
from lpfunctions.core.operation_table import GET_LAMBDAS, OPERATIONS, TEMPLATES, OperationSpec
from lpfunctions.core.platform.version import PlatformVersion


@pytest.mark.parametrize("spec", OPERATIONS, ids=lambda spec: spec.name)
def test_an_operation_is_named_as_the_method_and_its_error(spec: OperationSpec) -> None:
    assert callable(getattr(Client, spec.name))
    assert spec.error.operation == spec.name


def test_span_and_hook_follow_from_the_name() -> None:
    assert (GET_LAMBDAS.span, GET_LAMBDAS.hook) == ("LivePersonFunctions.GetLambdas", "on_get_lambdas")


def test_no_two_paths_share_an_option() -> None:
    assert len(TEMPLATES) == sum(len(spec.templates) for spec in OPERATIONS)


def test_only_an_invocation_changes_something_and_only_get_functions_is_v2() -> None:
    assert [spec.idempotent for spec in OPERATIONS] == [False, True, True, True]
    assert [spec.version for spec in OPERATIONS] == [None, None, None, PlatformVersion.V2]
