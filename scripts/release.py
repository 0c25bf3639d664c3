"""All of a release but the upload: ``make release VERSION=1.2.3``, or with ``--dry-run`` to change nothing.

Sets the version, dates the changelog, commits, builds and checks the distributions, and tags. Pushing the tag starts
the workflow that builds them again and publishes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
VERSION_FILE: Final = ROOT / "lpfunctions" / "_version.py"
CHANGELOG: Final = ROOT / "CHANGELOG.md"
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")


def main() -> None:
    """Release the version that is given, or say what would be done."""
    parser = argparse.ArgumentParser(description="Prepare a release.")
    parser.add_argument("version")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    chosen = parser.parse_args()
    today = dt.datetime.now(dt.UTC).date()
    version = with_version(VERSION_FILE.read_text(), chosen.version)
    changelog = with_date(CHANGELOG.read_text(), chosen.version, today)
    refuse_unless_ready(chosen.version)
    if chosen.dry_run:
        print(f"would set the version to {chosen.version}, date the changelog {today}, commit, build, check and tag")
        return
    VERSION_FILE.write_text(version)
    CHANGELOG.write_text(changelog)
    _run("git", "commit", "--quiet", "--message", f"Release {chosen.version}", str(VERSION_FILE), str(CHANGELOG))
    _run(sys.executable, str(ROOT / "scripts" / "dist.py"), "--version", chosen.version)
    _run("git", "tag", "--annotate", f"v{chosen.version}", "--message", f"Release {chosen.version}")
    print(f"to publish: git push origin main v{chosen.version}")


def with_version(module: str, version: str) -> str:
    """The text of ``_version.py`` with another *version*."""
    if not _VERSION.fullmatch(version):
        sys.exit(f"not released: {version!r} is no version such as 1.2.3 or 1.2.3rc1")
    changed, count = re.subn(r'__version__ = "[^"]+"', f'__version__ = "{version}"', module)
    if count != 1:
        sys.exit("not released: _version.py has no line __version__ = …")
    return changed


def with_date(changelog: str, version: str, today: dt.date) -> str:
    """The changelog whose "Unreleased" has become *version*, of *today*, below a new, empty one."""
    head, mark, rest = changelog.partition("## Unreleased\n")
    unreleased = rest.partition("\n## ")[0]
    if not mark or not unreleased.strip():
        sys.exit("not released: CHANGELOG.md says nothing under ## Unreleased")
    if f"## {version} " in changelog:
        sys.exit(f"not released: CHANGELOG.md has {version} already")
    return f"{head}## Unreleased\n\n## {version} ({today})\n{rest}"


def refuse_unless_ready(version: str) -> None:
    """Everything is committed, on main, and the tag is free."""
    if _said("git", "status", "--porcelain"):
        sys.exit("not released: there are changes that are not committed")
    if _said("git", "rev-parse", "--abbrev-ref", "HEAD") != "main":
        sys.exit("not released: this is not the branch main")
    if _said("git", "tag", "--list", f"v{version}"):
        sys.exit(f"not released: the tag v{version} is there already")


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def _run(*command: str) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
