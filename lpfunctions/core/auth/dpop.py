"""Nonces that a server asks to have in proofs of possession (RFC 9449 sections 8 and 9)."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from lpfunctions.core.http.body import json_object, read_if_possible

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

NONCE_HEADER: Final = "dpop-nonce"

_CHALLENGE: Final = "use_dpop_nonce"
_NONCE: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,1024}", re.ASCII)
_MOST_SERVERS: Final = 1000


class Nonces:
    """The newest nonce of each server, ``host[:port]``."""

    def __init__(self) -> None:
        self._newest: dict[str, str] = {}

    def of(self, host: str) -> str | None:
        """The nonce for the next proof for *host*, or None when it has asked for none."""
        return self._newest.get(host)

    def note(self, request: HttpRequest, response: HttpResponse) -> None:
        """Keep the nonce that came with *response*, whatever its status; one that is malformed is ignored."""
        nonce = response.headers.get(NONCE_HEADER, "")
        if _NONCE.fullmatch(nonce):
            self._newest.pop(request.host, None)
            self._newest[request.host] = nonce
            if len(self._newest) > _MOST_SERVERS:
                self._newest.pop(next(iter(self._newest)), None)


def asks_for_nonce(response: HttpResponse) -> bool:
    """Was the request refused only because its proof lacked the nonce that came with *response*?

    A resource server says so with a 401 and a challenge, an authorization server with a 400 and an error body.
    """
    if not _NONCE.fullmatch(response.headers.get(NONCE_HEADER, "")):
        return False
    if response.status == 401:
        challenge = response.headers.get("www-authenticate", "")
        return "dpop" in challenge.lower() and _CHALLENGE in challenge
    return response.status == 400 and json_object(read_if_possible(response.content)).get("error") == _CHALLENGE


def nonce_parameter(get_proof: Callable[..., object]) -> inspect.Parameter | None:
    """The parameter of *get_proof* that takes ``nonce=``, if it has one and its signature can be read."""
    try:
        parameters = inspect.signature(get_proof).parameters
    except (ValueError, TypeError):
        return None
    named = parameters.get("nonce")
    if named is not None and named.kind in {named.KEYWORD_ONLY, named.POSITIONAL_OR_KEYWORD}:
        return named
    return next((one for one in parameters.values() if one.kind is one.VAR_KEYWORD), None)
