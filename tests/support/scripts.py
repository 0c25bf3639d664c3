"""The programs in ``scripts/``, as modules."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parents[2] / "scripts"


def script(name: str) -> Any:
    """Return ``scripts/<name>.py`` as a module, loaded anew."""
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", _FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
