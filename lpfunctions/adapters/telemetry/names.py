"""Every name that OpenTelemetry sees of us: spans, metrics, attributes, buckets. One place, because they are an API.

HTTP names are those of the stable semantic conventions, written out: the conventions' package pins one version of the
OpenTelemetry API, and a library must not. Source: OpenTelemetry semantic conventions 1.44, HTTP and FaaS.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from lpfunctions.core.operation_table import OPERATIONS

SCOPE: Final = "lpfunctions"
SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

SPANS: Final = MappingProxyType({operation.name: operation.span for operation in OPERATIONS})
"""Operation to span name."""

PROVIDER: Final = "liveperson"

# Attributes of the semantic conventions.
ERROR_TYPE: Final = "error.type"
FAAS_INVOKED_NAME: Final = "faas.invoked_name"
FAAS_INVOKED_PROVIDER: Final = "faas.invoked_provider"
FAAS_INVOKED_REGION: Final = "faas.invoked_region"
HTTP_CONNECTION_STATE: Final = "http.connection.state"
HTTP_METHOD: Final = "http.request.method"
HTTP_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_STATUS: Final = "http.response.status_code"
NETWORK_PEER_ADDRESS: Final = "network.peer.address"
NETWORK_PEER_PORT: Final = "network.peer.port"
NETWORK_PROTOCOL_VERSION: Final = "network.protocol.version"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
URL_FULL: Final = "url.full"
URL_SCHEME: Final = "url.scheme"
URL_TEMPLATE: Final = "url.template"

# Attributes of ours. Those marked (metrics) take few values; the others are for spans alone.
ACCOUNT: Final = "lp.account_id"
CACHE: Final = "lp.functions.cache"  # (metrics)
CACHE_RESULT: Final = "lp.functions.cache.result"  # (metrics)
CANCELLED: Final = "lp.functions.cancelled"  # (metrics)
DELIVERED: Final = "lp.functions.delivered"  # (metrics)
DENIAL: Final = "lp.functions.denial"  # (metrics)
ERROR_CODE: Final = "lp.functions.error_code"
FROM_CACHE: Final = "lp.functions.from_cache"  # (metrics)
OPERATION: Final = "lp.functions.operation"  # (metrics)
REQUEST_ID: Final = "lp.functions.request_id"
RESEND: Final = "lp.functions.resend"  # (metrics)
RETRY_COUNT: Final = "lp.functions.retry_count"

# Metrics.
ACTIVE_REQUESTS: Final = "http.client.active_requests"
ATTEMPTS: Final = "lp.functions.client.attempts"
CACHE_LOOKUPS: Final = "lp.functions.client.cache.lookups"
COLLECTED_DURATION: Final = "lp.functions.collector.duration"
DISCOVERY_AGE: Final = "lp.functions.client.discovery.age"
HTTP_DURATION: Final = "http.client.request.duration"
INFLIGHT: Final = "lp.functions.client.inflight"
OPEN_CONNECTIONS: Final = "http.client.open_connections"
OPERATION_DURATION: Final = "lp.functions.client.operation.duration"
RATE_LIMIT_WAIT: Final = "lp.functions.client.rate_limit.wait"
REFRESH_FAILURES: Final = "lp.functions.client.refresh.consecutive_failures"
RETRIES_DENIED: Final = "lp.functions.client.retries.denied"
TOKEN_AGE: Final = "lp.functions.client.token.age"  # noqa: S105 (a name, no password)
WAITING: Final = "lp.functions.client.connections.waiting"

HTTP_BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""What the semantic conventions advise."""

OPERATION_BUCKETS_SECONDS: Final = (*HTTP_BUCKETS_SECONDS, 20, 30, 45, 60)
"""A function may run for 30 s, and a call has 35 by default."""
