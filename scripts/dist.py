"""Build the wheel and the sdist of what is committed, check them, and add a bill of materials: ``make dist``.

Built twice, in two folders, from two exports of the same commit: the same commit gives the same bytes. Checked are the
version, the contents of both archives, and what their metadata would look like on an index page.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = "lpfunctions"


def main() -> None:
    """Build, check, and leave the files in a folder."""
    parser = argparse.ArgumentParser(description="Build and check the distributions of the newest commit.")
    parser.add_argument("--version", default="", help="the version that is expected")
    parser.add_argument("--into", type=Path, default=ROOT / "dist")
    parser.add_argument(
        "--no-bill", action="store_true", help="leave out the bill of materials, which installs the wheel"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        first, second = (build(Path(folder) / name) for name in ("first", "second"))
        _expect(digests(first) == digests(second), "two builds of the same commit differ")
        wheel, sdist = next(first.glob("*.whl")), next(first.glob("*.tar.gz"))
        _expect(chosen.version in {"", version_of(wheel)}, f"{wheel.name} is not of version {chosen.version}")
        check_wheel(wheel)
        check_sdist(sdist)
        check_metadata(wheel, sdist)
        shutil.rmtree(chosen.into, ignore_errors=True)
        shutil.copytree(first, chosen.into)
    if not chosen.no_bill:
        bill_of_materials(chosen.into / wheel.name)
    for file in sorted(chosen.into.iterdir()):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")


def build(folder: Path) -> Path:
    """The distributions of the newest commit, built from an export of it."""
    source, into = folder / "source", folder / "dist"
    source.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x"], cwd=source, check=True, input=archive)
    committed = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    environ = {**os.environ, "SOURCE_DATE_EPOCH": committed.stdout.strip()}
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(into)],
        cwd=source,
        env=environ,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return into


def digests(folder: Path) -> dict[str, str]:
    """Name and hash of every file in *folder*."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def version_of(wheel: Path) -> str:
    """The version in the name of *wheel*."""
    return wheel.name.split("-")[1]


def check_wheel(wheel: Path) -> None:
    """The wheel holds the package, whole, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {name for name in tracked() if name.startswith(f"{PACKAGE}/")}
    _expect(found == expected, f"the wheel and the package differ in {sorted(found ^ expected)[:5]}")
    _expect(f"{PACKAGE}/py.typed" in found, "the wheel lacks py.typed")


def check_sdist(sdist: Path) -> None:
    """The sdist holds all that README.md and the Makefile name, and nothing that is not tracked."""
    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()} - {"PKG-INFO"}
    readme = (ROOT / "README.md").read_text()
    named = {link.partition("#")[0] for link in re.findall(r"\]\(([\w./-]+)[)#]", readme) if "://" not in link}
    missing = sorted((named | {"Makefile", "constraints.txt", "tests/conftest.py", "scripts/dist.py"}) - found)
    _expect(not missing, f"the sdist lacks {missing}")
    _expect(found <= tracked(), f"the sdist holds what is not tracked: {sorted(found - tracked())[:5]}")


def check_metadata(*distributions: Path) -> None:
    """An index can show the description, and a reader can follow its links."""
    wheel = distributions[0]
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        description = archive.read(metadata).decode().partition("\n\n")[2]
    relative = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", description)
    _expect("# lpfunctions" in description, "the description is not that of README.md")
    _expect(not relative, f"an index page could not follow {relative[:5]}")
    _run(sys.executable, "-m", "twine", "check", "--strict", *map(str, distributions))


def tracked() -> set[str]:
    """Every file of the newest commit."""
    names = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "HEAD"], cwd=ROOT, check=True, capture_output=True
    )
    return set(names.stdout.decode().split("\0")) - {""}


def bill_of_materials(wheel: Path) -> None:
    """Write a CycloneDX document of what ``pip install`` of *wheel* brings, next to it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder) / "bin" / "python")
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
        _run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools")
        into = wheel.with_name(f"{PACKAGE}-{version_of(wheel)}.cdx.json")
        _run(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "-o", str(into), python)


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(f"not released: {otherwise}")


if __name__ == "__main__":
    main()
