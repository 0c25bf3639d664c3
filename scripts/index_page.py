"""README.md as an index page shows it: a link to a file of the repository becomes an absolute one, to this version.

The address is ``Repository`` of ``project.urls`` in pyproject.toml. While that has none, such a link becomes its text
and the file's name, because an index page could not follow it. Hatchling calls this when it builds.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK: Final = re.compile(r"\[([^]]*)\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")


class IndexPage(MetadataHookInterface):
    """Sets the description of the project."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Give *metadata* the text of README.md."""
        root = Path(self.root)
        urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("urls", {})
        version = re.search(r'__version__ = "(.+)"', (root / "lpfunctions" / "_version.py").read_text(encoding="utf-8"))
        assert version is not None
        text = shown((root / "README.md").read_text(encoding="utf-8"), urls.get("Repository", ""), f"v{version[1]}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def shown(readme: str, repository: str, tag: str) -> str:
    """Return *readme* with links that an index page can follow."""

    def link(match: re.Match[str]) -> str:
        text, file, anchor = match[1], match[2], match[3] or ""
        if repository:
            return f"[{text}]({repository.rstrip('/')}/blob/{tag}/{file}{anchor})"
        return text if text.strip("`") == file else f"{text} (`{file}`)"

    return _LINK.sub(link, readme)
