"""Every message that the package can raise, in its place in docs/troubleshooting.md: ``make messages``.

A message is written here as in the code, with ``…`` for each value in it. It is found where an error is made: a call of
an exception, or of one of the package's functions that return one, and the texts that such a call is given by name. The
page has the messages between two comments, of which the first names the modules; a line that it has below a message
stays when they are written anew.
"""

from __future__ import annotations

import ast
import builtins
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "troubleshooting.md"
_LIST: Final = re.compile(r"(<!-- messages of ([^>]*) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_ENTRY: Final = re.compile(r"^#### `` (.*?) ``\n\n(?!#|<)(.*\n)", re.MULTILINE)
_NO_MAKERS: Final = {"from_dict", "fresh", "_read", "error", "caused_by"}
_FEWEST_WORDS: Final = 3
_ENDINGS: Final = (
    "Error",
    "Failure",
    "NotFound",
    "Usage",
    "BadParameter",
    "UsageError",
    "ArgumentTypeError",
    "Failed",
    "Row",
)


def messages() -> dict[str, set[str]]:
    """Every message, with the modules that can raise it, as paths below the package."""
    package = ROOT / "lpfunctions"
    files = {str(path.relative_to(package)): [*ast.walk(ast.parse(path.read_text()))] for path in package.rglob("*.py")}
    makers = {node.name for nodes in files.values() for node in nodes if _makes_errors(node)} - _NO_MAKERS
    found: dict[str, set[str]] = {}
    for module, nodes in files.items():
        for text in _Texts(nodes, makers, module).found():
            found.setdefault(text, set()).add(module)
    return found


def _makes_errors(node: ast.AST) -> bool:
    """Is it a function of the package that returns an error, or its text?"""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.returns is None:
        return False
    return any(_name_of(part).startswith(("FaaS", "CSDS")) for part in ast.walk(node.returns))


class _Texts:
    """The messages of one file."""

    def __init__(self, nodes: list[ast.AST], makers: set[str], module: str) -> None:
        self._nodes = nodes
        self._makers = makers | ({"error", "ours"} if module.startswith(("core/responses", "adapters")) else set())
        self._tables = module.startswith("adapters")
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name):
                        self._assigned.setdefault(target.id, []).append(node.value)

    def found(self) -> Iterator[str]:
        """Every message, some of them more than once."""
        for node in self._nodes:
            for value in self._told_by(node):
                yield from filter(_is_sentence, self._templates(value, named=True))

    def _told_by(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.Call) and (_is_error(name := _name_of(node.func)) or name in self._makers):
            yield from node.args
            yield from (word.value for word in node.keywords if word.arg == "message")
        elif isinstance(node, ast.FunctionDef) and node.name in self._makers:
            yield from (
                part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value is not None
            )
        elif isinstance(node, ast.Tuple) and self._tables and any(_is_error(_name_of(part)) for part in node.elts):
            yield from (part for part in node.elts if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Dict) and self._tables:
            yield from node.values

    def _templates(self, node: ast.expr, *, named: bool) -> Iterator[str]:
        if isinstance(node, ast.Constant):
            yield from [node.value] if isinstance(node.value, str) else []
        elif isinstance(node, ast.JoinedStr):
            yield "".join(self._part(part) for part in node.values)
        elif isinstance(node, ast.IfExp):
            yield from self._templates(node.body, named=named)
            yield from self._templates(node.orelse, named=named)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self._sums(node, named=named)
        elif isinstance(node, ast.Call) and _name_of(node.func) == "format" and isinstance(node.func, ast.Attribute):
            yield from (re.sub(r"\{[^}]*\}", "…", text) for text in self._templates(node.func.value, named=named))
        elif isinstance(node, ast.Name) and named and node.id in self._assigned:
            for value in self._assigned[node.id]:
                yield from self._templates(value, named=False)
        else:
            yield "…"

    def _sums(self, node: ast.BinOp, *, named: bool) -> Iterator[str]:
        for left in self._templates(node.left, named=named):
            for right in self._templates(node.right, named=named):
                yield re.sub("…+", "…", left + right)

    def _part(self, part: ast.expr) -> str:
        if isinstance(part, ast.Constant):
            return str(part.value)
        named = self._assigned.get(_name_of(part.value), []) if isinstance(part, ast.FormattedValue) else []
        constant = named[0] if len(named) == 1 else None
        return constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else "…"


def _name_of(called: ast.AST) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def _is_error(name: str) -> bool:
    builtin = getattr(builtins, name, None)
    return name.endswith(_ENDINGS) or (isinstance(builtin, type) and issubclass(builtin, BaseException))


def _is_sentence(text: str) -> bool:
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= _FEWEST_WORDS and " " in text.strip()


def with_messages(page: str) -> str:
    """Return *page* with each of its lists as the code has it; what it says behind a message stays.

    Raises:
        LookupError: a message is of a module that no list is for.
    """
    advice = dict(_ENTRY.findall(page))
    lists: dict[str, set[str]] = {found[2]: set() for found in _LIST.finditer(page)}
    for text, modules in messages().items():
        for module in modules:
            lists[_list_for(module, lists)].add(_tidied(text))
    shown = {
        named: "".join(_entry(text, advice.get(text)) for text in sorted(texts, key=_as_read))
        for named, texts in lists.items()
    }
    return _LIST.sub(lambda found: f"{found[1]}\n{shown[found[2]]}{found[4]}", page)


def _entry(text: str, advice: str | None) -> str:
    # A heading each, so that the search of the site has each for itself.
    return f"#### `` {text} ``\n\n" + (f"{advice}\n" if advice else "")


def _tidied(text: str) -> str:
    return re.sub(r"…+", "…", re.sub(r"\s+", " ", text.strip().removesuffix(":")))


def _list_for(module: str, lists: Iterable[str]) -> str:
    fitting = [(len(prefix), named) for named in lists for prefix in named.split() if module.startswith(prefix)]
    if not fitting:
        raise LookupError(f"no list of {PAGE.name} is for {module}")
    return max(fitting)[1]


def _as_read(text: str) -> tuple[str, str]:
    return re.sub(r"^\W+", "", text).lower(), text


if __name__ == "__main__":
    PAGE.write_text(with_messages(PAGE.read_text()))
