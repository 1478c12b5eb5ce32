"""A copy of a bundle is a whole site on a host that only has files."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from carreau.base.schema.bundle import Answer
from carreau.base.schema.itineraries import Route
from carreau.base.schema.site import Site
from carreau.command.cli import main
from carreau.site.releases import read_current
from carreau.site.sync import sync
from carreau.site.verify import verify
from tests.pipeline.site.publish.editions import edition

LINKED = re.compile(r'\s(?:href|src|poster|data-[a-z-]+)="(/[^"]*)"')
ASKED = re.compile(
    r"/v1/routes/[^/]+/pack/\w+|/v1/sites/[^/.]+\?lang=\w\w|/v1/(?:sites|search)\?.+|/ogc/.*|/openapi\.json"
)
"""What scripts ask a server first, and take the static name of where there is none; and what the documentation of the
API names although a server alone answers it."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is published without models."""
    folder = tmp_path_factory.mktemp("published")
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    address = ["--base-url", "https://carreau.example", "--quiet"]
    assert main(["publish", "--assets", str(edition(folder)), *places, *address]) == 0
    return folder / "bundle"


@pytest.fixture
def copy(bundle: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test to change."""
    sync(bundle, f"file://{tmp_path / 'copy'}")
    return tmp_path / "copy"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def host(copy: Path) -> Iterator[HTTPConnection]:
    """A host that answers with files, and knows nothing else."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=copy)) as server:
        threading.Thread(target=server.serve_forever).start()
        connection = HTTPConnection("127.0.0.1", server.server_port)
        yield connection
        connection.close()
        server.shutdown()


def status(host: HTTPConnection, address: str) -> int:
    host.request("HEAD", address)
    answer = host.getresponse()
    answer.read()
    return answer.status


def links(copy: Path) -> dict[str, str]:
    """Return every address of our own that a page names, with a page that does."""
    pages = [path for path in copy.rglob("*.html") if path.parent != copy / "a"]
    found = {html.unescape(link): str(page) for page in pages for link in LINKED.findall(page.read_text("utf-8"))}
    return {link.partition("#")[0]: page for link, page in found.items() if not ASKED.fullmatch(link)}


def test_no_link_of_a_page_is_dead_on_a_host_of_files(copy: Path, host: HTTPConnection) -> None:
    found = links(copy)
    assert {"/v1/routes/essai.fr.gpx", "/v1/sites/fosse-mathilde.pl.geojson", "/v1/terms.nl.json"} <= set(found)
    assert {link: page for link, page in found.items() if status(host, link) not in (200, 301)} == {}


def test_the_address_of_a_language_is_answered_by_our_server_too(bundle: Path, copy: Path) -> None:
    """It answers what the manifest names; the address that names no language stays for who negotiates."""
    manifest = read_current(bundle)
    assert manifest is not None
    found: dict[str, list[Answer]] = {}
    for each in manifest.answers:
        found.setdefault(each.path, []).append(each)
    assert [each.lang for each in found["/v1/routes/essai.de.gpx"]] == ["de"]
    assert {each.lang for each in found["/v1/routes/essai.gpx"]} == {"fr", "en", "nl", "de", "pl"}
    static = [each.static for each in manifest.answers if each.static]
    assert len(static) == len(set(static))
    for language in ("fr", "pl"):
        site = Site.model_validate_json((copy / f"v1/sites/fosse-mathilde.{language}.json").read_bytes())
        route = Route.model_validate_json((copy / f"v1/routes/essai.{language}.json").read_bytes())
        for link in (*site.links.values(), site.outline, *route.links.values()):
            assert (copy / link.strip("/")).is_file(), link
            assert link in found


def test_the_pages_of_a_copy_are_verified(bundle: Path, copy: Path) -> None:
    there = verify(copy)
    assert (there.exit_code, there.stray) == (0, ())
    assert there.files > verify(bundle).files
    with (copy / "fr/index.html").open("r+b") as page:
        page.seek(100)
        page.write(b"\0\0\0\0")
    (copy / "en/index.html").unlink()
    (copy / "v1/routes/essai.fr.gpx").unlink()
    verified = verify(copy)
    assert verified.exit_code == 1
    assert (verified.rotten, verified.missing) == (("fr/index.html",), ("en/index.html", "v1/routes/essai.fr.gpx"))
    sync(bundle, f"file://{copy}")
    assert verify(copy).exit_code == 0


def test_what_no_release_names_in_a_copy_is_not_left_to_a_command_that_never_looks_there(copy: Path) -> None:
    (copy / "a" / "stray.txt").write_text("left behind")
    assert verify(copy).lines()[0] == "stray: a/stray.txt: no release uses it; it may be removed"


def test_a_copy_without_any_page_is_not_whole(copy: Path) -> None:
    for path in list(copy.rglob("*")):
        if path.is_file() and path.parent != copy / "a" and path.name != "manifest.json":
            path.unlink()
    assert "index.html" in verify(copy).missing
