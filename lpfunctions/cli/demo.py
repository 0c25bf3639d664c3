"""The main job against an embedded platform, over real HTTP: no account, no network."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from lpfunctions import Event, EventResult, FaaSConfigurationError, FaaSError, FaaSLambdaError, FaaSOperationError
from lpfunctions.core.redaction import redact_headers
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from lpfunctions import Response
    from lpfunctions.testing import FunctionInput, RecordedRequest

ORDERS: dict[str, dict[str, str | int]] = {
    "A-1001": {"status": "shipped", "carrier": "DHL", "eta_days": 2},
    "A-1002": {"status": "packed", "eta_days": 4},
}

FOR_REAL = """
    from lpfunctions import Client, ClientCredentials

    with Client(
        account_id="your account",
        auth_strategy=ClientCredentials(client_id="your app's id", client_secret="your app's secret"),
    ) as client:
        response = client.invoke(lambda_uuid="your function", payload={"order": "A-1001"})
        print(response.raise_for_status().body)
"""


def believable_platform() -> FakePlatform:
    """A V2 account with an order look-up, a conversation hook, a function that throws and one that is slow."""
    platform = FakePlatform(platform_version="v2")

    @platform.function(name="order-lookup", description="Where is my order?")
    def order_lookup(given: FunctionInput) -> dict[str, Any]:
        return {"order": given.payload["order"], **ORDERS[given.payload["order"]]}

    @platform.function(name="greet-visitor", event_id=Event.MESSAGING_NEW_CONVERSATION)
    def greet_visitor(given: FunctionInput) -> dict[str, str]:
        return {"type": "systemMessage", "text": f"Welcome back, {given.payload['visitor']}!"}

    @platform.function(name="throws")
    def throws(_given: FunctionInput) -> None:
        raise RuntimeError("the CRM said no")

    @platform.function(name="slow")
    async def slow(_given: FunctionInput) -> str:
        await asyncio.sleep(2)
        return "at last"

    return platform


class Narrator:
    """Tell, call by call, what was sent, what came back and how long it took."""

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform
        self._told = 0
        self._started = 0.0

    def heading(self, text: str) -> None:
        """Open a chapter."""
        say(f"\n{text}\n{'─' * len(text)}")

    def call(self, code: str) -> None:
        """Show the line of code that is about to run."""
        say(f"\n>>> {code}")
        self._started = time.perf_counter()

    def outcome(self, text: str) -> None:
        """Show the requests that went over the wire since, and *text*."""
        elapsed_ms = (time.perf_counter() - self._started) * 1000
        requests = self._platform.requests[self._told :]
        self._told = len(self._platform.requests)
        for request in requests:
            say(f"      → {_line(request)}")
        say(f"    {text}   ({elapsed_ms:.1f} ms)")

    def tally(self, text: str) -> None:
        """Show *text*, and of the many requests that went over the wire since how many of each kind."""
        requests = self._platform.requests[self._told :]
        self._told = len(self._platform.requests)
        kinds = {kind: sum(request.kind == kind for request in requests) for kind in ("discovery", "token", "invoke")}
        self.outcome(f"{text}; requests on the wire: {kinds}")


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def _line(request: RecordedRequest) -> str:
    answer = "no answer yet" if request.status is None else str(request.status)
    path = request.url.partition(request.host)[2]
    source = request.headers.get("lp-eventsource")
    return f"{request.method} {path}" + (f"  [LP-EventSource: {source}]" if source else "") + f"  ⇒ {answer}"


def run_blocking(platform: FakePlatform, emulator: Emulator, tell: Narrator) -> None:
    """The sync client."""
    uuids = {function.name: function.uuid for function in platform.functions}
    with emulator.client() as client:
        tell.heading("Client: blocking, over requests")
        tell.call(
            'client.invoke(lambda_uuid=…, payload={"order": "A-1001"})        # the first call finds hosts and token'
        )
        response = client.invoke(lambda_uuid=uuids["order-lookup"], payload={"order": "A-1001"}, external_system="demo")
        tell.outcome(f"{response.status}: {response.body}")
        _show_discovery(platform)
        _show_request(platform)

        tell.call("client.is_implemented(event_id=Event.MESSAGING_NEW_CONVERSATION)")
        answer = client.is_implemented(event_id=Event.MESSAGING_NEW_CONVERSATION, external_system="demo")
        tell.outcome(f"{answer}")

        tell.call('client.invoke(event_id=Event.MESSAGING_NEW_CONVERSATION, payload={"visitor": "Ada"})')
        response = client.invoke(
            event_id=Event.MESSAGING_NEW_CONVERSATION, payload={"visitor": "Ada"}, external_system="demo"
        )
        (result,) = response.parse(list[EventResult[dict[str, str]]])
        tell.outcome(f"{response.status}: function {result.uuid[:8]}… answered {result.result['text']!r}")

        tell.call("client.invoke(lambda_uuid=…).raise_for_status()                  # a function that throws")
        try:
            client.invoke(lambda_uuid=uuids["throws"], external_system="demo").raise_for_status()
        except FaaSLambdaError as error:
            tell.outcome(f"FaaSLambdaError {error.status} {error.error_code}; the function ran: {error.delivered}")

        tell.call("client.invoke(lambda_uuid=…, timeout=0.3)                        # a function that takes 2 s")
        try:
            client.invoke(lambda_uuid=uuids["slow"], timeout=0.3, external_system="demo")
        except FaaSOperationError as error:
            tell.outcome(f"{type(error.__cause__).__name__}; may the function have run? {error.delivered}")

        tell.call('client.invoke(event_id="../../evil")                            # a wrong argument')
        try:
            client.invoke(event_id="../../evil", external_system="demo")
        except FaaSConfigurationError as error:
            tell.outcome(f"FaaSConfigurationError, and nothing was sent: {error}")


def _show_discovery(platform: FakePlatform) -> None:
    answer = json.loads(platform.requests.discovery_requests[0].answer)
    say(
        "        discovery names every service of the account; what it says of those that are not ours does not matter:"
    )
    for entry in answer["baseURIs"]:
        say(f"          {entry['service']}: {entry['baseURI']!r}")


def _show_request(platform: FakePlatform) -> None:
    request = platform.requests.invocations[-1]
    for name, value in redact_headers(request.headers).items():
        say(f"        {name}: {value}")
    say(f"        {request.body.decode()}")


async def run_awaiting(platform: FakePlatform, emulator: Emulator, tell: Narrator) -> None:
    """The async client."""
    uuid = next(function.uuid for function in platform.functions if function.name == "order-lookup")
    async with emulator.async_client() as client:
        tell.heading("AsyncClient: awaiting, over aiohttp")
        tell.call("await asyncio.gather(*(client.invoke(…) for _ in range(50)))     # fifty at once, one token")
        answers: list[Response] = await asyncio.gather(
            *(
                client.invoke(lambda_uuid=uuid, payload={"order": order}, external_system="demo")
                for order in list(ORDERS) * 25
            )
        )
        tell.tally(f"{sum(answer.ok for answer in answers)} answers")


def main() -> int:
    """Run the demo; 0 if all went as it should."""
    platform = believable_platform()
    with Emulator(platform) as emulator:
        say(f"An embedded LivePerson Functions platform (V2) listens on {emulator.url}: no account, no network.")
        tell = Narrator(platform)
        try:
            run_blocking(platform, emulator, tell)
            asyncio.run(run_awaiting(platform, emulator, tell))
        except FaaSError as error:
            say(f"The demo failed: {error}")
            return 1
    say(f"\nTo use it for real:\n{FOR_REAL}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
