"""Every regular expression that meets untrusted text takes time in proportion to it, whatever the text holds."""

from __future__ import annotations

import ast
import gc
import importlib
import re
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import lpfunctions
from lpfunctions.core.redaction import quoted, redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.load

PACKAGE: Final = Path(lpfunctions.__file__).parent

# What makes a pattern of this package begin, go on and fail, in every pair.
PIECES: Final = (
    "eyJ", "-eyJ", ".eyJ", "eyJa.", "a", "-", ".", " ", "\t", "Bearer ", "OAuth", "://", "://a", "@", "secret",
    "secret=", "secret ", "oauth_", '"', "=", ":", "/", "//", "%", "%2", "\\", "0", "va.", "[", ";", "\r\n",
)  # fmt: skip
SHORT: Final = 1_000
FACTOR: Final = 8


def patterns() -> Iterator[tuple[str, Any, str]]:
    """Every pattern that is compiled at the top of a module, by name, and how it is used there."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text()
        for name in [target.id for target in _compiled(ast.parse(source))]:
            module = importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
            uses = set(re.findall(rf"\b{name}\.(match|fullmatch|search|sub|split|findall|finditer)\(", source)) or {
                "sub"
            }
            yield from ((f"{module.__name__}.{name}", getattr(module, name), use) for use in sorted(uses))


def _compiled(tree: ast.Module) -> Iterator[ast.Name]:
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and ast.unparse(value.func) == "re.compile":
            yield target


def seconds(work: Callable[[str], object], text: str, *, runs: int) -> float:
    """The shortest of several runs in this process's own time: what other processes do does not count."""
    best = float("inf")
    for _ in range(runs):
        started = time.process_time_ns()
        work(text)
        best = min(best, (time.process_time_ns() - started) / 1e9)
    return best


def assert_linear(work: Callable[[str], object]) -> None:
    """*FACTOR* times the text takes about *FACTOR* times as long; what is quadratic takes *FACTOR* times that."""
    gc.disable()
    try:
        for unit in (first + second for first in PIECES for second in PIECES):
            short, long = (unit * (size // len(unit)) for size in (SHORT, SHORT * FACTOR))
            # A quadratic pattern takes tens of milliseconds.
            if seconds(work, long, runs=1) > 0.005:
                bound = 3 * FACTOR * seconds(work, short, runs=5)
                assert seconds(work, long, runs=5) < bound, f"{unit!r} again and again"
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("name", "pattern", "use"), list(patterns()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_pattern_is_linear(name: str, pattern: re.Pattern[Any], use: str) -> None:
    assert name

    def work(text: str) -> None:
        given: Any = text if isinstance(pattern.pattern, str) else text.encode()
        found = getattr(pattern, use)(*([given[:0]] if use == "sub" else []), given)
        if use == "finditer":
            deque(found, maxlen=0)

    assert_linear(work)


@pytest.mark.parametrize("work", [redact_text, quoted], ids=["redact_text", "quoted"])
def test_redacting_is_linear(work: Callable[[str], str]) -> None:
    assert_linear(work)


def test_every_pattern_is_compiled_where_this_test_finds_it() -> None:
    inline = [
        f"{path.relative_to(PACKAGE)}:{call.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and re.fullmatch(r"re\.(match|fullmatch|search|sub|findall|split)", ast.unparse(call.func))
    ]
    assert inline == []


def test_a_quadratic_pattern_is_found() -> None:
    with pytest.raises(AssertionError, match="again and again"):
        assert_linear(re.compile(r"\beyJ[\w-]+\.[\w-]+").search)
