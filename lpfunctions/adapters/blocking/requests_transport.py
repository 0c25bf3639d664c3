"""The blocking transport, under the name by which users know it."""

from lpfunctions.adapters.blocking.http.transport import RequestsTransport

__all__ = ["RequestsTransport"]
