"""What `carreau publish` makes of the whole catalogue is answered by the real server, byte for byte."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
import pytest

from pipeline.bundle.releases import current
from pipeline.cli import main
from pipeline.manifest.bundle import Manifest
from pipeline.publishing.viewer_files import STATIC
from tests.server.asking import Ask, of_server, served

PROJECT = Path(__file__).parents[1]
HREF = re.compile(r'(?:href|src|data-[a-z]+)="(/[^"#?]*)')

pytestmark = pytest.mark.skipif(
    not (STATIC / "model-viewer.js").is_file() and os.environ.get("CI") != "true",
    reason="the viewer's libraries are not built: run make setup",
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that lies in assets/, without models: those have their tests where they are made."""
    folder = tmp_path_factory.mktemp("published")
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    assert main(["publish", str(PROJECT / "assets"), *places, "--quiet"]) == 0
    return folder / "bundle"


@pytest.fixture(scope="module")
def manifest(bundle: Path) -> Manifest:
    """Its manifest."""
    found = current(bundle)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ask(bundle: Path) -> Iterator[Ask]:
    """What asks the server, a process of its own."""
    with served(bundle, "--no-access-log") as (port, _):
        yield of_server(port)


def test_every_answer_is_the_bytes_that_the_manifest_says(manifest: Manifest, ask: Ask) -> None:
    types = {file.sha256: file.media_type for file in manifest.files}
    wrong = []
    for answer in manifest.answers:
        reply = ask(f"{answer.path}?lang={answer.lang}" if answer.lang else answer.path, accept="*/*")
        if answer.path == "/404":
            continue
        is_right = hashlib.sha256(reply.body).hexdigest() == answer.sha256
        kind, said = (text.partition(";")[0] for text in (types[answer.sha256], reply.headers["content-type"]))
        if reply.status != 200 or not is_right or kind != said:
            wrong.append((answer.path, answer.lang, reply.status, reply.headers.get("content-type")))
    assert wrong == []


def test_every_file_is_whole_in_both_encodings(manifest: Manifest, ask: Ask) -> None:
    for file in manifest.files:
        if file.sha256 == manifest.database:
            continue
        plain = ask(f"/{file.path}")
        assert (plain.status, hashlib.sha256(plain.body).hexdigest()) == (200, file.sha256), file.path
        packed = ask(f"/{file.path}", accept_encoding="br")
        body = brotli.decompress(packed.body) if packed.headers.get("content-encoding") == "br" else packed.body
        assert hashlib.sha256(body).hexdigest() == file.sha256, file.path
        assert (packed.headers.get("content-encoding") == "br") == (file.brotli_bytes is not None), file.path


def test_no_link_of_any_page_is_dead_and_none_leaves_the_origin_by_itself(manifest: Manifest, ask: Ask) -> None:
    pages = [answer for answer in manifest.answers if answer.static.endswith(".html")]
    assert len(pages) > 500
    links = dict[str, str]()
    for answer in pages:
        text = ask(f"{answer.path}?lang={answer.lang}", accept="text/html").text
        links.update(dict.fromkeys(HREF.findall(text), answer.path))
        for address in re.findall(
            r'<(?:img|script|source|link rel="(?:stylesheet|icon)")[^>]*?(?:src|href)="([^"]+)"', text
        ):
            assert not urlsplit(urljoin("http://ours.example", address)).netloc.replace("ours.example", ""), answer.path
    # Folders of decoders, such as /viewer/basis/, are named for the library and answered for no file of their own.
    dead = [(link, page) for link, page in sorted(links.items()) if not link.endswith("/") or link.count("/") < 3]
    dead = [(link, page) for link, page in dead if ask(link).status not in (200, 307, 308)]
    assert dead == []
