"""Draw the emblems as pictures for link previews; `python -m tests.pipeline.site.pages.share_emblems` writes the files.

Programs that show a preview of a link, such as messengers, show no SVG.
"""

from __future__ import annotations

import base64
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from carreau.site.pages.addresses import SHARE_SIZE, SHARES
from carreau.site.pages.rendering import emblem, emblem_names, skyline
from tests.browser import Browser, loaded, opened

_COAL, _BONE, _RUST = "#1f2225", "#f4f1ea", "#c26a4a"
_NOT_SHARED = {"bus", "car"}
"""Ways to get there; no place or route is of that kind."""
_COLOURS = 32
"""Of the palette: the drawings have three tones, and their edges."""


def page(name: str) -> str:
    """Return the picture as a page of that size."""
    width, height = SHARE_SIZE
    return f"""<!doctype html><meta charset="utf-8"><style>
* {{ margin: 0; }}
body {{ position: relative; width: {width}px; height: {height}px; overflow: hidden; background: {_COAL}; }}
.ground svg {{ position: absolute; left: 0; bottom: 0; width: 100%; height: auto; color: {_RUST}; opacity: .35; }}
.kind svg {{ position: absolute; left: 380px; bottom: 90px; width: 440px; height: 440px; color: {_BONE}; }}
</style><div class="ground">{skyline()}</div><div class="kind">{emblem(name)}</div>"""


def main() -> None:
    """Write a PNG for each emblem."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise SystemExit("chromium is not installed")
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(program, Path(folder) / "profile")
        for name in sorted(emblem_names() - _NOT_SHARED):
            path = Path(folder) / f"{name}.html"
            path.write_text(page(name), "utf-8")
            session = opened(browser, path.as_uri(), SHARE_SIZE[0])
            size = {"width": SHARE_SIZE[0], "height": SHARE_SIZE[1], "deviceScaleFactor": 1, "mobile": False}
            browser.call("Emulation.setDeviceMetricsOverride", session, **size)
            loaded(browser, session)
            shot = base64.b64decode(browser.call("Page.captureScreenshot", session, format="png")["data"])
            image = Image.open(io.BytesIO(shot)).convert("RGB")
            small = image.quantize(_COLOURS, dither=Image.Dither.NONE)
            small.save(SHARES / f"{name}.png", "PNG", optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
