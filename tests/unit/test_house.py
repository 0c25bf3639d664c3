"""The rules of the house that no linter states: what the import contracts cover, and what nothing may name."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

CONTRACTS = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
ADAPTERS = Path("lpfunctions/adapters")
# A fake that locks its hands, the system's time, and the reader of CA bundles: used by both modes, and no part of
# the order of calls.
NOT_PURE = {"memory", "system_time", "trust"}


def test_every_adapter_for_both_modes_is_held_to_purity() -> None:
    (pure,) = (contract for contract in CONTRACTS if contract["name"].startswith("Pure"))
    held = {module.removeprefix("lpfunctions.adapters.") for module in pure["source_modules"]}
    there = {
        path.stem for path in ADAPTERS.iterdir() if path.name not in {"__init__.py", "__pycache__", "blocking", "aio"}
    }
    assert there - NOT_PURE <= held


def test_what_aiohttp_does_not_document_is_imported_in_one_folder_only() -> None:
    """The import contract sees packages; here are the modules. The emulator is made of ``aiohttp.web``."""
    home = ADAPTERS / "aio" / "http"
    pattern = r"^\s*(?:from|import) aiohttp\.(?!web\b)\w+|from aiohttp import .*\b_|\baiohttp\.(?:\w+\.)*_"
    found = [
        str(path)
        for path in Path("lpfunctions").rglob("*.py")
        if home not in path.parents and re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert found == []
    assert any(re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE) for path in home.rglob("*.py"))


def test_each_module_of_the_async_adapters_but_its_http_folder_is_held_off_aiohttp() -> None:
    (contract,) = (contract for contract in CONTRACTS if contract["name"].startswith("aiohttp"))
    there = {f"lpfunctions.adapters.aio.{path.stem}" for path in (ADAPTERS / "aio").glob("*.py")}
    assert there - {"lpfunctions.adapters.aio.__init__"} <= set(contract["source_modules"])


def test_each_test_that_the_library_names_exists() -> None:
    named = {
        (str(path), test)
        for path in Path("lpfunctions").rglob("*.py")
        for test in re.findall(r"\btests/[\w/]+\.py\b", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {(path, test) for path, test in named if not Path(test).is_file()} == set()


def test_no_folder_of_the_package_has_more_than_twelve_modules() -> None:
    modules = Counter(str(path.parent) for path in Path("lpfunctions").rglob("*.py"))
    assert {folder: count for folder, count in modules.items() if count > 12} == {}


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False)
    paths = listed.stdout.splitlines() or [str(path) for path in Path("lpfunctions").rglob("*.py")]
    return [path for path in map(Path, paths) if path.is_file() and path.suffix not in {".png", ".svg"}]


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"p(ypi|ythonhosted)\.org|npmjs?\.(org|com)|deb[.]debian", id="the host of a package registry"),
        pytest.param(r"(?<![\w.])/(root|home/\w+|work/\w+)/", id="a path of one machine"),
    ],
)
@pytest.mark.sockets
def test_nothing_names(pattern: str) -> None:
    here = Path("tests/unit/test_house.py")
    named = [path for path in tracked_files() if path != here and re.search(pattern, path.read_text(encoding="utf-8"))]
    assert named == []


def test_what_tests_share_is_in_the_folder_for_it() -> None:
    shared = Path("tests/support")
    loose = {path for path in Path("tests").glob("*.py") if path.name not in {"conftest.py", "__init__.py"}}
    imported = {
        (str(path), module)
        for path in Path("tests").rglob("*.py")
        for module in re.findall(r"from (tests\.(?:[\w.]+\.)?test_\w+) import", path.read_text(encoding="utf-8"))
    }
    assert shared.is_dir()
    assert (loose, imported) == (set(), set())
