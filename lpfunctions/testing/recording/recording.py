"""Transports that leave the sending to another, and write down what was sent and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.testing.recording.cassette import CassetteWriter
from lpfunctions.testing.recording.exchange import request_record, response_record
from lpfunctions.testing.recording.scrubbing import Scrubber

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncTransport, Transport


class _Recorder:
    """Writes exchanges into a cassette, without their secrets."""

    def __init__(self, file: str | os.PathLike[str], secrets: Iterable[str]) -> None:
        self._scrubber = Scrubber(secrets)
        self._cassette = CassetteWriter(file)

    def answered(self, request: HttpRequest, response: HttpResponse) -> None:
        self._scrubber.see(request)
        self._scrubber.see(response)
        sent = request_record(request, self._scrubber)
        self._cassette.add({"request": sent, "response": response_record(response, self._scrubber)})

    def failed(self, request: HttpRequest, failure: FaaSRequestError) -> None:
        self._scrubber.see(request)
        sent = request_record(request, self._scrubber)
        self._cassette.add({"request": sent, "error": self._scrubber.value(failure.as_dict())})


class RecordingTransport:
    """Records into a cassette what crosses another transport, for `ReplayTransport`.

    The file is JSON, complete after each exchange. Recorded without their values are the header fields that hold
    credentials (``Authorization``, cookies, DPoP proofs), fields of bodies and queries such as ``client_secret``,
    ``access_token`` or ``password``, and what looks like a token; a secret that was seen in one of these places is
    replaced by ``[redacted]`` in all others too. Payloads and responses are recorded as they are but for that. What a
    cancelled or interrupted exchange would have brought is not recorded.
    """

    def __init__(
        self, file: str | os.PathLike[str], inner: Transport | None = None, *, secrets: Iterable[str] = ()
    ) -> None:
        """Begin an empty cassette.

        Args:
            file: the cassette; what it held is replaced.
            inner: sends the requests; by default a transport as `Client` makes it, which goes to the network.
            secrets: more texts to replace, such as the id of the account or the name of a customer.

        Raises:
            FaaSConfigurationError: the file cannot be written; a secret is no text.
        """
        self._recorder = _Recorder(file, secrets)
        self._inner = inner or _default()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*, and record it with its response, or with the error of the transport."""
        try:
            response = self._inner.send(request)
        except FaaSRequestError as failure:
            self._recorder.failed(request, failure)
            raise
        self._recorder.answered(request, response)
        return response

    def close(self) -> None:
        """Close the other transport; the cassette is complete already."""
        self._inner.close()


class AsyncRecordingTransport:
    """`RecordingTransport` for an `AsyncClient`."""

    def __init__(
        self, file: str | os.PathLike[str], inner: AsyncTransport | None = None, *, secrets: Iterable[str] = ()
    ) -> None:
        """Begin an empty cassette; the arguments are those of `RecordingTransport`."""
        self._recorder = _Recorder(file, secrets)
        self._inner = inner or _async_default()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*, and record it with its response, or with the error of the transport."""
        try:
            response = await self._inner.send(request)
        except FaaSRequestError as failure:
            self._recorder.failed(request, failure)
            raise
        self._recorder.answered(request, response)
        return response

    async def aclose(self) -> None:
        """Close the other transport; the cassette is complete already."""
        await self._inner.aclose()


def _default() -> Transport:
    from lpfunctions.adapters.blocking.requests_transport import RequestsTransport

    return RequestsTransport()


def _async_default() -> AsyncTransport:
    from lpfunctions.adapters.aio.http.transport import AiohttpTransport

    return AiohttpTransport()
