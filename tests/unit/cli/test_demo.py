"""`make demo` shows what it promises, and ends well."""

from __future__ import annotations

import pytest

from lpfunctions.cli.demo import main

pytestmark = pytest.mark.sockets


def test_the_demo_shows_the_main_job_and_no_credential(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0

    shown = capsys.readouterr().out
    for promised in (
        "'status': 'shipped'",
        "accCdnDomain: 'accdn.lpsnmedia.net'",
        "answered 'Welcome back, Ada!'",
        "FaaSLambdaError 901 com.customer.faas.function.threw-error",
        "FaaSTimeoutError; may the function have run? unknown",
        "nothing was sent: event_id must hold no segment '.' or '..'",
        "50 answers; requests on the wire: {'discovery': 1, 'token': 1, 'invoke': 50}",
        "To use it for real:",
    ):
        assert promised in shown
    assert "authorization: [redacted]" in shown
    assert "eyJ" not in shown
