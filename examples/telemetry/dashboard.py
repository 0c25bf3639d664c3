"""Write ``dashboard.json``, a Grafana dashboard over Prometheus for the metrics of lpfunctions.

    python examples/telemetry/dashboard.py > examples/telemetry/dashboard.json

Import the JSON into Grafana and choose a Prometheus data source. The names are those that an OpenTelemetry collector's
``prometheus`` exporter, or Prometheus' own OTLP receiver, makes of ours.
"""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

DURATION: Final = "lp_functions_client_operation_duration_seconds"
ATTEMPTS: Final = "lp_functions_client_attempts_total"
DENIED: Final = "lp_functions_client_retries_denied_total"
LOOKUPS: Final = "lp_functions_client_cache_lookups_total"
INFLIGHT: Final = "lp_functions_client_inflight"
TOKEN_AGE: Final = "lp_functions_client_token_age_seconds"
HOSTS_AGE: Final = "lp_functions_client_discovery_age_seconds"
FAILURES: Final = "lp_functions_client_refresh_consecutive_failures"
LIMITED: Final = "lp_functions_client_rate_limit_wait_seconds"
WAITING: Final = "lp_functions_client_connections_waiting"
CONNECTIONS: Final = "http_client_open_connections"
REQUESTS: Final = "http_client_active_requests"
HTTP: Final = "http_client_request_duration_seconds"
ASKED: Final = 'lp_functions_from_cache!="true"'
RATE: Final = "[$__rate_interval]"


class Panel(NamedTuple):
    """One panel: a title, what it tells, the unit of its axis, and query by legend."""

    title: str
    description: str
    unit: str
    queries: dict[str, str]


def quantile(share: float) -> str:
    """The latency that *share* of the operations did not exceed, answers from the cache left out."""
    buckets = f"sum by (le, lp_functions_operation) (rate({DURATION}_bucket{{{ASKED}}}{RATE}))"
    return f"histogram_quantile({share}, {buckets})"


PANELS: Final = (
    Panel(
        "Operations",
        "How many a second, by operation.",
        "ops",
        {"{{lp_functions_operation}}": f"sum by (lp_functions_operation) (rate({DURATION}_count{RATE}))"},
    ),
    Panel(
        "Errors by kind",
        "Failed operations a second. FaaSLambdaError is the customer's own code; all else is the platform or the way "
        "to it.",
        "ops",
        {"{{error_type}}": f'sum by (error_type) (rate({DURATION}_count{{error_type!=""}}{RATE}))'},
    ),
    Panel(
        "Share of failed operations",
        "The customer's own failures left out: this is the one to alert on.",
        "percentunit",
        {
            "failed": f'sum(rate({DURATION}_count{{error_type!="",error_type!="FaaSLambdaError"}}{RATE}))'
            f" / sum(rate({DURATION}_count{RATE}))"
        },
    ),
    Panel(
        "Latency",
        "From the call to its return, all attempts and pauses included.",
        "s",
        {f"{{{{lp_functions_operation}}}} p{round(share * 100)}": quantile(share) for share in (0.5, 0.95, 0.99)},
    ),
    Panel(
        "Attempts by outcome",
        "Requests a second by what they are for and what came back; discovery and tokens are among them.",
        "reqps",
        {
            "{{lp_functions_operation}} {{http_response_status_code}} {{error_type}}": "sum by "
            f"(lp_functions_operation, http_response_status_code, error_type) (rate({ATTEMPTS}{RATE}))"
        },
    ),
    Panel(
        "Retries, and retries denied",
        "may_have_run: the function may have run, and the policy allows no second time. budget: an outage is not "
        "multiplied. deadline, max_retries: no time, no more tries.",
        "ops",
        {
            "repeated": f'sum(rate({ATTEMPTS}{{lp_functions_resend="true"}}{RATE}))',
            "denied: {{lp_functions_denial}}": f"sum by (lp_functions_denial) (rate({DENIED}{RATE}))",
        },
    ),
    Panel(
        "Age of the oldest token",
        "A saw tooth. If it climbs above 30 min, tokens are not being renewed; it climbs on after their expiry.",
        "s",
        {"{{instance}}": f"max by (instance) ({TOKEN_AGE})"},
    ),
    Panel(
        "Age of the oldest hosts",
        "A saw tooth of 10 min. While discovery fails, old hosts serve for a day.",
        "s",
        {"{{instance}}": f"max by (instance) ({HOSTS_AGE})"},
    ),
    Panel(
        "Failures in a row of discovery and tokens",
        "0 when all is well. The old value serves until its end; see the two panels before.",
        "short",
        {"{{lp_functions_operation}}": f"max by (lp_functions_operation) ({FAILURES})"},
    ),
    Panel(
        "Connections, and requests that wait for one",
        "Waiting for longer than a moment: raise max_connections, or send less at the same time.",
        "short",
        {
            "{{http_connection_state}}": f"sum by (http_connection_state) ({CONNECTIONS})",
            "waiting": f"sum ({WAITING})",
        },
    ),
    Panel(
        "Active requests, by host",
        "Requests that were begun and not answered.",
        "short",
        {"{{server_address}}": f"sum by (server_address) ({REQUESTS})"},
    ),
    Panel(
        "Held back by the rate limit",
        "How many seconds a second requests wait because of rate_limit=, by operation.",
        "s",
        {"{{lp_functions_operation}}": f"sum by (lp_functions_operation) (rate({LIMITED}_sum{RATE}))"},
    ),
    Panel(
        "Cache hits of is_implemented",
        "The share of questions that was answered without asking the platform.",
        "percentunit",
        {
            "hits": f'sum(rate({LOOKUPS}{{lp_functions_cache_result="hit"}}{RATE})) / sum(rate({LOOKUPS}{RATE}))',
        },
    ),
    Panel(
        "Under way",
        "Operations that have begun and not ended.",
        "short",
        {"{{lp_functions_operation}}": f"sum by (lp_functions_operation) ({INFLIGHT})"},
    ),
    Panel(
        "Latency of single requests, p95, by host",
        "Without pauses and retries: what the network and the platform take.",
        "s",
        {
            "{{server_address}}": f"histogram_quantile(0.95, sum by (le, server_address) (rate({HTTP}_bucket{RATE})))",
        },
    ),
)


def panel(number: int, told: Panel) -> dict[str, Any]:
    """One panel, two to a row."""
    source = {"type": "prometheus", "uid": "${datasource}"}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": told.title,
        "description": told.description,
        "datasource": source,
        "gridPos": {"h": 8, "w": 12, "x": 12 * (number % 2), "y": 8 * (number // 2)},
        "fieldConfig": {"defaults": {"unit": told.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": query, "legendFormat": legend, "datasource": source}
            for index, (legend, query) in enumerate(told.queries.items())
        ],
    }


def dashboard() -> dict[str, Any]:
    """The whole dashboard."""
    return {
        "title": "LivePerson Functions, seen by its clients",
        "uid": "lpfunctions",
        "schemaVersion": 39,
        "tags": ["lpfunctions"],
        "time": {"from": "now-6h", "to": "now"},
        "refresh": "1m",
        "templating": {"list": [{"name": "datasource", "type": "datasource", "query": "prometheus"}]},
        "panels": [panel(number, told) for number, told in enumerate(PANELS)],
    }


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=2))
