"""The documentation builds without a warning, and its pages ask no other host for anything."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[1]
MISSING = [name for name in ("sphinx", "furo", "myst_parser") if importlib.util.find_spec(name) is None]
FOREIGN = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
FOREIGN_IN_CSS = re.compile(r"""@import\s+["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//""", re.IGNORECASE)
LOADED = {"link", "script", "img", "iframe", "source", "video", "audio", "object", "embed"}

pytestmark = pytest.mark.skipif(
    bool(MISSING) and os.environ.get("CI") != "true", reason=f"not installed: {', '.join(MISSING)}"
)


class _Requests(HTMLParser):
    """Addresses that a browser requests by itself when it shows a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in LOADED:
            self.addresses += [values[name] for name in ("src", "href", "data", "poster") if name in values]
            self.addresses += [each.strip() for each in values.get("srcset", "").split(",") if each.strip()]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    out = folder / "html"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "-d", str(folder / "trees")]
    done = subprocess.run(
        [*command, str(PROJECT / "docs"), str(out)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
    return out


def test_every_page_is_built(pages: Path) -> None:
    docs = PROJECT / "docs"
    expected = {path.relative_to(docs).with_suffix(".html") for path in docs.rglob("*.md")}
    assert Path("index.html") in expected
    assert {path for path in expected if not (pages / path).is_file()} == set()


def test_pages_request_nothing_from_other_hosts(pages: Path) -> None:
    requests = {
        address: path.name for path in pages.rglob("*.html") for address in _Requests(path.read_text("utf-8")).addresses
    }
    assert "_static/styles/furo.css" in {address.split("?")[0].lstrip("./") for address in requests}
    assert {address: name for address, name in requests.items() if FOREIGN.match(address)} == {}


def test_styles_request_nothing_from_other_hosts(pages: Path) -> None:
    styles = list(pages.rglob("*.css"))
    assert styles
    assert [path.name for path in styles if FOREIGN_IN_CSS.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize(
    "text", ['<script src="https://cdn.example/a.js">', '<link href="//fonts.example/a.css">', '<img src="HTTP://a/b">']
)
def test_a_foreign_request_is_noticed(text: str) -> None:
    assert [address for address in _Requests(text).addresses if FOREIGN.match(address)]


def _markdown() -> list[Path]:
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md")), *sorted(PROJECT.glob(".github/*.md"))]


@pytest.mark.parametrize("path", _markdown(), ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_links_to_files_of_the_project_lead_somewhere(path: Path) -> None:
    text = re.sub(r"`[^`\n]+`", "", path.read_text("utf-8"))
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("page", ["architecture", "extending"])
def test_paths_that_are_named_are_there(page: str) -> None:
    text = (PROJECT / "docs" / f"{page}.md").read_text("utf-8")
    named = set(re.findall(r"`((?:pipeline|server|locales|tests)/[\w./-]*)`", text))
    assert named
    assert {path for path in named if not (PROJECT / path).exists()} == set()


def test_the_citation_agrees_with_the_project() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((PROJECT / "docs" / "CITATION.cff").read_text("utf-8"))
    # The wheel carries programs of others besides; what is cited is Carreau.
    own, *_ = project["license"].split(" AND ")
    assert (citation["version"], citation["license"]) == (project["version"], own)
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


FORMS = sorted(path for path in (PROJECT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_an_issue_form_has_its_parts_and_ids_of_their_own(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form)
    assert {field["type"] for field in form["body"]} <= {"input", "textarea"}
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(field["attributes"]["label"] for field in form["body"])


def test_there_are_issue_forms() -> None:
    assert FORMS
