"""The public API as text, one line for each name and signature: ``python scripts/api.py > docs/api.txt``.

Read from the source by griffe, without importing it. A test compares it with the recorded file, so that a change of the
API is seen where it is reviewed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
MODULES: Final = (
    "lpfunctions",
    "lpfunctions.bulk",
    "lpfunctions.contrib.dask",
    "lpfunctions.ports",
    "lpfunctions.stores",
    "lpfunctions.testing",
    "lpfunctions.testing.contracts",
)


def lines() -> list[str]:
    """Every public name of the public modules, with what it takes and returns."""
    package = griffe.load("lpfunctions", search_paths=[ROOT], resolve_aliases=True, resolve_external=False)
    return [line for module in MODULES for line in _module(module, package)]


def _module(path: str, package: griffe.Object | griffe.Alias) -> Iterator[str]:
    module = package if path == "lpfunctions" else package[path.removeprefix("lpfunctions.")]
    for name in sorted(str(exported) for exported in module.exports or ()):
        yield from _member(f"{path}.{name}", module[name])


def _member(path: str, member: griffe.Object | griffe.Alias) -> Iterator[str]:
    if member.is_function:
        yield f"{path}{_signature(member)}"
    elif member.is_class:
        bases = ", ".join(str(base) for base in member.bases)
        yield f"class {path}({bases})"
        for name, inner in sorted(member.all_members.items()):
            if name == "__init__" or (not name.startswith("_") and not inner.is_module):
                yield from (f"    {line}" for line in _member(name, inner))
    else:
        yield f"{path}: {member.annotation}" if getattr(member, "annotation", None) else path


def _signature(function: griffe.Object | griffe.Alias) -> str:
    shown, mark_is_due = list[str](), True
    for parameter in function.parameters:
        kind = parameter.kind
        if kind is griffe.ParameterKind.keyword_only and mark_is_due:
            shown.append("*")
        mark_is_due = mark_is_due and kind not in {
            griffe.ParameterKind.keyword_only,
            griffe.ParameterKind.var_positional,
        }
        stars = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(kind, "")
        text = f"{stars}{parameter.name}"
        text += f": {parameter.annotation}" if parameter.annotation is not None else ""
        shown.append(text + (f" = {parameter.default}" if parameter.default is not None and not stars else ""))
    returns = f" -> {function.returns}" if function.returns is not None else ""
    return f"({', '.join(shown)}){returns}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
