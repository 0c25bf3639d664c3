"""The notebook runs as it stands. Run it with: pytest examples/notebook (needs nbclient and ipykernel)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient

if TYPE_CHECKING:
    import pytest

    from lpfunctions.testing import Emulator, FakePlatform

NOTEBOOK = Path(__file__).with_name("functions.ipynb")


def test_each_cell_shows_what_the_function_returned(
    lp_platform: FakePlatform, lp_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    greet = lp_platform.function(name="greet")(lambda given: {"hello": given.payload["name"]})
    own_files = {"IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    for name, value in {**lp_emulator.environment(), "FUNCTION": greet.uuid, **own_files}.items():
        monkeypatch.setenv(name, value)

    notebook: Any = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()

    shown = {
        cell.id: [output.data["text/plain"] for output in cell.outputs if "data" in output]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert shown["one"] == ["{'hello': 'Ada'}"]
    assert shown["many"] == ["[{'hello': 'Ada'}, {'hello': 'Grace'}, {'hello': 'Edsger'}]"]
