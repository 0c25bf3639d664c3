"""Set the differences that were found against the known ones, and print both tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tests.interop.comparison import differences, table
from tests.interop.known import KNOWN
from tests.interop.peers import may_have_a_network_of_its_own
from tests.interop.run import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.interop.comparison import Difference
    from tests.interop.known import Known
    from tests.interop.peers import Called
    from tests.interop.run import Comparison

PUBLISHED = Path(__file__).parents[2] / "docs" / "interoperability.md"

_HEAD = """# Held to the reference client

The npm client `liveperson-functions-client` 2.2.0, unmodified, and this one make the same calls on the same platform,
in a network where LivePerson's hosts are this machine. `make external` compares them call by call, and fails on any
difference that is not in this table. `make interoperability` writes this page.

`make external` also runs LivePerson's command-line tool `lpf` 1.31, unmodified, against the fake platform: login,
create, push, deploy, invoke, logs, pull, undeploy, logout; and recorded requests of the Java client and of Node 1.3.
[The platform's facts](platform-facts.md) are a table of their own.

"""


class Verdict:
    """What came of all comparisons.

    Attributes:
        unknown: differences that no row explains, each with its call.
        calls: for each known difference, the calls that show it.
    """

    def __init__(self, comparisons: Iterable[Comparison]) -> None:
        self.comparisons = list(comparisons)
        self.unknown: list[tuple[str, Difference]] = []
        self.calls: dict[Known, set[str]] = {known: set() for known in KNOWN}
        for compared in self.comparisons:
            self._explain(compared.name, compared.node, compared.ours)

    def _explain(self, call: str, node: Called, ours: Called) -> None:
        for difference in differences(node, ours):
            reasons = [known for known in KNOWN if known.explains(difference, call)]
            if not reasons:
                self.unknown.append((call, difference))
            for known in reasons:
                self.calls[known].add(call)

    def __str__(self) -> str:
        calls = [("operation", "call", "on", "platform answers Node", "Node 2.2.0 has", "lpfunctions has")]
        calls += [
            (
                compared.case.operation,
                compared.case.name,
                compared.version,
                _answers(compared.node),
                _outcome(compared.node),
                _outcome(compared.ours),
            )
            for compared in self.comparisons
        ]
        reasons = [("where", "field", "Node 2.2.0", "lpfunctions", "why")]
        reasons += [(_plain(known.where), _plain(known.field), *known.shown, known.why) for known in self.calls]
        return (
            f"{len(self.comparisons)} calls by each client.\n\n## What differs, and why\n\n{table(reasons)}\n"
            f"Everything else is equal: method, path, query, header fields, body, and outcome.\n\n"
            f"## The calls\n\n{table(calls)}"
        )


def _answers(called: Called) -> str:
    statuses = [str(record.status) for record in called.requests if record.kind not in {"discovery", "token"}]
    return ", ".join(statuses)


def _outcome(called: Called) -> str:
    outcome = called.outcome
    if "error" in outcome:
        return f"raises {outcome['error']}"
    return json.dumps(outcome["value"]) if "value" in outcome else f"status {outcome['status']}"


def _plain(pattern: str) -> str:
    return pattern.replace("|", ", ").replace("(", "").replace(")", "")


def main() -> None:
    """Write the page."""
    PUBLISHED.write_text(_HEAD + str(Verdict(run_all(own_network=may_have_a_network_of_its_own()))))


if __name__ == "__main__":
    main()
