"""Deploying a function: what the decorator takes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import FakePlatform
from tests.support.platform_requests import echo


def refusal(deploy: Any, given: Any) -> str:
    with pytest.raises(FaaSConfigurationError) as refused:
        deploy(given)
    return str(refused.value)


def test_the_decorator_without_parentheses_is_refused() -> None:
    platform = FakePlatform()
    other = platform.add_account(account_id="99")
    assert refusal(platform.function, echo) == (
        "function() was given 'echo' as the name of a function: write @platform.function(), with parentheses"
    )
    assert "@platform.function()" in refusal(other.function, echo)
    assert not platform.functions


@pytest.mark.parametrize("name", [3, b"greet"], ids=repr)
def test_a_name_that_is_no_text_is_refused(name: Any) -> None:
    assert refusal(FakePlatform().function, name) == f"the name of a function must be text, not {name!r}"


@pytest.mark.parametrize("code", [3, None, "greet"], ids=repr)
def test_what_cannot_be_called_is_not_deployed(code: Any) -> None:
    platform = FakePlatform()
    assert refusal(platform.function("greet"), code) == (
        f"function 'greet' must be a callable that takes the input, not {code!r}"
    )
    assert not platform.functions
