"""The emulator as a daemon: `python -m lpfunctions.testing` and `lpfunctions emulator`, with the same options."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import aiohttp.abc
import pytest
import trustme

from lpfunctions import AsyncClient, Client, ClientCredentials
from tests.support.commands import COMMAND, Shell

if TYPE_CHECKING:
    from collections.abc import Generator

pytestmark = pytest.mark.sockets

MODULE = (sys.executable, "-m", "lpfunctions.testing")
SCRIPT = (*COMMAND, "emulator")
EXAMPLE = Path(__file__).parents[3] / "examples" / "emulator"

FUNCTIONS = """
def deploy(platform):
    @platform.function(name="greet")
    def greet(given):
        return "Hello " + given.payload
"""


class Running:
    """A daemon that serves."""

    def __init__(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        self.process = process
        self.lines = lines
        pairs = (shlex.split(line)[1].partition("=") for line in lines if line.startswith("export "))
        self.variables = {name: value for name, _, value in pairs}
        (page,) = (line for line in lines if line.startswith("# status page: "))
        self.url = page.partition(": ")[2]

    def uuid_of(self, name: str) -> str:
        (line,) = (line for line in self.lines if line.startswith(f"# function '{name}'"))
        return line.rpartition(" ")[2]

    def told(self, text: str) -> str:
        """Wait for a line on stderr that has *text*, and return it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"{text!r} was not said")


@contextmanager
def daemon(shell: Shell, *typed: str, command: tuple[str, ...] = MODULE) -> Generator[Running]:
    with shell.start(*typed, command=command) as process:
        assert process.stdout is not None
        try:
            lines: list[str] = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("# Ctrl-C"):
                    break
            assert lines, process.stderr and process.stderr.read()
            yield Running(process, lines)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "work")


def client_of(running: Running, monkeypatch: pytest.MonkeyPatch) -> Client:
    for name, value in running.variables.items():
        monkeypatch.setenv(name, value)
    return Client.from_env()


def functions_of(running: Running) -> list[str | None]:
    options: dict[str, Any] = {
        "csds_domain": running.url.partition("://")[2],
        "protocol": "http",
        "platform_version": "v2",
    }
    app = ClientCredentials(client_id="client-id", client_secret="client-secret")
    with Client(account_id="12345678", auth_strategy=app, **options) as client:
        return [function.name for function in client.get_functions()]


def greeting(running: Running, client: Client) -> Any:
    return client.invoke(lambda_uuid=running.uuid_of("greet"), payload="Ada").body


@pytest.mark.parametrize("command", [MODULE, SCRIPT], ids=["module", "script"])
def test_functions_of_a_python_file_run(
    command: tuple[str, ...], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("functions.py", FUNCTIONS)
    with daemon(shell, "--account", "4711", "--functions", "functions.py", command=command) as running:
        assert running.variables["LPFUNCTIONS_ACCOUNT_ID"] == "4711"
        with client_of(running, monkeypatch) as client:
            assert client.invoke(lambda_uuid=running.uuid_of("greet"), payload="Ada").body == "Hello Ada"


def test_both_commands_have_the_same_options(shell: Shell) -> None:
    of_module, of_script = (shell.run("--help", command=command).out for command in (MODULE, SCRIPT))
    options = set(re.findall(r"--[a-z-]+", of_module))
    assert options == set(re.findall(r"--[a-z-]+", of_script))
    assert {"--host", "--port", "--account", "--functions", "--reload", "--tls", "--access-log"} <= options
    assert of_script.startswith("usage: lpfunctions emulator ")


def test_a_changed_file_is_deployed_anew_and_a_broken_one_is_not(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("functions.py", FUNCTIONS)
    with (
        daemon(shell, "--functions", "functions.py", "--reload") as running,
        client_of(running, monkeypatch) as client,
    ):
        assert greeting(running, client) == "Hello Ada"
        shell.write("functions.py", FUNCTIONS.replace("Hello", "Good day"))
        assert "reloaded functions.py" in running.told("reloaded")
        assert greeting(running, client) == "Good day Ada"
        shell.write("functions.py", "def deploy(platform): 1 / 0")
        assert "ZeroDivisionError: division by zero (line 1)" in running.told("not reloaded")
        assert greeting(running, client) == "Good day Ada"


def test_a_function_that_was_removed_is_undeployed(shell: Shell) -> None:
    two = FUNCTIONS + FUNCTIONS.partition("\n")[2].replace("def deploy(platform):", "").replace("greet", "part", 2)
    shell.write("functions.py", two)
    with daemon(shell, "--functions", "functions.py", "--reload") as running:
        assert set(functions_of(running)) == {"greet", "part"}
        shell.write("functions.py", FUNCTIONS)
        running.told("reloaded")
        assert functions_of(running) == ["greet"]
        shell.write("functions.py", two.replace("Hello", "Hi").replace('name="part"', "name=5"))
        running.told("not reloaded")
        assert functions_of(running) == ["greet"]


@pytest.mark.skipif(shutil.which("node") is None, reason="runs functions in JavaScript")
def test_a_changed_folder_of_javascript_is_deployed_anew(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "async function lambda(input) { return `Hello ${input.payload}`; }"
    shell.write("project/functions/greet/index.js", code)
    with daemon(shell, "--functions", "project", "--reload") as running, client_of(running, monkeypatch) as client:

        def answer() -> Any:
            return client.invoke(lambda_uuid=running.uuid_of("greet"), payload="Ada").body

        assert answer() == "Hello Ada"
        shell.write("project/functions/greet/index.js", code.replace("Hello", "Good day"))
        running.told("reloaded")
        assert answer() == "Good day Ada"


def control(running: Running, method: str, path: str, body: object = None) -> Any:
    content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{running.url}/_emulator/api/{path}", content, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def test_a_reset_returns_to_what_the_file_deploys_now(shell: Shell) -> None:
    shell.write("functions.py", FUNCTIONS)
    with daemon(shell, "--functions", "functions.py", "--reload") as running:
        control(running, "POST", "functions", {"name": "added", "returns": 1})
        shell.write("functions.py", FUNCTIONS.replace('"greet"', '"renamed"'))
        running.told("reloaded")
        assert set(functions_of(running)) == {"added", "renamed"}
        control(running, "POST", "reset")
        assert functions_of(running) == ["renamed"]
        assert control(running, "GET", "journal")[-1]["kind"] == "list"


def test_it_has_as_many_accounts_as_are_named(shell: Shell) -> None:
    shell.write("functions.py", FUNCTIONS.replace("@platform.function", '@platform.accounts["99"].function'))
    with daemon(shell, "--account", "4711", "--account", "99=v1", "--functions", "functions.py") as running:
        assert running.variables["LPFUNCTIONS_ACCOUNT_ID"] == "4711"
        assert "# account '99', v1" in running.lines
        assert [line for line in running.lines if line.startswith("# function 'greet' of account '99': ")]
        accounts = control(running, "GET", "accounts")
        assert [(one["account_id"], one["platform_version"]) for one in accounts] == [("4711", "v2"), ("99", "v1")]
        control(running, "POST", "reset")
        assert [one["account_id"] for one in control(running, "GET", "accounts")] == ["4711", "99"]


def test_its_journal_is_bounded(shell: Shell) -> None:
    with daemon(shell, "--journal-bytes", "1000") as running:
        for size in (10, 5000):
            control(running, "POST", "functions", {"name": "f", "returns": "x" * size})
            functions_of(running)
        assert [record["kind"] for record in control(running, "GET", "journal")] != []
        held = sum(len(json.dumps(record)) for record in control(running, "GET", "journal"))
        assert held < 5000


@pytest.mark.parametrize("account", ["", "=v1", "1=v3"])
def test_an_account_that_is_none_is_refused(shell: Shell, account: str) -> None:
    ended = shell.run("--account", account, command=MODULE)
    assert (ended.code, "an account is ID, ID=v1 or ID=v2" in ended.err) == (2, True)


def test_a_client_that_knows_only_the_platforms_own_names_is_answered(shell: Shell) -> None:
    shell.write("functions.py", FUNCTIONS)
    typed = (
        "--real-hosts",
        "--port",
        "0",
        "--account",
        "4711=v2",
        "--account",
        "le1=v1",
        "--functions",
        "functions.py",
    )
    with daemon(shell, *typed) as running:
        assert "LPFUNCTIONS_EMULATOR" not in running.variables
        (line,) = (line for line in running.lines if line.startswith("# a line of the hosts file: "))
        address, *names = line.partition(": ")[2].split()
        port = int(running.url.rpartition(":")[2])
        assert {"api.liveperson.net", "csds-app.qa.int.gw.lpcloud.io", "va.faasgw.liveperson.net"} <= set(names)
        assert asyncio.run(greeted(running, names, address, port)) == "Hello Ada"


async def greeted(running: Running, names: list[str], address: str, its_port: int) -> Any:
    """Invoke a function through the platform's own names, which lead to *address* as by a hosts file."""

    class HostsFile(aiohttp.abc.AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[aiohttp.abc.ResolveResult]:
            assert host in names
            return [{"hostname": host, "host": address, "port": its_port, "family": family, "proto": 0, "flags": 0}]

        async def close(self) -> None:
            pass

    trust = ssl.create_default_context(cafile=running.variables["SSL_CERT_FILE"])
    app = ClientCredentials(client_id="client-id", client_secret="client-secret")
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=HostsFile(), ssl=trust)) as session,
        AsyncClient(
            account_id=running.variables["LPFUNCTIONS_ACCOUNT_ID"], auth_strategy=app, session=session
        ) as client,
    ):
        return (await client.invoke(lambda_uuid=running.uuid_of("greet"), payload="Ada")).body


def test_the_health_endpoint_answers_without_a_token(shell: Shell) -> None:
    with daemon(shell) as running, urllib.request.urlopen(f"{running.url}/_emulator/health") as answer:
        assert (answer.status, json.load(answer)) == (200, {"status": "ok"})


def test_the_access_log_has_a_line_a_request_without_its_query(shell: Shell) -> None:
    with daemon(shell, "--access-log") as running:
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{running.url}/nowhere?client_secret=s3cret")
        line = running.told("/nowhere")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\S+ GET /nowhere 404 [\d.]+ ms\n", line), line


def test_it_listens_on_every_address_when_told_to(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    with daemon(shell, "--host", "0.0.0.0") as running:
        assert running.url.startswith("http://127.0.0.1:")
        running.variables["LPFUNCTIONS_EMULATOR"] = running.url.replace("127.0.0.1", "127.0.0.2")
        with client_of(running, monkeypatch) as client:
            assert client.is_implemented(event_id="e") is False


class TestTls:
    def test_with_a_certificate_for_this_run(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        with daemon(shell, "--tls") as running:
            assert running.url.startswith("https://")
            authority = Path(running.variables["SSL_CERT_FILE"])
            with client_of(running, monkeypatch) as client:
                assert client.is_implemented(event_id="e") is False
        assert not authority.exists()

    def test_with_a_file_of_ones_own(self, shell: Shell) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        certificate.private_key_and_cert_chain_pem.write_to_path(str(shell.folder / "both.pem"))
        with daemon(shell, "--tls", "both.pem") as running:
            trusting = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
            with urllib.request.urlopen(f"{running.url}/_emulator/health", context=trusting) as answer:
                assert answer.status == 200


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (["--functions", "missing.py"], "there is no file 'missing.py'"),
        (["--functions", "empty.py"], "'empty.py' must define deploy, such as: def deploy(platform):"),
        (["--functions", "broken.py"], "'broken.py' cannot be deployed: SyntaxError"),
        (["--functions", "missing"], "there is no <name>/index.js under missing"),
        (["--functions", "empty.py", "folder"], "either --functions or FOLDER"),
        (["--tls", "empty.py"], "'empty.py' holds no key with its certificate"),
        (["--host", "192.0.2.1"], "port 0 of 192.0.2.1 cannot be opened: "),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(typed: list[str], sentence: str, shell: Shell) -> None:
    shell.write("empty.py", "")
    shell.write("broken.py", "def deploy(:")
    ended = shell.run(*typed, command=MODULE)
    assert (ended.code, ended.out) == (2, "")
    assert sentence in ended.err
    assert "Traceback" not in ended.err


class TestContainer:
    """What the Dockerfile and the compose file of the example run, without Docker."""

    def test_the_command_of_the_dockerfile_serves_the_functions_of_the_example(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        dockerfile = (EXAMPLE / "Dockerfile").read_text()
        entry, typed = (_instruction(dockerfile, name) for name in ("ENTRYPOINT", "CMD"))
        at = {"8901": "0", "/functions/functions.py": str(EXAMPLE / "functions.py")}
        assert at.keys() <= set(typed)
        command = (sys.executable, *entry[1:])
        with daemon(shell, *(at.get(each, each) for each in typed), command=command) as running:
            program = _instruction(dockerfile, "HEALTHCHECK --interval=5s CMD")
            assert entry[0] == program[0] == "python"
            healthy = program[2].replace("http://127.0.0.1:8901", running.url)
            assert shell.run("-c", healthy, command=(sys.executable,)).code == 0

            compose = _compose()
            app = compose["services"]["app"]
            assert app["environment"].keys() - running.variables.keys() == {"LPFUNCTIONS_ALLOW_INSECURE"}
            shell.variables = {**app["environment"], "LPFUNCTIONS_EMULATOR": running.url}
            ended = shell.run("-c", *app["command"], command=(sys.executable,))
            assert ended.code == 0, ended.err
            assert "Hello Ada" in ended.out

    def test_a_request_to_the_name_of_the_service_is_answered(self, shell: Shell) -> None:
        typed = _instruction((EXAMPLE / "Dockerfile").read_text(), "CMD")
        name = typed[typed.index("--allow-host") + 1]
        compose = _compose()
        assert name in compose["services"]
        with daemon(shell, "--allow-host", name) as running:
            asked = urllib.request.Request(f"{running.url}/_emulator/health", headers={"Host": f"{name}:8901"})
            with urllib.request.urlopen(asked) as answer:
                assert answer.status == 200


def _instruction(dockerfile: str, name: str) -> list[str]:
    (line,) = (line for line in dockerfile.splitlines() if line.startswith(f"{name} "))
    found: list[str] = json.loads(line.removeprefix(f"{name} "))
    return found


def _compose() -> dict[str, Any]:
    yaml: Any = importlib.import_module("yaml")  # comes without types
    found: dict[str, Any] = yaml.safe_load((EXAMPLE / "compose.yaml").read_text())
    return found
