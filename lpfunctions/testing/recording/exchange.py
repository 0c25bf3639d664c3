"""One request and what became of it, as a cassette holds it: plain JSON, without secrets."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, cast

from lpfunctions.core.errors import FaaSError, FaaSRequestError
from lpfunctions.core.http.messages import HttpResponse

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.testing.recording.scrubbing import Scrubber

Record = dict[str, Any]


def request_record(request: HttpRequest, scrubber: Scrubber) -> Record:
    """Return *request* as it is recorded."""
    return {
        "method": request.method,
        "url": scrubber.text(request.url),
        "headers": scrubber.headers(request.headers),
        **({} if request.content is None else _body_record(request.content, scrubber)),
    }


def response_record(response: HttpResponse, scrubber: Scrubber) -> Record:
    """Return *response* as it is recorded."""
    return {
        "status": response.status,
        "reason": response.reason,
        "headers": scrubber.headers(response.headers),
        **_body_record(response.content, scrubber),
    }


def read_outcome(exchange: Record) -> HttpResponse | FaaSRequestError:
    """Return the response of a recorded *exchange*, or the error that the transport raised.

    Raises:
        KeyError, TypeError, ValueError: *exchange* holds neither.
    """
    if "error" in exchange:
        error = FaaSError.from_dict(exchange["error"])
        return error if isinstance(error, FaaSRequestError) else FaaSRequestError(str(error))
    response = exchange["response"]
    return HttpResponse(int(response["status"]), str(response["reason"]), dict(response["headers"]), _content(response))


def body_of(record: Record) -> Any:
    """Return the body of a recorded request as a value to compare: as JSON if it is any, else as text, or None."""
    if "text" not in record:
        return record.get("json", record.get("base64"))
    try:
        return _read_json(record["text"])
    except (ValueError, RecursionError):
        return record["text"]


def _body_record(content: bytes, scrubber: Scrubber) -> Record:
    """Return a body as JSON if that says the same bytes, else as text if it is text, else as base64.

    JSON is scrubbed by its fields: what is taken out of it must leave it JSON.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}
    try:
        value = _read_json(text)
        scrubbed = scrubber.value(value)
        # Spaces, the notation of numbers and the like are the function's: they are kept unless a secret is among them.
        if scrubbed != value or compact(value) == text:
            return {"json": scrubbed}
    except (ValueError, RecursionError):
        pass  # no JSON, or too deep to be rewritten
    return {"text": scrubber.text(text)} if text else {}


def _content(record: Record) -> bytes:
    if "json" in record:
        return compact(record["json"]).encode(errors="backslashreplace")  # a lone surrogate, as JSON escapes it
    if "base64" in record:
        return b64decode(record["base64"])
    return cast("str", record.get("text", "")).encode()


def compact(value: Any) -> str:
    """Return *value* as JSON without spaces, as JavaScript and pydantic write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_json(text: str) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    """Reject ``NaN`` and ``Infinity``, which are no JSON: such a body is a text."""
    raise ValueError(name)
