"""What `make dist` and `make release` check, and the recorded public API."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.scripts import script

ROOT = Path(__file__).parents[2]
CHANGELOG = "# Changes\n\n## Unreleased\n\n### Added\n\n- this\n\n## 0.9.0 (2026-01-01)\n\n- that\n"


@pytest.mark.sockets  # griffe asks git where the repository is
def test_the_public_api_is_the_one_that_is_recorded() -> None:
    recorded = (ROOT / "docs" / "api.txt").read_text().splitlines()
    found = script("api").lines()
    changes = [f"- {line}" for line in recorded if line not in found] + [
        f"+ {line}" for line in found if line not in recorded
    ]
    assert not changes, "the public API has changed; if that is meant, run make api:\n" + "\n".join(changes)


def test_a_release_sets_the_version() -> None:
    module = '"""The version."""\n\n__version__ = "0.1.0"\n'
    assert script("release").with_version(module, "1.2.3rc1").endswith('__version__ = "1.2.3rc1"\n')


@pytest.mark.parametrize("version", ["1.2", "v1.2.3", "1.2.3-dev", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(SystemExit, match="no version such as"):
        script("release").with_version('__version__ = "0.1.0"', version)


def test_a_release_dates_what_is_unreleased() -> None:
    dated = script("release").with_date(CHANGELOG, "1.0.0", dt.date(2026, 12, 1))
    assert dated == CHANGELOG.replace("## Unreleased\n", "## Unreleased\n\n## 1.0.0 (2026-12-01)\n")


@pytest.mark.parametrize(
    ("changelog", "version", "reason"),
    [
        ("# Changes\n", "1.0.0", "says nothing under"),
        ("# Changes\n\n## Unreleased\n\n## 0.9.0 (2026-01-01)\n", "1.0.0", "says nothing under"),
        (CHANGELOG, "0.9.0", "has 0.9.0 already"),
    ],
)
def test_a_changelog_that_cannot_be_dated_is_refused(changelog: str, version: str, reason: str) -> None:
    with pytest.raises(SystemExit, match=reason):
        script("release").with_date(changelog, version, dt.date(2026, 12, 1))


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        (
            "https://git.example/shop/",
            "[a](https://git.example/shop/blob/v1.0.0/docs/a.md#b), [`x.py`](https://git.example/shop/blob/v1.0.0/x.py)",
        ),
        ("", "a (`docs/a.md`), `x.py`"),
    ],
    ids=["with the address of a repository", "without one"],
)
def test_an_index_page_gets_links_that_it_can_follow(repository: str, expected: str) -> None:
    readme = "[a](docs/a.md#b), [`x.py`](x.py), [there](https://b.example/), [here](#c)"
    found = script("index_page").shown(readme, repository, "v1.0.0")
    assert found == f"{expected}, [there](https://b.example/), [here](#c)"


@pytest.mark.sockets
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="distributions are built from a git checkout")
def test_distributions_are_reproducible_and_hold_what_they_should(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "dist.py"), "--no-bill", "--into", str(tmp_path / "dist")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert len(list((tmp_path / "dist").iterdir())) == 2
