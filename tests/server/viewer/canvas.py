"""Pictures of the canvas that a model is drawn on."""

from __future__ import annotations

import base64
import time
from io import BytesIO

from PIL import Image

from tests.browser import Browser, asked, until
from tests.server.viewer.test_in_a_browser import ROOT

MODEL = f"{ROOT}.querySelector('model-viewer')"


def seen(browser: Browser, session: str) -> bytes:
    """Return what the model's canvas shows, as PNG."""
    # A slow machine is drawn to in coarser pixels, unless it is told not to, which the next frames heed.
    asked(browser, session, "customElements.get('model-viewer').minimumRenderScale = 1")
    ended = time.monotonic() + 30
    while True:
        content = _taken(browser, session)
        with Image.open(BytesIO(content)) as image:
            if image.width > asked(browser, session, f"{MODEL}.clientWidth * devicePixelRatio") - 2:
                return content
        assert time.monotonic() < ended, f"{image.width} pixels wide"


def _taken(browser: Browser, session: str) -> bytes:
    take = "blob => { const reader = new FileReader(); reader.onload = () => (window.taken = reader.result);"
    blob = f"{MODEL}.toBlob().then({take} reader.readAsDataURL(blob); }})"
    asked(browser, session, f"window.taken = ''; requestAnimationFrame(() => requestAnimationFrame(() => {blob})); 0")
    taken: str = until(browser, session, "window.taken")
    return base64.b64decode(taken.partition(",")[2])
