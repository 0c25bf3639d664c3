"""An operation is added in eight files: shown on a copy of the package, which gets a made-up one."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lpfunctions

pytestmark = pytest.mark.sockets

PACKAGE = Path(lpfunctions.__file__).parent
MOST_FILES = 8

# File, the text before which something is added, and what is added there.
ADDED = [
    (
        "core/operation_table.py",
        "\nOPERATIONS: Final = (",
        """
class FaaSGetDraftsError(FaaSOperationError):
    operation = "get_drafts"


GET_DRAFTS: Final = OperationSpec(
    "get_drafts",
    FaaSGetDraftsError,
    idempotent=True,
    templates=(Template("get_drafts_uri", _ACCOUNT + "/drafts"),),
    service="ui",
)
""",
    ),
    ("core/operation_table.py", ")\n\nTEMPLATES: Final", ", GET_DRAFTS"),
    (
        "core/requests/calls.py",
        "def check_call(",
        """@dataclass(slots=True, kw_only=True)
class DraftQuery(Call):
    author: str | None = None


""",
    ),
    (
        "core/requests/endpoints.py",
        "    def listing(",
        """    def drafts(self, call) -> Target:
        path, template = self._paths.path("get_drafts_uri"), self._paths.template("get_drafts_uri")
        author, version = ("author", _text("author", call.author)), ("v", self._config.api_version)
        source = _source(call.lp_event_source, call.external_system)
        return Target(
            "the drafts",
            None,
            self._config,
            "GET",
            path,
            path,
            (version, author),
            (author,),
            source,
            None,
            templates=(template, template),
        )

""",
    ),
    (
        "operations.py",
        "    async def warm_up(",
        """    async def get_drafts(self, call):
        observed = ObservedOperation(operation_table.GET_DRAFTS, call, self._account_id)
        with self._telemetry.operation(observed):
            response = await self._execute(observed, call, self._targets.drafts(call), FunctionList)
            return self._raise_if_asked(call, response)

""",
    ),
    (
        "client.py",
        "    def get_functions(",
        """    def get_drafts(self, *, author=None):
        from lpfunctions.core.requests.calls import DraftQuery

        return step_into(self._operations.get_drafts, DraftQuery(author=author))

""",
    ),
    (
        "async_client.py",
        "    async def get_functions(",
        """    async def get_drafts(self, *, author=None):
        from lpfunctions.core.requests.calls import DraftQuery

        return await self._operations.get_drafts(DraftQuery(author=author))

""",
    ),
    (
        "testing/platform/requests/routing.py",
        '    Endpoint("discovery", "GET", None, None, _ACCOUNT + "/service/baseURI.json"),',
        '    Endpoint("list", "GET", UI_SERVICE, None, _ACCOUNT + "/drafts"),\n',
    ),
]

CASES = '''
"""The eighth file: its cases. Span, hook, error, template and idempotence follow from the row."""

import asyncio

from lpfunctions import FaaSOperationError
from lpfunctions.adapters.memory import RecordingMetrics
from lpfunctions.testing import FakePlatform
from tests.support.otel import Sdk

for version in ("v1", "v2"):
    platform, sdk, metrics = FakePlatform(platform_version=version), Sdk(), RecordingMetrics()
    platform.function(name="draft")(lambda _: None)
    platform.fail_next(status=500, kind="list")
    with platform.client(**sdk.options, metric_collector=metrics) as client:
        drafts = client.get_drafts(author="Ada")
        assert [each.name for each in drafts] == ["draft"]
        assert drafts.retry_count == 1, "it is idempotent"
        platform.fail_next(status=404, kind="list")
        try:
            client.get_drafts().raise_for_status()
        except FaaSOperationError as error:
            assert type(error).__name__ == "FaaSGetDraftsError" and error.operation == "get_drafts", error
    assert [hook for hook, _ in metrics.told] == ["on_get_drafts", "on_get_drafts"]
    names = {span.name for span in sdk.spans}
    assert {"LivePersonFunctions.GetDrafts", "GET /api/account/{account_id}/drafts"} <= names, names

    async def main() -> None:
        async with platform.async_client() as client:
            assert len(await client.get_drafts()) == 1

    asyncio.run(main())
print("it works")
'''


def test_an_operation_is_added_in_eight_files(tmp_path: Path) -> None:
    copy = tmp_path / "lpfunctions"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, text in ADDED:
        file = copy / name
        content = file.read_text(encoding="utf-8")
        assert content.count(before) == 1, f"{name} no longer has one {before!r}"
        file.write_text(content.replace(before, text + before), encoding="utf-8")
    cases = tmp_path / "test_get_drafts.py"
    cases.write_text(CASES, encoding="utf-8")

    originals = {file: PACKAGE / file.relative_to(copy) for file in copy.rglob("*.py")}
    changed = [file for file, original in originals.items() if not filecmp.cmp(file, original, shallow=False)]
    touched = [*changed, cases]
    assert len(touched) <= MOST_FILES, touched

    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE.parent)])}
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(cases)], env=environ, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "it works"), ended.stderr
