"""LivePerson's toolbelt, which the platform has and this package has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.javascript import JavaScriptPlatform, code_of, needs_node

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs_node

USING = {
    "lp-faas-toolbelt": "const {Toolbelt} = require('lp-faas-toolbelt');",
    "core-functions-toolbelt": "import {Toolbelt} from 'core-functions-toolbelt';",
}
LAMBDA = "async function lambda() { return Toolbelt.SecretClient(); }"
STAND_IN = "exports.Toolbelt = {SecretClient: () => 'stand-in'};"


@pytest.fixture(params=USING)
def toolbelt(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def provide(home: Path) -> None:
    (home / "lib").mkdir(parents=True)
    (home / "package.json").write_text('{"main": "lib/index.js"}')
    (home / "lib" / "index.js").write_text(STAND_IN)


def test_a_toolbelt_that_is_missing_is_explained(v2: JavaScriptPlatform, toolbelt: str) -> None:
    function = v2.deploy(f"{USING[toolbelt]} {LAMBDA}")

    assert code_of(v2.invoke(function)) == "threw-error"
    place, file = v2.folder / "bin" / toolbelt, v2.folder / "functions" / "f" / "index.js"
    assert function.logs[-1].message == (
        f"'{toolbelt}' is LivePerson's, and the emulator has none; it offers require, console, process.env and Node's "
        f"own globals. Put the toolbelt of LivePerson's CLI into {place}, or a stand-in for it into a node_modules "
        f"above {file}"
    )


def test_a_module_that_is_imported_later_is_explained_as_well(v2: JavaScriptPlatform, toolbelt: str) -> None:
    function = v2.deploy(f"async function lambda() {{ await import('{toolbelt}'); }}")
    v2.invoke(function)

    assert f"'{toolbelt}' is LivePerson's" in function.logs[-1].message


def test_the_toolbelt_that_livepersons_cli_lays_out_is_used(v2: JavaScriptPlatform, toolbelt: str) -> None:
    provide(v2.folder / "bin" / toolbelt)

    assert v2.invoke(v2.deploy(f"{USING[toolbelt]} {LAMBDA}")).body == "stand-in"


def test_one_in_a_folder_of_modules_above_the_function_is_used(v2: JavaScriptPlatform, toolbelt: str) -> None:
    provide(v2.folder / "node_modules" / toolbelt)

    assert v2.invoke(v2.deploy(f"{USING[toolbelt]} {LAMBDA}")).body == "stand-in"


def test_what_else_is_missing_is_named_as_node_does(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("require('not-installed'); async function lambda() {}")
    v2.invoke(function)

    assert function.logs[-1].message.startswith("Cannot find module 'not-installed'")


def test_require_keeps_its_usual_helpers(v2: JavaScriptPlatform) -> None:
    function = v2.deploy(
        "async function lambda() { return [require.resolve('node:path'), typeof require.cache,"
        " require.resolve.paths('x').length > 0, require('path').sep.length]; }"
    )

    assert v2.invoke(function).body == ["node:path", "object", True, 1]


@pytest.mark.parametrize("name", ["jsforce", "jsonwebtoken", "lodash", "luxon", "oauth-1.0a"])
def test_a_library_that_the_platform_ships_is_found_where_the_cli_installs_it(
    v2: JavaScriptPlatform, toolbelt: str, name: str
) -> None:
    provide(v2.folder / "bin" / toolbelt / "node_modules" / name)

    for using in (f"const {{Toolbelt}} = require('{name}');", f"import {{Toolbelt}} from '{name}';"):
        assert v2.invoke(v2.deploy(f"{using} {LAMBDA}")).body == "stand-in"


def test_a_part_of_such_a_library_is_found(v2: JavaScriptPlatform) -> None:
    home = v2.folder / "bin" / "lp-faas-toolbelt" / "node_modules" / "lodash"
    home.mkdir(parents=True)
    (home / "get.js").write_text("module.exports = () => 'part';")

    assert v2.invoke(
        v2.deploy("const get = require('lodash/get'); async function lambda() { return get(); }")
    ).body == ("part")


def test_such_a_library_that_is_missing_is_explained(v2: JavaScriptPlatform) -> None:
    function = v2.deploy("const _ = require('lodash'); async function lambda() {}")
    v2.invoke(function)

    assert function.logs[-1].message == (
        "'lodash' is a library that LivePerson's platform has, and that its CLI installs with the toolbelt: run 'npm "
        f"install' in {v2.folder / 'bin' / 'lp-faas-toolbelt'}, or install it beside the functions"
    )


def test_a_toolbelt_that_reads_its_settings_from_the_working_directory_finds_them(
    v1: JavaScriptPlatform, toolbelt: str
) -> None:
    reads = "JSON.parse(require('fs').readFileSync(require('path').join(process.cwd(), 'functions', 'settings.json')))"
    provide(v1.folder / "bin" / toolbelt)
    (v1.folder / "bin" / toolbelt / "lib" / "index.js").write_text(f"exports.secrets = () => {reads}.secrets;")
    (v1.folder / "functions").mkdir()
    (v1.folder / "functions" / "settings.json").write_text('{"secrets": [{"key": "k", "value": "v"}]}')
    function = v1.deploy(f"const lambda = (input, callback) => callback(null, require('{toolbelt}').secrets());")

    assert v1.invoke(function).body == [{"key": "k", "value": "v"}]
