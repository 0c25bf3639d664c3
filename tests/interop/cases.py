"""The calls that both clients make, in our spelling, and how the reference client spells them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lpfunctions import Event
from lpfunctions.testing import FakePlatform

if TYPE_CHECKING:
    from lpfunctions.testing import Account, FunctionInput

ACCOUNTS = {"v1": "12345678", "v2": "87654321"}
CLIENT_ID, CLIENT_SECRET = "the app&id", "s3cr3t+/ %=&"
CREDENTIALS = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
MOMENT = 1_700_000_000_000

EVENT = Event.CONVERSATIONAL_COMMAND
SKILLED = Event.MESSAGING_NEW_CONVERSATION


@dataclass(frozen=True)
class Case:
    """One call.

    Attributes:
        name: what it shows.
        operation: method of our client.
        call: its arguments; *function* stands for the name of a function whose uuid is meant.
        versions: on which it is made.
        config: further options of the client.
        fault: what the platform does to the operation's first request, as `FakePlatform.fail_next` takes it.
    """

    name: str
    operation: str
    call: dict[str, Any]
    versions: tuple[str, ...] = ("v1", "v2")
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    fault: dict[str, Any] = field(default_factory=dict[str, Any])


def invoke(name: str, function: str | None = None, /, **call: Any) -> Case:
    """Make a case of ``invoke``; what begins with an underscore belongs to the case."""
    own = {key[1:]: call.pop(key) for key in list(call) if key.startswith("_")}
    target = {} if function is None else {"function": function}
    return Case(name, "invoke", {"timestamp": MOMENT, "request_id": "r-1", "payload": {}, **target, **call}, **own)


_STRICT = {"fail_on_error_status_code": True}
_REFUSED = {"status": 400, "body": {"code": "com.liveperson.faas.evg.invalid", "message": "no"}}

CASES = (
    invoke("by uuid", "greet", payload={"name": "Ada"}),
    invoke("by uuid, all arguments", "echo", payload={"ä": ["ö😀", None, 1.5]}, lp_event_source="my source",
           headers=[{"key": "lang", "value": "en"}], skill_id="7 & 8"),
    invoke("by uuid, the older name of the source", "echo", external_system="crm+&"),
    invoke("by uuid, a payload of null", "echo", payload=None),
    invoke("by uuid, the function threw", "throw"),
    invoke("by uuid, the function threw, raising", "throw", _config=_STRICT),
    invoke("by uuid, the function crashed, raising", "crash", _config=_STRICT),
    invoke("by uuid, V1 errors asked for", "throw", v1_comp_error=True),
    invoke("by uuid, out of time, V1 errors asked for", "sleep", v1_comp_error=True),
    invoke("by uuid, no such function", lambda_uuid="no-such-function"),
    invoke("by uuid, no such function, raising", lambda_uuid="no-such-function", _config=_STRICT),
    invoke("by uuid, refused with 400", "greet", _fault=_REFUSED),
    invoke("by uuid, refused with 400, raising", "greet", _fault=_REFUSED, _config=_STRICT),
    invoke("by uuid, one 500", "echo", _fault={"status": 500}),
    invoke("by uuid, the id has a slash", lambda_uuid="a/b"),
    invoke("by event", event_id=EVENT, payload={"name": "Ada"}),
    invoke("by event, for a skill", event_id=SKILLED, payload={"name": "Ada"}, skill_id="7"),
    invoke("by event, nobody listens", event_id="unheard of"),
    invoke("by event, nobody listens, raising", event_id="unheard of", _config=_STRICT),
    invoke("by event, the function threw", event_id="trouble"),
    Case("yes", "is_implemented", {"event_id": EVENT, "external_system": "crm"}),
    Case("no", "is_implemented", {"event_id": "unheard of"}),
    Case("for a skill", "is_implemented", {"event_id": SKILLED, "skill_id": "7"}),
    Case("for a user", "is_implemented", {"event_id": EVENT, "user_id": "u1"}, ("v2",)),
    Case("refused with 400", "is_implemented", {"event_id": EVENT}, config=_STRICT, fault=_REFUSED),
    Case("all", "get_lambdas", {}),
    Case("filtered", "get_lambdas", {"event_id": "command", "state": ["Draft", "Productive"], "user_id": "u1",
                                     "external_system": "crm"}),
    Case("by name", "get_lambdas", {"name": "gree"}),
    Case("no such state", "get_lambdas", {"state": "active"}),
    Case("no such state, raising", "get_lambdas", {"state": "active"}, config=_STRICT),
    Case("all", "get_functions", {}, ("v2",)),
    Case("filtered", "get_functions", {"event_id": "command", "state": ["Draft", "Productive"], "user_id": "u1",
                                       "function_name": "gree"}, ("v2",)),
    Case("no such state", "get_functions", {"state": ["active"]}, ("v2",)),
    Case("no such state, raising", "get_functions", {"state": ["active"]}, ("v2",), config=_STRICT),
)  # fmt: skip


def new_platform() -> FakePlatform:
    """A platform with an account of each version, and the same functions on both."""
    platform = FakePlatform(
        account_id=ACCOUNTS["v1"],
        platform_version="v1",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        execution_limit_seconds=0.2,
    )
    deploy(platform.account)
    deploy(platform.add_account(account_id=ACCOUNTS["v2"], client_id=CLIENT_ID, client_secret=CLIENT_SECRET))
    return platform


def deploy(account: Account) -> None:
    @account.function(event_id=EVENT)
    def greet(given: FunctionInput) -> dict[str, str]:
        return {"hello": given.payload.get("name", "you")}

    account.function("greet-skill", event_id=SKILLED, skills=("7",))(greet.code)

    @account.function(state="Modified")
    def echo(given: FunctionInput) -> Any:
        return [given.payload, given.headers, given.timestamp]

    @account.function(event_id="trouble")
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("50% off")

    @account.function(state="Productive")
    def crash(given: FunctionInput) -> Any:
        return given.payload["missing"]

    @account.function(state="Productive")
    async def sleep(_given: FunctionInput) -> None:
        await asyncio.sleep(5)

    account.function("draft", state="Draft")(greet.code)


def in_node_spelling(arguments: dict[str, Any]) -> dict[str, Any]:
    """The same call for the reference client: other spelling, and the function's input in ``body``."""
    body = {name: arguments[name] for name in ("timestamp", "headers", "payload") if name in arguments}
    call = {_camel(name): value for name, value in arguments.items() if name not in body}
    return call | ({"body": body} if body else {})


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
