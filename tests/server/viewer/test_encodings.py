"""A browser takes the encoding of a level that its memory carries, and the visitor still chooses between three."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import EncodedImage, LevelMesh
from carreau.base.schema.site import Site
from carreau.formats.images.image import Codec, encode_basis
from carreau.models.stages.pack import GltfPackOptions, pack
from server.viewer.tools.static_files import FILES, MODULES
from server.viewer.tools.transcoder import without_eval
from tests.browser import Browser, asked, until
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.made import level as made_level
from tests.pipeline.site.pages.serving import served
from tests.real_input import press
from tests.server.viewer.conftest import Answers, told
from tests.server.viewer.test_in_a_browser import HIT, ROOT, VIEWER, shown, use

pytestmark = pytest.mark.browser

GPU_BYTES = {"preview": 1_400_000, "phone": 22_000_000, "desktop-ktx2": 10_000_000, "desktop": 60_000_000}
MEMORY = (
    "Object.defineProperty(navigator, 'deviceMemory', { value: %d });"
    "Object.defineProperty(navigator, 'connection', { value: { downlink: 10, effectiveType: '4g', saveData: false } });"
)
"""A device with so much memory, in GiB, on a line that is good enough for the most detailed level."""

LOADS = f"""window.loads = [];
{VIEWER}.addEventListener('carreau-load', ({{ detail }}) => window.loads.push([detail.state, detail.level])); 0"""
CHOICES = f"[...{ROOT}.querySelectorAll('.panel input[name=level]')].map((each) => [each.value, each.checked])"


def quad(image: EncodedImage) -> bytes:
    """Return a square with a picture, compressed as levels are."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    normals = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return pack(LevelMesh(corners, normals, faces, corners[:, :2].copy()), {"base": image}, GltfPackOptions())


@pytest.fixture(scope="module")
def address(site_answers: Answers, viewer_modules: Path, encoder: Path) -> Iterator[str]:
    """The site with two states in real WebP and KTX2, and what transcodes the latter."""
    ramp = np.arange(64, dtype=np.uint8) * 4
    pixels = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(90)), axis=2)
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP")
    light = quad(EncodedImage(stream.getvalue(), "image/webp"))
    small = quad(EncodedImage(encode_basis(pixels, Codec.UASTC), "image/ktx2"))
    files = {name: small if name == "desktop-ktx2" else light for name in GPU_BYTES}
    site = told("fr")
    for state in site["states"]:
        state["levels"] = [
            made_level(name) | {"bytes": len(files[name]), "gpu_bytes": taken} for name, taken in GPU_BYTES.items()
        ]
    own: Answers = {
        f"/v1/sites/{RICH}": (Site.model_validate(site).model_dump_json(exclude_none=True).encode(), "json")
    }
    own |= {f"/a/{name}.glb": (content, "glb") for name, content in files.items()}
    script, wasm = (f"basis/basis_transcoder.{ext}" for ext in ("js", "wasm"))
    own[f"/viewer/{script}"] = (without_eval((MODULES / FILES[script]).read_text(encoding="utf-8")).encode(), "js")
    own[f"/viewer/{wasm}"] = ((MODULES / FILES[wasm]).read_bytes(), "wasm")
    with served(site_answers | own, viewer_modules) as at:
        yield at


@pytest.mark.parametrize(("gib", "finest"), [(8, "desktop"), (4, "desktop"), (2, "desktop-ktx2")])
def test_the_memory_of_the_device_decides(browser: Browser, address: str, gib: int, finest: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{RICH}", MEMORY % gib)
    until(browser, session, f"{VIEWER}.level == '{finest}'")
    until(browser, session, HIT)
    asked_for = {url.rpartition("/")[2] for url in browser.asked if url.endswith(".glb")}
    assert {f"{name}.glb" for name in ("desktop", "desktop-ktx2")} & asked_for == {f"{finest}.glb"}
    assert asked(browser, session, "window.wrong") is None


def test_visitors_choose_between_three_levels_whatever_their_encoding(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{RICH}", MEMORY % 2)
    until(browser, session, f"{VIEWER}.level == 'desktop-ktx2'")
    use(browser, session, "[data-tool=view]")
    until(browser, session, f"{CHOICES}.length")
    assert asked(browser, session, CHOICES) == [["preview", False], ["phone", False], ["desktop", True]]
    for level, encoding in (("phone", "phone"), ("desktop", "desktop-ktx2")):
        press(browser, session, f"{ROOT}.querySelector('.panel input[value={level}]')")
        until(browser, session, f"{VIEWER}.level == '{encoding}'")
    asked(browser, session, f"{VIEWER}.show('preview').then(() => {VIEWER}.show('desktop')); 0")
    until(browser, session, f"{VIEWER}.level == 'desktop-ktx2'")


def test_of_two_states_the_second_takes_the_encoding_with_less_memory(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{RICH}", MEMORY % 8)
    until(browser, session, f"{VIEWER}.level == 'desktop'")
    asked(browser, session, LOADS)
    asked(browser, session, f"{VIEWER}.compare('1930', 'side'); 0")
    until(browser, session, "window.loads.some(([state, level]) => state == '1930' && level == 'desktop-ktx2')")
    assert asked(browser, session, f"{VIEWER}.level") == "desktop"
    assert asked(browser, session, "window.wrong") is None


def test_what_a_visitor_chooses_beside_another_state_takes_less_memory(browser: Browser, address: str) -> None:
    session = shown(browser, f"{address}/fr/sites/{RICH}", MEMORY % 8)
    until(browser, session, f"{VIEWER}.level == 'desktop'")
    asked(browser, session, LOADS)
    asked(browser, session, f"{VIEWER}.compare('1930', 'side'); 0")
    until(browser, session, "window.loads.some(([state]) => state == '1930')")
    use(browser, session, "[data-tool=view]")
    until(browser, session, f"{CHOICES}.length")
    for level, encoding in (("phone", "phone"), ("desktop", "desktop-ktx2")):
        press(browser, session, f"{ROOT}.querySelector('.panel input[value={level}]')")
        until(browser, session, f"{VIEWER}.level == '{encoding}'")
