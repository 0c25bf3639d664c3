"""The contract suites where what the extra `testing` installs is missing, in an interpreter of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.sockets

PREFIX = "import sys; sys.modules[{missing!r}] = None\n"


def run(missing: str, program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PREFIX.format(missing=missing) + program]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "suite", ["AuthStrategyContract", "ClockContract", "DomainResolverContract", "MetricCollectorContract", "PortCases"]
)
def test_suites_without_tls_do_not_need_trustme(suite: str) -> None:
    ended = run("trustme", f"from lpfunctions.testing.contracts import {suite}")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("missing", "program"),
    [
        ("pytest", "import lpfunctions.testing.contracts"),
        ("trustme", "from lpfunctions.testing.contracts.support import certificates; certificates.client_context()"),
    ],
)
def test_what_is_missing_is_named_with_the_extra_that_has_it(missing: str, program: str) -> None:
    ended = run(missing, program)
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert f'need {missing}; pip install "lpfunctions[testing]"' in last
