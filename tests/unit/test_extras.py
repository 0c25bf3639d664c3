"""What an extra brings is named, with the extra, where it is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_WITHOUT = "import sys; sys.modules[{missing!r}] = None\n"


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("extra", "missing", "program"),
    [
        ("file", "filelock", "from lpfunctions.stores import FileStore"),
        ("redis", "redis", "from lpfunctions.stores import RedisStore"),
        ("encryption", "cryptography", "from lpfunctions.stores import EncryptedStore"),
        ("dask", "dask", "from lpfunctions.contrib.dask import invoke_partitions"),
        ("testing", "pytest", "from lpfunctions.testing.contracts import AuthStrategyContract"),
        (
            "parquet",
            "pyarrow",
            "from lpfunctions.bulk.io.records import open_records; open_records('pyproject.toml', format='parquet')",
        ),
        (
            "emulator",
            "cryptography",
            """if True:
                import jwt
                from lpfunctions.testing.platform.auth.dpop import unverifiable
                try:
                    jwt.PyJWK({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "ES256")
                except jwt.PyJWTError as error:
                    sys.exit(unverifiable(error))
            """,
        ),
    ],
)
def test_what_is_missing_is_named_with_its_extra(extra: str, missing: str, program: str) -> None:
    command = [sys.executable, "-c", _WITHOUT.format(missing=missing) + program]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    last = ended.stderr.strip().splitlines()[-1]
    assert ended.returncode == 1
    assert missing in last
    assert f'pip install "lpfunctions[{extra}]"' in last


def test_the_page_names_every_extra_and_what_it_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    rows: dict[str, str] = dict(re.findall(r"^\| `(\w+)` \| ([\w, ]+) \|", page, re.MULTILINE))
    brought = {
        extra: sorted(re.split(r"[>=<\[]", requirement)[0] for requirement in requirements)
        for extra, requirements in project["optional-dependencies"].items()
    }
    assert {extra: sorted(names.split(", ")) for extra, names in rows.items()} == brought
