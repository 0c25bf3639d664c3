"""Build the documentation site into site/: ``make docs``.

The pages are those of docs/, README.md and its neighbours, and one for each folder of examples/ with the sources in it.
They are staged in .site/, with links that fit there; a link to what the site does not have ends the build. The result
asks no other host for anything, and its search works from a folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
STAGED: Final = ROOT / ".site"
SITE: Final = ROOT / "site"

AT_THE_TOP: Final = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}
ALSO_SERVED: Final = {"lpfunctions/testing/openapi.yaml": "openapi.yaml"}
LANGUAGES: Final = {".py": "python", ".md": "markdown", ".yml": "yaml", ".yaml": "yaml", ".ini": "ini", ".json": "json"}

_LINK: Final = re.compile(r"(!?\[[^]]*\])\(([^)\s]+)\)")
_FENCE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def main() -> None:
    """Stage, build, and check what came out."""
    shutil.rmtree(STAGED, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    stage()
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]  # with --quiet it would not count warnings
    built = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if built.returncode:
        sys.exit(built.stdout + built.stderr)
    foreign = sorted(set(foreign_resources(SITE)))
    if foreign:
        sys.exit(f"the site would ask other hosts: {foreign[:5]}")
    (SITE / "llms.txt").write_text(llms_index())
    (SITE / "llms-full.txt").write_text("\n\n".join(page.read_text() for page in pages()))
    print(f"{len(list(SITE.rglob('*.html')))} pages: open site/index.html")


def stage() -> None:
    """Copy every page to where the site has it, with its links."""
    shutil.copytree(ROOT / "docs", STAGED)
    for page in sorted(STAGED.rglob("*.md")):
        source = ROOT / "docs" / page.relative_to(STAGED)
        page.write_text(with_names(with_links(page.read_text(), source, page)))
    for name, staged in AT_THE_TOP.items():
        (STAGED / staged).write_text(with_links((ROOT / name).read_text(), ROOT / name, STAGED / staged))
    for name, staged in ALSO_SERVED.items():
        shutil.copy(ROOT / name, STAGED / staged)
    (STAGED / "examples").mkdir()
    folders = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir() and not path.name.startswith("_"))
    for folder in folders:
        (STAGED / "examples" / f"{folder.name}.md").write_text(example_page(folder))
    listed = "".join(f"- [`examples/{folder.name}`]({folder.name}.md)\n" for folder in folders)
    (STAGED / "examples" / "index.md").write_text(
        f"# Examples\n\nPrograms with their tests, to start from.\n\n{listed}"
    )


def with_names(text: str) -> str:
    """Return the *text* of a page of the reference with a line for each name that a comment in it asks for."""
    recorded = (ROOT / "docs" / "api.txt").read_text()

    def lines(asked: re.Match[str]) -> str:
        names = re.findall(rf"^(?:class )?({re.escape(asked[1])}\.\w+)(?=[(:\n])", recorded, re.MULTILINE)
        return "\n\n".join(f"::: {name}" for name in dict.fromkeys(names))

    return re.sub(r"<!-- every name of (\S+) -->", lines, text)


def with_links(text: str, source: Path, staged: Path) -> str:
    """Return the *text* of *source* with links that fit where it is *staged*."""
    parts, end = list[str](), 0
    for fence in _FENCE.finditer(text):
        parts += [_LINK.sub(lambda link: _fitting(link, source, staged), text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join(parts) + _LINK.sub(lambda link: _fitting(link, source, staged), text[end:])


def _fitting(link: re.Match[str], source: Path, staged: Path) -> str:
    address, mark, anchor = link[2].partition("#")
    if not address or "://" in address or address.startswith("mailto:"):
        return link[0]
    target = Path(os.path.normpath(source.parent / address)).relative_to(ROOT)
    there = os.path.relpath(STAGED / _place(target), staged.parent)
    if target.parts[0] == "examples" and len(target.parts) > 2:
        mark, anchor = "#", _anchor(target.name)
    return f"{link[1]}({there}{mark}{anchor})"


def _place(target: Path) -> str:
    name = str(target)
    if name in AT_THE_TOP or name in ALSO_SERVED:
        return {**AT_THE_TOP, **ALSO_SERVED}[name]
    if target.parts[0] == "examples":
        return f"examples/{target.parts[1]}.md"
    if target.parts[0] == "docs" and (ROOT / target).is_file():
        return str(target.relative_to("docs"))
    sys.exit(f"a page links to {name}, which the site does not have")


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "", name.lower())


def example_page(folder: Path) -> str:
    """Return a page with the sources of *folder*."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "pytest.ini")
    return f"# examples/{folder.name}\n\n" + "\n".join(_listing(file) for file in files)


def _listing(file: Path) -> str:
    language = LANGUAGES.get(file.suffix, "text")
    return f"## {file.name} {{ #{_anchor(file.name)} }}\n\n````{language}\n{file.read_text().rstrip()}\n````\n"


def pages() -> Iterator[Path]:
    """The staged pages, the first first; sources of examples and of the reference are left out."""
    first = [STAGED / "index.md", STAGED / "tutorial.md"]
    others = (page for page in sorted(STAGED.rglob("*.md")) if page not in first)
    yield from first
    yield from (page for page in others if page.relative_to(STAGED).parts[0] not in {"examples", "reference"})


def llms_index() -> str:
    """Return an index of the site for programs that read: title, address and first sentence of every page."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [f"# {project['name']}", "", f"> {project['description']}", ""]
    lines += ["The text of all pages is in [llms-full.txt](llms-full.txt).", "", "## Pages", ""]
    lines += [_entry(page) for page in pages()]
    lines += ["", "## Reference", ""]
    lines += [_entry(page) for page in sorted((STAGED / "reference").glob("*.md"))]
    return "\n".join(lines) + "\n"


def _entry(page: Path) -> str:
    address = str(page.relative_to(STAGED).with_suffix(".html"))
    text = page.read_text()
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    prose = re.search(r"\n\n(?![#|!<:*-]|```)(\S.*(?:\n\S.*)*)", text)
    summary = re.split(r"(?<=[.:])\s", re.sub(r"\s+", " ", prose[1]))[0] if prose else ""
    summary = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", summary)
    return f"- [{title[1] if title else address}]({address}): {summary}"


def foreign_resources(site: Path) -> Iterator[str]:
    """What a page of the *site* would load from another host by itself; links that people follow do not count."""
    loading = re.compile(
        r"""<(?:script|img|iframe|source)[^>]*\ssrc="?(https?:[^"\s>]+)|<link[^>]*\shref="?(https?:[^"\s>]+)"""
    )
    for page in site.rglob("*.html"):
        for match in loading.finditer(page.read_text()):
            if 'rel="canonical"' not in match[0]:
                yield match[1] or match[2]
    for sheet in site.rglob("*.css"):
        yield from re.findall(r"(?:@import\s+|url\()[\"']?(https?:[^\"')\s]+)", sheet.read_text())


if __name__ == "__main__":
    main()
