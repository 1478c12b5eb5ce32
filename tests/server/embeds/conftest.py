"""A bundle with real pages of a small site, its server, and a page of somebody else that embeds it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.schema.itineraries import Trail
from carreau.site.pages.addresses import own_files
from carreau.site.pages.pages import make_pages
from carreau.site.pages.site_content import Assets, SiteContent
from carreau.site.publish.static_files import start_document
from server.viewer.tools.static_files import build_library, build_viewer
from tests.browser import Browser
from tests.conftest import need
from tests.pipeline.site.pages.made import ASSETS, RICH, edition
from tests.pipeline.site.pages.made_trail import TRAIL, cards, trail
from tests.pipeline.site.pages.serving import triangle
from tests.server.asking import served
from tests.server.bundles import Making
from tests.server.viewer.conftest import told

HERE = Path(__file__).parent
TYPES = {
    "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "webp": "image/webp", "html": "text/html",
    "glb": "model/gltf-binary", "xml": "application/xml", "txt": "text/plain", "avif": "image/avif",
}  # fmt: skip


class Places(NamedTuple):
    """Where things are: ours, somebody else's page, and the same page where nobody may frame us."""

    ours: str
    host: str
    refused: str


class Hearing(Browser):
    """A browser that keeps what pages complain of."""

    def __init__(self, program: str, profile: Path) -> None:
        super().__init__(program, profile)
        self.complaints: list[str] = []

    def _message(self) -> dict[str, Any]:
        heard = super()._message()
        told = heard.get("params", {})
        if heard.get("method") == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
        if heard.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
        return heard


@pytest.fixture(scope="module")
def chrome(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearing]:
    """One browser for all that is looked at here."""
    made = Hearing(chromium, tmp_path_factory.mktemp("browser") / "profile")
    yield made
    made.close()


@pytest.fixture
def hearing(chrome: Hearing) -> Iterator[Hearing]:
    """The same with nothing complained of, and no page open that draws models while another is looked at."""
    chrome.complaints.clear()
    yield chrome
    for each in chrome.call("Target.getTargets")["targetInfos"]:
        if each["type"] == "page":
            chrome.call("Target.closeTarget", targetId=each["targetId"])


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def places(viewer_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Serve the bundle on one origin, and the page that embeds it on others."""
    need((viewer_modules / "esbuild").is_dir(), "esbuild is not installed: make setup")
    ours = f"http://localhost:{(port := free_port())}"
    folder = tmp_path_factory.mktemp("embeds")
    publish(folder, ours, viewer_modules, tmp_path_factory.mktemp("built"))
    with hosting(ours) as (host, refused):
        options = ("--port", str(port), "--base-url", ours, "--frame-ancestors", f"'self' {host}", "--no-access-log")
        with served(folder, *options) as (at, _):
            assert at == port
            yield Places(ours, host, refused)


def publish(folder: Path, ours: str, modules: Path, built: Path) -> None:
    """Make a bundle of the rich site, its levels one triangle, and of a trail."""
    making = Making(folder)

    def put(content: bytes, ext: str) -> str:
        return making.link(content, ext, TYPES[ext], ext not in ("avif", "webp")).url

    def module(source: str) -> bytes:
        build_viewer(built / "module.js", modules, source)
        return (built / "module.js").read_bytes()

    def library() -> bytes:
        build_library(built / "library.js")
        return (built / "library.js").read_bytes()

    viewer = module("src/index.ts")
    known = {field.name for field in fields(Assets)}
    own: dict[str, Any] = {name: put(*file) for name, file in own_files().items() if name in known}
    assets = replace(
        Assets(**own),
        viewer_script=put(viewer, "js"),
        embed_script=put(module("src/embed/index.ts"), "js"),
        trail_script=put(module("src/trail/index.ts"), "js"),
        model_viewer=put(library(), "js"),
        basis=ASSETS.basis,
        draco=ASSETS.draco,
    )
    making.answer("/viewer/carreau-viewer.js", "", viewer, "js", TYPES["js"])
    places = {"library": assets.model_viewer, "basis": assets.basis, "draco": assets.draco}
    for code in LANGUAGES:
        making.answer(f"/viewer/{code}.json", "", start_document(code, places, len(library())))
    files = {f"/a/{name}.glb": put(triangle(), "glb") for name in ("preview", "phone", "desktop")}
    for ending in ("webp", "avif"):
        picture = BytesIO()
        Image.new("RGB", (640, 480), "#a8452d").save(picture, ending.upper())
        names = ("poster", "small", "photo800", "photo1600", "vue800", "vue1600")
        files |= {f"/a/{name}.{ending}": put(picture.getvalue(), ending) for name in names}
    told_trail = {code: Trail.model_validate(json.loads(_led(json.dumps(trail(code)), files))) for code in LANGUAGES}
    made = replace(
        edition(sites={RICH: {code: json.loads(_led(json.dumps(told(code)), files)) for code in LANGUAGES}}),
        assets=assets,
        base_url=ours,
        trails={TRAIL: told_trail},
        trail_cards={TRAIL: cards(told_trail)},
    )
    for page in make_pages(made):
        making.answer(page.address, page.language, page.content, page.ext, TYPES[page.ext])
    _rows(making, made)
    making.finish()


def _led(text: str, files: dict[str, str]) -> str:
    for name, url in files.items():
        text = text.replace(f'"{name}"', f'"{url}"')
    return text


def _rows(making: Making, made: SiteContent) -> None:
    """Add what oEmbed and the viewer look for."""
    row = (1, RICH, "fosse", "extraction", "Denain", "59172", 3.4, 50.3, RICH, made.cards[RICH]["fr"].modified)
    making.db.execute("INSERT INTO site VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    making.db.executemany("INSERT INTO state VALUES (1, ?)", [("today",), ("1930",)])
    for code in LANGUAGES:
        card = made.cards[RICH][code].model_dump_json().encode()
        making.db.execute("INSERT INTO card VALUES (1, ?, ?, ?)", (code, card, b"{}"))
        making.answer(f"/v1/sites/{RICH}", code, made.sites[RICH][code].model_dump_json(exclude_none=True).encode())


@contextmanager
def hosting(ours: str) -> Iterator[tuple[str, str]]:
    """Serve the page of somebody else, at two names of this machine; yield both origins."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = HERE / f"{self.path.strip('/')}.html"
            content = path.read_text(encoding="utf-8") if path.is_file() and path.parent == HERE else ""
            content = content.replace("INTRUDER", f"{refused}/intruder").replace("OURS", ours)
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8" if content else "text/plain")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host, refused = (f"http://{name}:{server.server_port}" for name in ("127.0.0.1", "localhost"))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield host, refused
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
