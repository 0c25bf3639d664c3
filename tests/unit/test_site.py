"""What the documentation site is made of fits the code: its links, its reference, its diagram, its list of messages.

`make docs` itself is strict about the rest.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.scripts import script

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])


def test_every_link_of_a_page_leads_to_what_the_site_has() -> None:
    site = script("site")
    staged = {page: site.STAGED / site.AT_THE_TOP.get(page.name, page.name) for page in PAGES}
    read = [site.with_links(page.read_text(), page, staged[page]) for page in PAGES if page.parent != ROOT]
    read += [site.with_links(page.read_text(), page, staged[page]) for page in PAGES if page.name in site.AT_THE_TOP]
    assert len(read) > len(PAGES) // 2


def test_a_link_to_what_the_site_does_not_have_ends_the_build() -> None:
    site = script("site")
    with pytest.raises(SystemExit, match=r"links to docs/nowhere\.md"):
        site.with_links("[a](nowhere.md)", ROOT / "docs" / "install.md", site.STAGED / "install.md")


def test_a_link_to_a_source_becomes_one_to_the_page_that_shows_it() -> None:
    site = script("site")
    text = "```text\n[kept](as it is)\n```\n[`app`](../examples/telemetry/app.py), [start](../README.md#use-it)"
    fitting = site.with_links(text, ROOT / "docs" / "telemetry.md", site.STAGED / "telemetry.md")
    assert fitting == text.replace("../examples/telemetry/app.py", "examples/telemetry.md#apppy").replace(
        "../README.md#use-it", "index.md#use-it"
    )


def test_a_page_that_would_load_from_another_host_is_found(tmp_path: Path) -> None:
    site = script("site")
    (tmp_path / "page.html").write_text(
        '<a href="https://a.example/">a</a><script src="https://b.example/x.js"></script>'
    )
    (tmp_path / "page.css").write_text("@import url(https://c.example/font.css)")
    assert set(site.foreign_resources(tmp_path)) == {"https://b.example/x.js", "https://c.example/font.css"}


def test_every_public_name_is_in_the_reference_once() -> None:
    recorded = (ROOT / "docs" / "api.txt").read_text()
    public = re.findall(r"^(?:class )?(lpfunctions[.\w]*\.[A-Za-z]\w*)", recorded, re.MULTILINE)
    pages = [script("site").with_names(page.read_text()) for page in (ROOT / "docs" / "reference").glob("*.md")]
    shown = [name for page in pages for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)]
    assert sorted(shown) == sorted(set(public))


def test_every_page_is_in_the_navigation() -> None:
    settings = (ROOT / "mkdocs.yml").read_text()
    pages = [str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not re.search(rf"(?<![\w/]){re.escape(page)}$", settings, re.MULTILINE)] == []


def test_the_diagram_is_that_of_the_code() -> None:
    recorded = (ROOT / "docs" / "architecture.svg").read_text()
    assert recorded == script("architecture").drawn(), "run: python scripts/architecture.py > docs/architecture.svg"


def test_every_message_that_the_package_can_raise_is_found_in_troubleshooting() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert page == script("messages").with_messages(page), "run: make messages"
    for text in (
        "the deadline passed during discovery",  # an argument of a class
        "the response is larger than max_response_bytes=…; raise the option to accept it",  # what a function returns
        "the proxy refused the tunnel",  # a row of a table
        "set LPFUNCTIONS_ACCOUNT_ID, or pass account_id",  # with a constant in it
    ):
        assert f"#### `` {text} ``\n" in page
