"""A receiver of OTLP over HTTP that reads the protobuf of what it is sent."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Generator

    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Received:
    """What came.

    Attributes:
        endpoint: what ``OTEL_EXPORTER_OTLP_ENDPOINT`` has to be.
        spans: with the URL of their schema.
        metrics: likewise.
    """

    def __init__(self) -> None:
        self.endpoint = ""
        self.spans: list[tuple[str, Span]] = []
        self.metrics: list[tuple[str, Metric]] = []

    def take(self, path: str, content: bytes) -> None:
        """Read *content*, which was sent to *path*."""
        if path == "/v1/traces":
            traces = ExportTraceServiceRequest.FromString(content)
            scopes = [scope for resource in traces.resource_spans for scope in resource.scope_spans]
            self.spans += [(scope.schema_url, span) for scope in scopes for span in scope.spans]
        else:
            assert path == "/v1/metrics", path
            measured = ExportMetricsServiceRequest.FromString(content)
            groups = [scope for resource in measured.resource_metrics for scope in resource.scope_metrics]
            self.metrics += [(group.schema_url, metric) for group in groups for metric in group.metrics]


def plain(attributes: Any) -> dict[str, Any]:
    """Attributes of protobuf as a dictionary."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@contextmanager
def receiving() -> Generator[Received]:
    """Listen on this machine while the ``with`` block lasts."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.take(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (so named by the base class)
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.endpoint = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()
