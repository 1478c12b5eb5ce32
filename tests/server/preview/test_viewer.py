"""A browser shows what the pipeline packs, and asks no other host for anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import EncodedImage, LevelMesh
from carreau.formats.images.image import Codec, encode_basis
from carreau.models.stages.pack import GltfPackOptions, pack
from tests.browser import Browser, asked, opened

PROJECT = Path(__file__).parents[3]
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
    command = [sys.executable, "-u", "-m", "carreau_server", str(folder), "--port", "18600"]
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
    return pack(LevelMesh(corners, normals, faces, corners[:, :2].copy()), {"base": image}, GltfPackOptions())


def pixels() -> Image.Image:
    ramp = np.arange(64, dtype=np.uint8) * 4
    return Image.fromarray(np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(90)), axis=2))


def webp() -> EncodedImage:
    stream = BytesIO()
    pixels().save(stream, "WEBP")
    return EncodedImage(stream.getvalue(), "image/webp")


def ktx2(codec: Codec) -> EncodedImage:
    return EncodedImage(encode_basis(np.asarray(pixels()), codec), "image/ktx2")


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
    style = "getComputedStyle(document.querySelector('model-viewer').shadowRoot.querySelector('.container')).position"
    assert asked(browser, session, style) == "relative"  # its style is let in, by its digest


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_is_wider_than_its_screen(browser: Browser, address: str, width: int) -> None:
    for page in ("", "models/quad"):
        session = opened(browser, f"{address}{page}", width)
        ended = time.monotonic() + 60
        while not asked(browser, session, "location.protocol == 'http:' && document.readyState == 'complete'"):
            assert time.monotonic() < ended
            time.sleep(0.2)
        assert asked(browser, session, "document.documentElement.scrollWidth") <= width
