"""Every command as a user runs it: in a subprocess, against the emulator; output and exit code."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

import lpfunctions
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.commands import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import DeployedFunction, FunctionInput

pytestmark = pytest.mark.sockets

EVENT = "conversational_command"


def _payload(given: FunctionInput) -> Any:
    return given.payload


def _headers(given: FunctionInput) -> Any:
    return given.headers


class Stage:
    """An emulator with some functions, and a shell whose variables lead there."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.platform = emulator.platform
        self.shell = Shell(folder / "work", emulator.environment())
        self.echo = self._deploy("echo", _payload)
        self.heard = self._deploy("heard", _headers, event_id=EVENT)
        self.throws = self._deploy("throws", self._fail)

    @staticmethod
    def _fail(_given: FunctionInput) -> None:
        raise RuntimeError("the CRM said no")

    def _deploy(self, name: str, code: Any, **options: Any) -> DeployedFunction:
        return self.platform.function(name, **options)(code)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Emulator(FakePlatform()) as emulator:
        yield Stage(emulator, tmp_path)


def _typed(value: object) -> str:
    """Return what is typed, as the name of a case."""
    words = cast("list[object]", value) if isinstance(value, list) else []
    return " ".join(each for each in words if isinstance(each, str)) or "as expected"


class TestTable:
    """What is typed, what is printed, how it ends."""

    @pytest.mark.parametrize(
        ("typed", "printed"),
        [
            (["invoke", "{echo}"], {}),
            (["invoke", "{echo}", '{"order": "A-1"}'], {"order": "A-1"}),
            (["invoke", "{echo}", "null"], None),
            (["invoke", "{echo}", "12345678901234567890"], 12345678901234567890),
            (["invoke", "{echo}", "@payload.json"], ["of a file"]),
            (["invoke", "{echo}", "-"], "of the input"),
            (
                ["invoke", "--event", EVENT, "{}", "--header", "a=b=c"],
                [{"uuid": "{heard}", "timestamp": 0, "result": [{"key": "a", "value": "b=c"}]}],
            ),
            (["is-implemented", EVENT], True),
            (["is-implemented", "no_such_event"], False),
            (["is-implemented", EVENT, "--skill", "7"], True),
        ],
        ids=_typed,
    )
    def test_what_is_typed_is_answered_in_json(self, typed: list[str], printed: Any, stage: Stage) -> None:
        stage.shell.write("payload.json", '["of a file"]')
        uuids = {"echo": stage.echo.uuid, "heard": stage.heard.uuid}
        arguments = [uuids.get(each.strip("{}"), each) if each != "{}" else each for each in typed]
        ended = stage.shell.run(*arguments, given='"of the input"')
        assert (ended.code, ended.err) == (0, "")
        assert _without_moment(json.loads(ended.out)) == _with_uuids(printed, uuids)
        assert ended.out.count("\n") == 1

    @pytest.mark.parametrize(
        ("typed", "code", "said"),
        [
            (["invoke", "{throws}"], 1, ["threw-error", "the function: it ran", "request id: "]),
            (["invoke"], 2, ["name a function by its UUID, or an event by --event"]),
            (["invoke", "{echo}", "{}", "--event", "e"], 2, ["either a UUID or --event"]),
            (["invoke", "{echo}", "hello"], 2, ["the payload is not JSON", "Quote a text as JSON does"]),
            (["invoke", "{echo}", "@missing"], 2, ["the file 'missing' cannot be read: No such file"]),
            (["invoke", "{echo}", "--header", "a"], 2, ["--header takes KEY=VALUE, not 'a'"]),
            (["invoke", "{echo}", "--timeout", "-1"], 2, ["timeout must be"]),
            (["invoke", "{echo}", "--set", "timout=1"], 2, ["unknown option 'timout'; did you mean 'timeout'?"]),
            (["invoke", "{echo}", "--set", "client_secret=x"], 2, ["other users of this machine see what is typed"]),
            (["invoke", "{echo}", "--nonsense"], 2, ["No such option"]),
            (["invoke", "no-such-function"], 3, ["404", "the function: it did not run"]),
            (["invoke", "{echo}", "--account", "87654321"], 3, ["knows no service of account '87654321'"]),
            (["functions", "--state", "Nonsense"], 3, ["400"]),
            (["is-implemented", "e", "--timeout", "0.000001"], 5, ["discovery"]),
        ],
        ids=_typed,
    )
    def test_what_goes_wrong_has_its_exit_code_and_its_sentence(
        self, typed: list[str], code: int, said: list[str], stage: Stage
    ) -> None:
        uuids = {"{echo}": stage.echo.uuid, "{throws}": stage.throws.uuid}
        ended = stage.shell.run(*(uuids.get(each, each) for each in typed))
        assert (ended.code, ended.out) == (code, ""), ended.err
        for sentence in said:
            assert sentence in _flat(ended.err)
        assert "Traceback" not in ended.err

    def test_a_wrong_secret_is_authentication(self, stage: Stage) -> None:
        stage.shell.variables["LPFUNCTIONS_CLIENT_SECRET"] = "not-the-secret"
        ended = stage.shell.run("invoke", stage.echo.uuid)
        assert (ended.code, ended.out) == (4, "")
        assert "client id or secret is wrong" in ended.err
        assert "not-the-secret" not in ended.err

    def test_nobody_listening_is_network(self, stage: Stage) -> None:
        stage.shell.variables["LPFUNCTIONS_EMULATOR"] = "http://127.0.0.1:1"
        ended = stage.shell.run("is-implemented", EVENT, "--set", "timeout=1")
        assert (ended.code, ended.out) == (5, "")

    def test_a_function_that_may_have_run_is_said_to(self, stage: Stage) -> None:
        stage.platform.fail_next(lose_answer=True, kind="invoke")
        ended = stage.shell.run("invoke", stage.echo.uuid)
        assert ended.code == 5
        assert "the function: it may have run" in ended.err

    def test_ctrl_c_is_130_as_shells_have_it(self, stage: Stage) -> None:
        begun = threading.Event()

        async def hang(_given: FunctionInput) -> None:
            begun.set()
            await asyncio.sleep(3600)

        hangs = stage.platform.function(name="hangs")(hang)
        with stage.shell.start("invoke", hangs.uuid) as process:
            assert begun.wait(40)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate()
        assert process.returncode == 130, told
        assert "Traceback" not in told


def _flat(text: str) -> str:
    """Return *text* as one line, without the frame that usage errors have."""
    return " ".join(text.replace("│", " ").split())


def _without_moment(value: Any) -> Any:
    if isinstance(value, list) and isinstance(value[0], dict):
        (entry,) = cast("list[dict[str, Any]]", value)
        return [entry | {"timestamp": 0}]
    return cast("object", value)


def _with_uuids(value: Any, uuids: dict[str, str]) -> Any:
    return json.loads(json.dumps(value).replace("{heard}", uuids["heard"]))


FUNCTIONS_SCREEN = """\
NAME     STATE        EVENT                    UUID
───────────────────────────────────────────────────────────────────────────────────
echo     Productive                            {echo}
heard    Productive   conversational_command   {heard}
throws   Productive                            {throws}

3 functions
"""


def test_functions_are_a_table(stage: Stage) -> None:
    ended = stage.shell.run("functions")
    assert (ended.code, ended.err) == (0, "")
    expected = FUNCTIONS_SCREEN.format(echo=stage.echo.uuid, heard=stage.heard.uuid, throws=stage.throws.uuid)
    assert [line.strip() for line in ended.out.strip().splitlines()] == expected.splitlines()


@pytest.mark.parametrize(
    ("typed", "names"),
    [([], ["echo", "heard", "throws"]), (["--name", "hea"], ["heard"]), (["--state", "Draft"], [])],
    ids=["all", "name", "state"],
)
def test_functions_as_json_are_all_that_is_known_of_them(typed: list[str], names: list[str], stage: Stage) -> None:
    ended = stage.shell.run("functions", "--json", *typed)
    assert (ended.code, ended.err) == (0, "")
    found = json.loads(ended.out)
    assert [function["name"] for function in found] == names
    assert all({"uuid", "state", "createdAt"} <= function.keys() for function in found)


def test_a_name_from_outside_steers_no_terminal(stage: Stage) -> None:
    stage.platform.function("evil\x1b]0;title\x07[bold]")(lambda _given: None)
    ended = stage.shell.run("functions")
    assert "\x1b" not in ended.out
    assert "evil?]0;title?[bold]" in ended.out


def test_listing_prefers_a_users_bearer_token(stage: Stage) -> None:
    stage.platform.add_bearer("token-of-a-user")
    stage.shell.variables["LPFUNCTIONS_BEARER_TOKEN"] = "token-of-a-user"
    assert stage.shell.run("functions").code == 0
    assert not [request for request in stage.platform.requests if request.kind == "token"]


def test_version_names_what_a_report_needs(tmp_path: Path) -> None:
    ended = Shell(tmp_path / "work").run("version")
    assert ended.code == 0
    assert {"lpfunctions", "python", "aiohttp", "requests"} <= json.loads(ended.out).keys()


def test_version_is_an_option_too(tmp_path: Path) -> None:
    ended = Shell(tmp_path / "work").run("--version")
    assert (ended.code, ended.out.strip()) == (0, lpfunctions.__version__)


def test_demo_ends_well(tmp_path: Path) -> None:
    ended = Shell(tmp_path / "work").run("demo")
    assert ended.code == 0
    assert "To use it for real" in ended.out


def test_help_names_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    ended = Shell(tmp_path / "work").run("--help")
    assert ended.code == 0
    for command in ("invoke", "invoke-many", "is-implemented", "functions", "emulator", "doctor", "demo", "version"):
        assert f" {command} " in ended.out
    assert "Exit codes: 0 ok, 1 the function failed" in ended.out


def test_the_shell_can_complete_it(tmp_path: Path) -> None:
    shell = Shell(
        tmp_path / "work",
        {"_LPFUNCTIONS_COMPLETE": "complete_bash", "COMP_WORDS": "lpfunctions invo", "COMP_CWORD": "1"},
    )
    ended = shell.run()
    assert ended.out.split() == ["invoke", "invoke-many"]


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_one_sentence_says_how_to_install_it(missing: str, tmp_path: Path) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from lpfunctions.__main__ import main; main()"
    ended = Shell(tmp_path / "work").run("-c", code, command=(sys.executable,))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "The command needs typer and rich: pip install 'lpfunctions[cli]'\n"


def test_the_demo_needs_no_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['typer'] = sys.modules['rich'] = None; import runpy; "
        "runpy.run_module('lpfunctions.cli.demo', run_name='__main__')"
    )
    ended = Shell(tmp_path / "work").run("-c", code, command=(sys.executable,))
    assert ended.code == 0
