"""No file of the package imports itself by way of others, not even for types alone."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import lpfunctions

HOME = Path(lpfunctions.__file__).parent
PACKAGE = HOME.parent


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(file): file for file in HOME.rglob("*.py")}


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found |= {full if (full := f"{module}.{alias.name}") in FILES else module for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & FILES.keys()) - {name_of(file)}


def test_no_imports_go_in_a_circle() -> None:
    imports = {name: imported(file) for name, file in FILES.items()}
    assert imports["lpfunctions.testing.platform.platform"] > {"lpfunctions.testing.platform.service"}
    assert len(list(TopologicalSorter(imports).static_order())) == len(FILES)  # a CycleError names the circle


def test_no_folder_holds_more_than_twelve_files() -> None:
    folders = [HOME, *(folder for folder in HOME.rglob("*") if folder.is_dir() and folder.name != "__pycache__")]
    sizes = {
        folder: sum(file.is_file() and file.name != "__init__.py" for file in folder.iterdir()) for folder in folders
    }
    assert {str(folder): size for folder, size in sizes.items() if size > 12} == {}
