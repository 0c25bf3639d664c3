"""The reference client runs against our platform, unmodified, and ours asks and answers as it does.

Both run in a network of their own, where LivePerson's hosts are this machine and the platform waits on ports 80 and
443: neither is told where it is. ``make interoperability`` writes the tables to docs/interoperability.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.interop.cases import CASES
from tests.interop.comparison import Difference, differences
from tests.interop.known import KNOWN
from tests.interop.peers import PACKAGE, may_have_a_network_of_its_own, node
from tests.interop.report import PUBLISHED, Verdict
from tests.interop.run import run_all

if TYPE_CHECKING:
    from tests.interop.run import Comparison

pytestmark = [
    pytest.mark.external,
    pytest.mark.xdist_group("interoperability"),
]


@pytest.fixture(scope="module")
def comparisons() -> list[Comparison]:
    assert node() is not None, "Node is missing; the reference client cannot run"
    assert PACKAGE.is_dir(), "the reference client is not installed; run: make interoperability"
    return run_all(own_network=may_have_a_network_of_its_own())


@pytest.fixture(scope="module")
def verdict(comparisons: list[Comparison]) -> Verdict:
    found = Verdict(comparisons)
    print(f"\n{found}")  # noqa: T201 (shown with -s)
    return found


def test_the_reference_client_is_the_one_that_is_meant() -> None:
    assert json.loads((PACKAGE / "package.json").read_text())["version"] == "2.2.0"


def test_both_clients_finish_every_call_alike_unless_the_table_says_otherwise(verdict: Verdict) -> None:
    assert verdict.unknown == []


def test_every_row_of_the_table_is_still_needed(verdict: Verdict) -> None:
    assert [known for known, calls in verdict.calls.items() if not calls] == []


def test_every_call_reached_its_endpoint(comparisons: list[Comparison]) -> None:
    for compared in comparisons:
        for called in (compared.node, compared.ours, compared.ours_async):
            kinds = [record.kind for record in called.requests]
            assert kinds[:2] == ["discovery", "token"], compared.name
            assert len(kinds) >= 3, compared.name


def test_our_async_client_does_exactly_what_the_blocking_one_does(comparisons: list[Comparison]) -> None:
    for compared in comparisons:
        assert list(differences(compared.ours, compared.ours_async)) == [], compared.name


def test_the_published_table_is_this_one(verdict: Verdict) -> None:
    assert str(verdict) in PUBLISHED.read_text(), "run: make interoperability"


def test_the_operations_succeed_and_fail_as_expected_with_the_reference_client(comparisons: list[Comparison]) -> None:
    outcomes = {compared.name: compared.node.outcome for compared in comparisons}
    for version in ("v1", "v2"):
        assert outcomes[f"{version} invoke by uuid"] == {"status": 200, "ok": True, "body": {"hello": "Ada"}}
        assert outcomes[f"{version} invoke by uuid, the function threw"]["status"] == 901
        assert outcomes[f"{version} invoke by uuid, the function threw, raising"] == {"error": "FaaSLambdaError"}
        assert outcomes[f"{version} invoke by uuid, no such function"]["status"] == 404
        assert outcomes[f"{version} is_implemented yes"] == {"value": True}
        assert outcomes[f"{version} is_implemented no"] == {"value": False}
        assert outcomes[f"{version} get_lambdas no such state"]["status"] == 400
        assert len(outcomes[f"{version} get_lambdas filtered"]["body"]) == 1
    assert len(outcomes["v2 get_functions all"]["body"]) == 7


def test_where_networks_cannot_be_made_both_clients_are_led_to_other_ports() -> None:
    cases = [case for case in CASES if case.name in {"by uuid", "yes"} or case.operation == "get_functions"]

    verdict = Verdict(run_all(own_network=False, cases=cases))

    assert verdict.unknown == []
    assert len(verdict.comparisons) == 8


def test_an_unlisted_difference_is_noticed() -> None:
    strange = Difference("invoke", "header x-new", "-", "1")

    assert not any(known.explains(strange, "v1 invoke by uuid") for known in KNOWN)
