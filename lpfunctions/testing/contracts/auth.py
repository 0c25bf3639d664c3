"""The contract of the port `AuthStrategy`, as tests.

Hold a strategy of your own to it with a few lines in a test module::

    from lpfunctions.testing.contracts import AuthStrategyContract

    class TestMyAuth(AuthStrategyContract):
        secrets = ("s3cret",)

        def build(self):
            return MyAuth("s3cret")

        def build_failing(self):
            return MyAuth(vault=unreachable)
"""

from __future__ import annotations

import pickle
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import pytest

from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSTimeoutError
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.core.http.request_headers import is_header_name, is_header_value
from lpfunctions.testing.contracts.support.assertions import GRACE, assert_told, within
from lpfunctions.testing.contracts.support.both_modes import BothModes

if TYPE_CHECKING:
    from collections.abc import Mapping

_URL: Final = "https://va.faasgw.liveperson.net/api/account/12345678/lambdas/8b6f/invoke?v=1&externalSystem=a%20b"


class AuthStrategyContract(BothModes):
    """What a strategy must do. A subclass implements `build`, and `build_failing` if its strategy can fail.

    Attributes:
        secrets: texts that no repr and no message may show.
        proves_each_attempt: whether every attempt gets a proof, nonce or signature of its own.
    """

    secrets: tuple[str, ...] = ()
    proves_each_attempt = False

    def build(self) -> Any:
        """Return a strategy that can authorise."""
        raise NotImplementedError

    def build_failing(self) -> Any:
        """Return a strategy that cannot authorise, or None if there is no such thing."""

    def test_it_gives_headers_that_can_be_sent(self) -> None:
        """Names and values are fit for the wire, and one of them is Authorization."""
        headers = self._headers(self.build(), _attempt())
        assert "authorization" in {name.lower() for name in headers}
        assert all(is_header_name(name) and is_header_value(value) for name, value in headers.items())

    def test_it_leaves_the_request_as_it_is(self) -> None:
        """The request belongs to the client and is not changed."""
        request = _attempt()
        self._headers(self.build(), request)
        assert (request, dict(request.headers)) == (_attempt(), dict(_attempt().headers))

    def test_each_attempt_can_be_authorised(self) -> None:
        """Every attempt gets header fields; with `proves_each_attempt` they differ each time."""
        strategy = self.build()
        answers = [self._headers(strategy, _attempt()) for _ in range(3)]
        assert len({tuple(sorted(answer.items())) for answer in answers}) == (3 if self.proves_each_attempt else 1)

    def test_a_get_can_be_authorised(self) -> None:
        """A request without a body is authorised too."""
        assert self._headers(self.build(), HttpRequest("GET", _URL, timeout_seconds=5.0))

    def test_it_says_whether_a_rejected_attempt_is_worth_another(self) -> None:
        """``rejected`` returns True or False for a 401, and the strategy can still authorise."""
        strategy, request = self.build(), _attempt()
        sent = request.with_headers(self._headers(strategy, request), 5.0)
        assert self.settle(strategy.rejected(sent, HttpResponse(401))) in {True, False}
        assert self._headers(strategy, request)

    def test_it_takes_no_longer_than_the_attempt_may(self) -> None:
        """It returns within the timeout of the request, or raises ``FaaSTimeoutError``."""
        request = HttpRequest("POST", _URL, {}, b"{}", timeout_seconds=0.2)
        strategy = self.build()
        with within(request.timeout_seconds + GRACE), suppress(FaaSTimeoutError):
            self._headers(strategy, request)

    def test_its_repr_shows_no_secret(self) -> None:
        """None of `secrets` is in the repr of the strategy."""
        strategy = self.build()
        assert not [secret for secret in self.secrets if secret in repr(strategy)]

    def test_its_failure_is_an_error_of_the_port_that_shows_no_secret(self) -> None:
        """Message, attributes, pickle and traceback show none of `secrets`."""
        strategy = self.build_failing()
        if strategy is None:
            return
        with pytest.raises((FaaSAppJWTAuthenticationError, FaaSTimeoutError)) as caught:
            self._headers(strategy, _attempt())
        error = caught.value
        shown = "".join(traceback.format_exception(error)) + repr(vars(error)) + repr(pickle.dumps(error))
        assert_told(error, delivered="no", because="no token was had, so that no request was sent")
        assert not [secret for secret in self.secrets if secret in shown]

    def _headers(self, strategy: Any, request: HttpRequest) -> Mapping[str, str]:
        headers: Mapping[str, str] = self.settle(strategy.authorize(request))
        return headers


def _attempt() -> HttpRequest:
    return HttpRequest("POST", _URL, {"Content-Type": "application/json", "X-Request-ID": "r-1"}, b"{}", 5.0)
