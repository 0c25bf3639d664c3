"""Where functions in JavaScript connect to: LivePerson's hosts lead back to the platform, others need permission."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import FakePlatform
from tests.support.javascript import needs_node, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import DeployedFunction

pytestmark = needs_node

GET = """
const http = require('http'), https = require('https');
const get = (url, headers = {}) => new Promise((resolve, reject) =>
  (url.startsWith('https') ? https : http).get(url, {headers}, async response => {
    let text = ''; for await (const piece of response) text += piece;
    resolve([response.statusCode, text]);
  }).on('error', reject));
"""
WAYS = {
    "fetch": "const answer = await fetch(url); return [answer.status, await answer.text()];",
    "http": "return await get(url);",
}


class Server(ThreadingHTTPServer):
    """A server on loopback that counts what reaches it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"reached")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name of the base class)
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield server
        server.shutdown()


@pytest.fixture
def platform() -> Iterator[FakePlatform]:
    with FakePlatform(account_id="4711") as platform:
        yield platform


def deploy(platform: FakePlatform, folder: Path, body: str, **options: Any) -> DeployedFunction:
    write(folder, "f", f"{GET} async function lambda(input) {{ const url = input.payload; {body} }}")
    (function,) = platform.deploy_folder(folder, **options)
    return function


def invoke(platform: FakePlatform, function: DeployedFunction, payload: Any = None) -> Any:
    with platform.client() as client:
        return client.invoke(lambda_uuid=function.uuid, payload=payload)


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_is_not_allowed_is_not_connected_to(
    platform: FakePlatform, tmp_path: Path, server: Server, way: str
) -> None:
    function = deploy(platform, tmp_path, WAYS[way])
    port = server.server_port

    for host in ("127.0.0.1", "localhost"):
        assert invoke(platform, function, f"http://{host}:{port}/").status == 901

    assert server.connections == 0
    messages = [entry.message for entry in function.logs]
    assert f"connect EACCES 127.0.0.1:{port}: a function on the fake platform connects to no other hosts than" in str(
        messages
    )
    assert "allow_hosts" in messages[0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("allowed", ["127.0.0.1", "*"])
def test_a_host_that_is_allowed_is_connected_to(
    platform: FakePlatform, tmp_path: Path, server: Server, way: str, allowed: str
) -> None:
    function = deploy(platform, tmp_path, WAYS[way], allow_hosts=[allowed])

    assert invoke(platform, function, f"http://127.0.0.1:{server.server_port}/").body == [200, "reached"]


def test_a_name_is_not_even_looked_up_unless_it_is_allowed(platform: FakePlatform, tmp_path: Path) -> None:
    look = "const found = await get(url).catch(error => error.code); return found;"
    function = deploy(platform, tmp_path, look, allow_hosts=["*.allowed.invalid"])

    assert invoke(platform, function, "http://other.invalid/").body == "EACCES"
    assert invoke(platform, function, "https://other.invalid/").body == "EACCES"
    assert invoke(platform, function, "http://is.allowed.invalid/").body in {"ENOTFOUND", "EAI_AGAIN"}


@pytest.mark.parametrize(
    "tries",
    [
        "require('net').connect(input.payload, '127.0.0.1')",
        "require('net').connect({port: input.payload})",
        "require('net').connect('/tmp/some.sock')",
        "require('tls').connect(input.payload, '127.0.0.1')",
        "new (require('net').Socket)().connect(input.payload)",
        "(await import('node:net')).connect(input.payload)",
    ],
)
def test_every_way_to_connect_is_blocked(platform: FakePlatform, tmp_path: Path, server: Server, tries: str) -> None:
    wait = f"const socket = {tries}; return await new Promise(done => socket.on('error', error => done(error.code)));"
    function = deploy(platform, tmp_path, wait)

    assert invoke(platform, function, server.server_port).body == "EACCES"
    assert server.connections == 0


def test_datagrams_are_blocked(platform: FakePlatform, tmp_path: Path) -> None:
    function = deploy(platform, tmp_path, "require('dgram').createSocket('udp4').send('x', 9, '127.0.0.1');")

    assert invoke(platform, function).status == 901
    assert function.logs[-1].message.startswith("connect EACCES 127.0.0.1 over UDP")


@pytest.mark.parametrize("way", WAYS)
def test_livepersons_hosts_lead_back_to_the_platform(platform: FakePlatform, tmp_path: Path, way: str) -> None:
    function = deploy(platform, tmp_path, WAYS[way])

    for url in (
        "https://api.liveperson.net/api/account/4711/service/baseURI.json?version=1.0",
        "http://adminlogin.liveperson.net/api/account/4711/service/baseURI.json?version=1.0",
    ):
        status, text = invoke(platform, function, url).body
        assert status == 200
        assert {entry["service"] for entry in json.loads(text)["baseURIs"]} >= {"faasGW", "faasUI", "sentinel"}
    hosts = [request.host for request in platform.requests.discovery_requests]
    assert hosts[-2:] == ["api.liveperson.net", "adminlogin.liveperson.net"]


def test_a_function_invokes_another_as_the_platform_tells_it_to(platform: FakePlatform, tmp_path: Path) -> None:
    other = platform.function("other")(lambda given: {"seen": given.payload})
    body = """
      const {BRAND_ID, X_LIVEPERSON_BRAND_ID, X_LIVEPERSON_CSDS_DOMAIN, X_LIVEPERSON_FUNCTION_UUID} = process.env;
      const json = async (...given) => (await fetch(...given)).json();
      const {baseURIs} = await json(
        `https://${X_LIVEPERSON_CSDS_DOMAIN}/api/account/${X_LIVEPERSON_BRAND_ID}/service/baseURI.json?version=1.0`);
      const host = name => baseURIs.find(({service}) => service === name).baseURI;
      const body = new URLSearchParams(
        {grant_type: 'client_credentials', client_id: 'client-id', client_secret: 'client-secret'});
      const {access_token: token} = await json(
        `https://${host('sentinel')}/sentinel/api/v2/account/${BRAND_ID}/app/token?v=2.0`, {method: 'POST', body});
      const seen = await json(`https://${host('faasGW')}/api/account/${BRAND_ID}/lambdas/${input.payload}/invoke`, {
        method: 'POST', body: JSON.stringify({timestamp: 1, headers: [], payload: 'ä'}),
        headers: {authorization: `Bearer ${token}`, 'content-type': 'application/json'}});
      return [seen, X_LIVEPERSON_FUNCTION_UUID];
    """
    function = deploy(platform, tmp_path, body)

    assert invoke(platform, function, other.uuid).body == [{"seen": "ä"}, function.uuid]
    assert other.invocation_count == 1


def test_a_fault_of_the_platform_meets_functions_too(platform: FakePlatform, tmp_path: Path) -> None:
    function = deploy(platform, tmp_path, "return await get(url).catch(error => error.code);")
    url = "https://api.liveperson.net/api/account/4711/service/baseURI.json"
    with platform.client() as client:
        client.warm_up()
        platform.fail_next(drop_connection=True, kind="discovery")
        platform.fail_next(status=503, kind="discovery")

        assert client.invoke(lambda_uuid=function.uuid, payload=url).body == "ECONNRESET"
        assert client.invoke(lambda_uuid=function.uuid, payload=url).body[0] == 503


def test_a_host_of_livepersons_that_is_allowed_by_name_does_not_lead_back(
    platform: FakePlatform, tmp_path: Path
) -> None:
    body = "return await get(url).catch(error => error.code);"
    function = deploy(platform, tmp_path, body, allow_hosts=["no-such-host.liveperson.net"])

    assert invoke(platform, function, "http://no-such-host.liveperson.net/").body in {"ENOTFOUND", "EAI_AGAIN"}
    assert invoke(platform, function, "http://another.liveperson.net/").body[0] == 404


def test_hosts_of_an_account_that_has_moved_lead_back(platform: FakePlatform, tmp_path: Path) -> None:
    platform.account.move({"faasGW": "gateway.test:8443"})
    function = deploy(platform, tmp_path, "return (await get(url))[0];")

    url = "https://gateway.test:8443/api/account/4711/events/e/isImplemented"
    with platform.client(trusted_domain_suffixes=(".test", ".liveperson.net")) as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=url).body == 401


@pytest.mark.parametrize(
    ("hosts", "expected_message"),
    [
        ("api.example.com", r"write allow_hosts=\['api.example.com'\]"),
        (["https://api.example.com"], "hosts without scheme and port"),
        ([7], "hosts without scheme and port"),
    ],
)
def test_allowed_hosts_are_checked(platform: FakePlatform, tmp_path: Path, hosts: Any, expected_message: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        deploy(platform, tmp_path, "", allow_hosts=hosts)
