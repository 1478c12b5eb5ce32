"""A browser shows what the pipeline packs, and asks no other host for anything."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.formats.basis import Codec, encode_basis
from pipeline.model import EncodedImage, LevelMesh
from pipeline.stages.pack import PackOptions, pack

PROJECT = Path(__file__).parents[2]
FLAGS = (
    *("--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--remote-debugging-pipe"),
)

LEVELS = ("phone", "desktop", "small")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, encoder: Path, viewer_modules: Path) -> Iterator[str]:
    """Serve a model with WebP and KTX2 levels, all meshopt-compressed, and return the server's address."""
    folder = tmp_path_factory.mktemp("models") / "quad"
    folder.mkdir()
    (folder / "phone.glb").write_bytes(quad(webp()))
    (folder / "desktop.glb").write_bytes(quad(ktx2(Codec.UASTC)))
    (folder / "small.glb").write_bytes(quad(ktx2(Codec.ETC1S)))
    levels = [{"name": name, "file": f"{name}.glb"} for name in LEVELS]
    (folder / "report.json").write_text(json.dumps({"name": "Quad", "levels": levels}))
    command = [sys.executable, "-u", "-m", "server", str(folder), "--port", "18600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0]
        process.terminate()


def quad(image: EncodedImage) -> bytes:
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return pack(LevelMesh(corners, normals, faces, corners[:, :2].copy()), {"base": image}, PackOptions())


def pixels() -> Image.Image:
    ramp = np.arange(64, dtype=np.uint8) * 4
    return Image.fromarray(np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(90)), axis=2))


def webp() -> EncodedImage:
    stream = BytesIO()
    pixels().save(stream, "WEBP")
    return EncodedImage(stream.getvalue(), "image/webp")


def ktx2(codec: Codec) -> EncodedImage:
    return EncodedImage(encode_basis(np.asarray(pixels()), codec), "image/ktx2")


class Browser:
    """Chromium, spoken to in its DevTools protocol over two pipes: messages of JSON, each ended by a zero byte."""

    def __init__(self, program: str, profile: Path) -> None:
        ours_in, self._write = os.pipe()
        self._read, ours_out = os.pipe()
        # Chromium reads from descriptor 3 and writes to 4.
        shell = f'exec "$@" 3<&{ours_in} 4>&{ours_out}'
        command = ["bash", "-c", shell, "chromium", program, *FLAGS, f"--user-data-dir={profile}"]
        null = subprocess.DEVNULL
        self._process = subprocess.Popen(command, pass_fds=(ours_in, ours_out), stdout=null, stderr=null)
        os.close(ours_in)
        os.close(ours_out)
        self._rest, self._sent = b"", 0
        self.asked: set[str] = set()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, session: str = "", **values: object) -> dict[str, Any]:
        """Ask for something and return the answer; requests of the page heard meanwhile are noted."""
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": values} | ({"sessionId": session} if session else {})
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._message()
            if heard.get("method") == "Network.requestWillBeSent":
                self.asked.add(heard["params"]["request"]["url"])
            if heard.get("id") == self._sent:
                assert "error" not in heard, heard
                result: dict[str, Any] = heard["result"]
                return result

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._read], [], [], 60)[0], "the browser is silent"
            more = os.read(self._read, 1 << 16)
            assert more, "the browser ended"
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        return message


@pytest.fixture
def browser(chromium: str, tmp_path: Path) -> Iterator[Browser]:
    made = Browser(chromium, tmp_path / "profile")
    yield made
    made.close()


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_is_shown_from_our_own_origin_alone(browser: Browser, address: str, level: str) -> None:
    session = opened(browser, f"{address}models/quad#{level}.glb")
    state: dict[str, str] = {}
    ended = time.monotonic() + 120
    while not state.get("failed") and not state.get("loaded", "").endswith(f"{level}.glb"):
        assert time.monotonic() < ended, state
        time.sleep(0.2)
        state = asked(browser, session, "({...document.documentElement.dataset})") or {}
    assert "failed" not in state
    assert f"{address}files/quad/{level}.glb" in browser.asked
    assert {url for url in browser.asked if not url.startswith((address, "blob:", "data:"))} == set()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_screen(browser: Browser, address: str, width: int) -> None:
    for page in ("", "models/quad"):
        session = opened(browser, f"{address}{page}", width)
        ended = time.monotonic() + 60
        while not asked(browser, session, "location.protocol == 'http:' && document.readyState == 'complete'"):
            assert time.monotonic() < ended
            time.sleep(0.2)
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width


def opened(browser: Browser, url: str, width: int = 1280) -> str:
    """Open a page on a screen of some width, and return its session."""
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session: str = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    browser.call("Network.enable", session)
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.call("Emulation.setDeviceMetricsOverride", session, **screen)
    browser.call("Page.navigate", session, url=url)
    return session


def asked(browser: Browser, session: str, expression: str) -> Any:
    """Return what an expression is worth on a page."""
    found = browser.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
    return found["result"].get("value")
