"""Where our client differs from the reference client on purpose, with the reason; nothing else may differ."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.interop.comparison import Difference

_OPERATIONS = "invoke|is_implemented|list"
_GETS = "is_implemented|list"
_ANY = "discovery|token|invoke|is_implemented|list"


class Known(NamedTuple):
    """One row.

    Attributes:
        where: a pattern for `Difference.where`.
        field: a pattern for its field.
        node: a pattern for what the reference client does.
        ours: a pattern for what we do.
        shown: how the table shows both.
        why: the reason, for the table.
        call: a pattern for the calls in which this may be; for rows that belong to one case.
    """

    where: str
    field: str
    node: str
    ours: str
    shown: tuple[str, str]
    why: str
    call: str = ".*"

    def explains(self, difference: Difference, call: str) -> bool:
        """Is this the reason of *difference* in *call*?"""
        patterns = (self.where, self.field, self.node, self.ours, self.call)
        return all(
            re.fullmatch(pattern, text, re.DOTALL) for pattern, text in zip(patterns, (*difference, call), strict=True)
        )


KNOWN = (
    Known("discovery", "scheme", "http", "https", ("http", "https"),
          "who answers names the host that gets the secret"),
    Known("discovery", "host", r"adminlogin\.liveperson\.net", r"api\.liveperson\.net",
          ("adminlogin.liveperson.net", "api.liveperson.net"), "the documented host"),
    Known(_ANY, "header user-agent", "-|got .*|faas-client-js.*", "lpfunctions/.*",
          ("faas-client-js@2.0.0, got, or none", "lpfunctions/version python/version"),
          "each client names itself, and we do so on every request; this Node client is 2.2.0 and says 2.0.0"),
    Known(_ANY, "header accept-encoding", "-|gzip, deflate, br", "gzip, deflate",
          ("gzip, deflate, br", "gzip, deflate"), "Brotli would need a dependency"),
    Known(_ANY, "header connection", "keep-alive|close", "-", ("keep-alive; close for the token", "left out"),
          "connections persist by default in HTTP/1.1; that of the token request too"),
    Known("token", "form scope", "", "-", ("scope=", "left out"), "an unset parameter is left out"),
    Known(_OPERATIONS, "query (skillId|eventId|state|externalSystem|userId|functionName)", "", "-",
          ("empty: key=", "left out"), "an unset parameter is left out"),
    Known("invoke", "body headers", "-", r"\[\]", ("left out", "[]"),
          "the documented body has it, and the Java client sends it"),
    Known(_GETS, "header content-type", "application/json", "-", ("application/json", "left out"),
          "a GET has no body to describe"),
    Known(_GETS, "header x-request-id", "<hex.*", "<uuid4>", ("Math.random in the form of a UUID", "UUID version 4"),
          "a random id that standard tools accept"),
    Known(_GETS, "header lp-eventsource", "-", ".+", ("left out", "sent on V2"),
          "the Java client sends it on V2, and the platform counts by it", "v2 .*"),
    Known("list", "query userId", "", "u1", ("get_lambdas on V2 drops it", "sent"), "what is given is sent",
          "v2 get_lambdas filtered"),
    Known("list", "query (name|functionName)", "-?", "gree", ("get_lambdas drops it", "sent"), "what is given is sent",
          "v. get_lambdas by name"),
    Known("outcome", "body", r"\[.*draft.*\]", r"\[.*greet.*\]", ("unfiltered", "filtered"),
          "follows from the row above", "v. get_lambdas by name"),
    Known("outcome", "error", '"FaaSGetFunctionsError"', '"FaaSGetLambdasError"',
          ("FaaSGetFunctionsError", "FaaSGetLambdasError"), "the error is named after the method that was called",
          "v2 get_lambdas .*raising"),
    Known("outcome", "error", '"FaaSInvokeError"', '"FaaSLambdaError"', ("FaaSInvokeError", "FaaSLambdaError"),
          "a crash is the function's own failure too: status 901", "v2 invoke .*crashed.*"),
    Known("outcome", "body", r".*executiontime-exceeded\\t.*", '.*executiontime-exceeded".*',
          ("V1 code with a tab behind it", "V1 code"), "the documented code has no tab", "v2 .*out of time.*"),
    Known("invoke", "number of requests", "2", "1", ("repeated after a 500", "not repeated"),
          "the function may have run; RetryPolicy.at_least_once() repeats", "v. invoke .*one 500"),
    Known("outcome", "(status|ok|body)", r"200|true|\[.*\]", '500|false|null', ("the second answer", "the 500"),
          "follows from the row above", "v. invoke .*one 500"),
    Known("unknown|invoke", "number of requests", "[01]", "[01]", ("/lambdas/a/b/invoke", "/lambdas/a%2Fb/invoke"),
          "an id is one path segment, percent-encoded", "v. invoke .*slash"),
    Known("outcome", "body", '""', ".*There is no a/b deployed.*", ("404 of no endpoint", "404 of no function"),
          "follows from the row above", "v. invoke .*slash"),
)  # fmt: skip
