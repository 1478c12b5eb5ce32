"""Models look as with the environment map of model-viewer, which is small here instead of drawn on each device."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image
from trimesh.visual import TextureVisuals
from trimesh.visual.material import PBRMaterial

from carreau.base.model import DoubleArray
from tests.browser import Browser, asked, opened, until
from tests.pipeline.site.pages.made import RICH
from tests.pipeline.site.pages.serving import served
from tests.server.viewer.conftest import Answers
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown

LEAST_DB = {"scan": 40.0, "metal": 31.0}
"""Of surfaces that are rough, as scans are, and of metal that reflects what is around it."""
_PAGE = b'<!doctype html><title>light</title><script type="module" src="/viewer/model-viewer.js"></script>'
LAID = """(() => {{
  const ball = document.createElement("model-viewer");
  const attributes = {{ "environment-image": "{light}", exposure: "0.9", "interaction-prompt": "none" }};
  for (const [name, value] of Object.entries(attributes)) ball.setAttribute(name, value);
  ball.style = "position: fixed; inset: 0; width: 300px; height: 300px";
  customElements.get("model-viewer").minimumRenderScale = 1;
  const drawn = () => (window.isDrawn = true);
  ball.addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  ball.src = "/{name}.glb";
  document.body.append(ball);
}})()"""
READ = """fetch({address}).then((answer) => answer.arrayBuffer()).then((content) =>
  (window.light = btoa(String.fromCharCode(...new Uint8Array(content))))); 0"""


def ball(metal: float, rough: float) -> bytes:
    """Return a ball as GLB."""
    mesh = trimesh.creation.icosphere(4)
    factors = {"metallicFactor": metal, "roughnessFactor": rough, "baseColorFactor": [200, 180, 160, 255]}
    mesh.visual = TextureVisuals(material=PBRMaterial(**factors))  # type: ignore[no-untyped-call]
    content: bytes = mesh.export(file_type="glb", include_normals=True)
    return content


def seen(browser: Browser, address: str, name: str, light: str) -> DoubleArray:
    """Return a picture of a ball in a light, (300, 300, 3) of 0..255."""
    session = opened(browser, f"{address}/", 400)
    until(browser, session, "!!customElements.get('model-viewer')")
    asked(browser, session, LAID.format(name=name, light=light))
    until(browser, session, "window.isDrawn")
    clip = {"x": 0, "y": 0, "width": 300, "height": 300, "scale": 1}
    content = base64.b64decode(browser.call("Page.captureScreenshot", session, clip=clip)["data"])
    with Image.open(BytesIO(content)) as image:
        return np.asarray(image.convert("RGB"), np.float64)


def content_of_light(browser: Browser, address: str) -> bytes:
    """Return the picture that the viewer gives to its models."""
    session = shown(browser, f"{address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    light = f"{ROOT}.querySelector('model-viewer').getAttribute('environment-image')"
    asked(browser, session, READ.format(address=light))
    return base64.b64decode(until(browser, session, "window.light"))


@pytest.mark.browser
def test_models_look_as_in_the_library_s_own_light(browser: Browser, site_address: str, viewer_modules: Path) -> None:
    light = content_of_light(browser, site_address)
    assert light.startswith(b"#?RADIANCE")
    answers: Answers = {"/": (_PAGE, "html"), "/light.hdr": (light, "wasm")}
    answers |= {"/scan.glb": (ball(0, 1), "glb"), "/metal.glb": (ball(1, 0.5), "glb")}
    with served(answers, viewer_modules) as at:
        for name, least in LEAST_DB.items():
            small, own = (seen(browser, at, name, each) for each in ("/light.hdr", "neutral"))
            assert np.ptp(own) > 60  # something is drawn
            assert 10 * np.log10(255**2 / ((small - own) ** 2).mean()) > least, name
