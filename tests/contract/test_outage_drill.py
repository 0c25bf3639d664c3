"""Outages in virtual time: which log lines at which level, and which of the shipped alerts fire and clear."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import outage_drill
from tests.support.outage_drill import HOUR, MINUTE, Drill

# One process holds the drills: each is some seconds, and several tests read it.
pytestmark = [pytest.mark.own_telemetry, pytest.mark.load, pytest.mark.xdist_group("drills")]

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "telemetry"
RUNBOOK: Final = Path(__file__).parents[2] / "docs" / "runbook.md"
RULES: Final = EXAMPLES / "alerts.yml"


@cache
def drill(name: str) -> Drill:
    """The drill, held once for all tests."""
    made: Drill = getattr(outage_drill, name)()
    return made.run()


DRILLS: Final = ("token_endpoint_down", "discovery_silent", "gateway_unavailable", "gateway_slow", "rate_limited")

LINES: Final = {
    "token_endpoint_down": [
        ("INFO", "token could not be refreshed; the old one serves"),
        ("WARNING", "token could not be refreshed; the old one serves"),
        ("ERROR", "could not obtain a token; no call can succeed"),
        ("INFO", "token has recovered; calls can succeed again"),
    ],
    "discovery_silent": [
        ("INFO", "discovery could not be refreshed; the old one serves"),
        ("WARNING", "discovery could not be refreshed; the old one serves"),
        ("ERROR", "could not discover the hosts; no call can succeed"),
        ("INFO", "discovery has recovered; calls can succeed again"),
    ],
    "gateway_unavailable": [],
    "gateway_slow": [],
    "rate_limited": [],
}

# Alert, when it does not fire yet, when it fires, and when it has cleared.
ALERTS: Final[dict[str, list[tuple[str, float, float, float]]]] = {
    "token_endpoint_down": [
        ("LPFunctionsTokenRefreshFails", 34 * MINUTE, 36 * MINUTE, 82 * MINUTE),
        ("LPFunctionsNoToken", 59 * MINUTE, 64 * MINUTE, 87 * MINUTE),
        ("LPFunctionsFailFast", 59 * MINUTE, 75 * MINUTE, 87 * MINUTE),
    ],
    "discovery_silent": [
        ("LPFunctionsDiscoveryFails", 1.4 * HOUR, 2 * HOUR, 26.2 * HOUR),
        ("LPFunctionsHostsEnd", 18 * HOUR, 19 * HOUR, 26.2 * HOUR),
        ("LPFunctionsFailFast", 24 * HOUR, 25.5 * HOUR, 26.5 * HOUR),
    ],
    "gateway_unavailable": [
        ("LPFunctionsFailFast", 59 * MINUTE, 69 * MINUTE, 80 * MINUTE),
        ("LPFunctionsFailSlowly", 59 * MINUTE, 75 * MINUTE, 115 * MINUTE),
        ("LPFunctionsRetriesDenied", 59 * MINUTE, 66 * MINUTE, 80 * MINUTE),
    ],
    "gateway_slow": [("LPFunctionsSaturated", 9 * MINUTE, 20 * MINUTE, 30 * MINUTE)],
    "rate_limited": [("LPFunctionsHeldBack", 10 * MINUTE, 25 * MINUTE, 40 * MINUTE)],
}


# What may fire beside them, because the same trouble shows there too.
ALSO: Final[dict[str, set[str]]] = {
    "token_endpoint_down": {"LPFunctionsFailSlowly"},
    "discovery_silent": {"LPFunctionsFailSlowly"},
    "gateway_unavailable": set(),
    "gateway_slow": {"LPFunctionsFailFast", "LPFunctionsFailSlowly"},
    "rate_limited": {"LPFunctionsFailFast", "LPFunctionsFailSlowly"},
}


def rules() -> dict[str, Any]:
    """The shipped alerts, by name."""
    groups = import_module("yaml").safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def asked_for() -> set[str]:
    """The metrics that the rules ask for."""
    return set(
        re.findall(
            r"\b(?:lp_functions|http_client)_\w+_(?:count|total|seconds|waiting|failures|sum)\b", RULES.read_text()
        )
    )


@pytest.mark.parametrize("name", DRILLS)
def test_each_stage_of_an_outage_is_one_line_at_its_level(name: str) -> None:
    held = drill(name)
    assert [(level, message) for _, level, message in held.told()] == LINES[name]
    calls = {(level, message) for _, level, message in held.lines if message.startswith("invoke ")}
    assert {level for level, _ in calls} <= {"WARNING"}


def given() -> set[str]:
    """The metrics that the exporter gave in the drills."""
    return {name for each in DRILLS for scrape in drill(each).scrapes for name, _ in scrape}


def test_every_metric_in_a_rule_is_one_that_the_exporter_gave() -> None:
    assert asked_for() <= given()


def test_every_metric_in_a_panel_is_one_that_the_exporter_gave() -> None:
    emitted = given()
    for panel in json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))["panels"]:
        for target in panel["targets"]:
            metrics = set(re.findall(r"\b(?:lp_functions_client|http_client)_\w+", target["expr"]))
            assert metrics, panel["title"]
            assert metrics <= emitted, panel["title"]


@pytest.mark.parametrize("name", DRILLS)
def test_the_drill_lasts_until_its_alerts_have_cleared(name: str) -> None:
    """Behind its last sample every alert clears, because nothing is known any more."""
    held = drill(name)
    for alert, before, during, after in ALERTS[name]:
        assert before < during < after < held.looks_on, alert


def test_every_alert_is_in_the_runbook_and_in_a_drill() -> None:
    headings = set(re.findall(r"^## (\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE))
    assert headings == set(rules())
    assert {alert for alerts in ALERTS.values() for alert, *_ in alerts} == set(rules())
    for name, rule in rules().items():
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{name.lower()}"


def as_input(held: Drill) -> list[dict[str, str]]:
    """The series in promtool's words."""
    written: list[dict[str, str]] = []
    for (name, labels), values in held.series(asked_for()).items():
        shown = ",".join(f"{key}={json.dumps(value)}" for key, value in labels if value)
        samples = " ".join("_" if value is None else f"{value:g}" for value in values)
        written.append({"series": f"{name}{{{shown}}}", "values": samples})
    return written


def expectation(alert: str, at: float, *, fires: bool) -> dict[str, Any]:
    rule = rules()[alert]
    expected = [{"exp_labels": rule["labels"], "exp_annotations": rule["annotations"]}] if fires else []
    return {"eval_time": f"{round(at)}s", "alertname": alert, "exp_alerts": expected}


def need_promtool() -> None:
    """Skip where promtool is missing, and fail in CI."""
    if shutil.which("promtool") is None:
        assert not os.environ.get("CI"), "promtool is missing: apt-get install prometheus"
        pytest.skip("promtool is missing: apt-get install prometheus")


def promtool(*arguments: str, folder: Path) -> str:
    need_promtool()
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.external
@pytest.mark.sockets
@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", DRILLS)
def test_each_alert_fires_and_clears_on_what_the_exporter_gave(name: str, tmp_path: Path) -> None:
    held = drill(name)
    interval = f"{round(held.scrape_every)}s"
    checks: list[dict[str, Any]] = []
    for alert, before, during, after in ALERTS[name]:
        checks += [
            expectation(alert, before, fires=False),
            expectation(alert, during, fires=True),
            expectation(alert, after, fires=False),
        ]
    others = sorted(set(rules()) - {alert for alert, *_ in ALERTS[name]} - ALSO[name])
    middle, last = (held.begins + held.ends) / 2, held.looks_on
    checks += [expectation(alert, at, fires=False) for alert in others for at in (held.begins, middle, held.ends, last)]
    test = {
        "rule_files": [str(RULES)],
        "evaluation_interval": interval,
        "tests": [{"interval": interval, "input_series": as_input(held), "alert_rule_test": checks}],
    }
    (tmp_path / "drill.yml").write_text(json.dumps(test), encoding="utf-8")
    promtool("test", "rules", "drill.yml", folder=tmp_path)


@pytest.mark.external
@pytest.mark.sockets
def test_the_rules_are_rules(tmp_path: Path) -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES), folder=tmp_path)
