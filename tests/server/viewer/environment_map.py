"""Draw the environment map of models; `python -m tests.server.viewer.environment_map` writes the module of it.

It is that of model-viewer, so that models look as they do everywhere. model-viewer draws it anew, 256 pixels
a side, and three.js blurs it for every roughness with 256 samples a texel; a small one needs a hundredth of them.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from pathlib import Path

import numpy as np

from carreau.base.model import DoubleArray
from server.viewer.tools.static_files import VIEWER, build_viewer
from tests.browser import Browser, opened, until
from tests.pipeline.site.pages.serving import served

MODULE = VIEWER / "src" / "models" / "environment_map_data.ts"
WIDTH_PX, DRAWN_PX = 64, 256
STEPS_PER_OCTAVE, LEAST = 16, 2.0**-6
BLUR_RAD = 0.22
"""three.js blurs so small a map less: with this, metal of roughness 0.5 reflects the same."""
BRIGHTER = 1.28
"""So much of its light is lost on rough surfaces."""
_LINE = 120
_SOURCE = Path(__file__).with_suffix(".mjs")
_PAGE = b'<!doctype html><title>light</title><script type="module" src="/light.js"></script>'


def main() -> None:
    """Write the module."""
    with tempfile.TemporaryDirectory() as folder:
        found = reduced(drawn(Path(folder)))
    steps = np.clip(np.rint(STEPS_PER_OCTAVE * np.log2(found / LEAST)), 0, 255).astype(np.uint8)
    text = base64.b64encode(steps.tobytes()).decode()
    lines = "\n".join(f'  "{text[at : at + _LINE]}",' for at in range(0, len(text), _LINE))
    MODULE.write_text(
        "// Written by `python -m tests.server.viewer.environment_map`.\n"
        f"export const WIDTH = {WIDTH_PX};\n"
        f"export const STEPS_PER_OCTAVE = {STEPS_PER_OCTAVE};\n"
        f"export const LEAST = {LEAST};\n"
        "/** Radiance of every pixel, from the top: steps above the least one, a byte each, as Base64. */\n"
        f'export const RADIANCES = [\n{lines}\n].join("");\n',
        "utf-8",
    )


def drawn(folder: Path) -> DoubleArray:
    """Return (h, w) radiances of model-viewer's environment map, the highest row first.

    folder : for the browser
    """
    script = folder / "light.js"
    # Modules are looked for beside the source.
    beside = VIEWER / _SOURCE.name
    shutil.copyfile(_SOURCE, beside)
    try:
        build_viewer(script, source=beside.name)
    finally:
        beside.unlink()
    program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
    with served({"/light": (_PAGE, "html"), "/light.js": (script.read_bytes(), "js")}) as at:
        browser = Browser(program, folder / "profile")
        try:
            session = opened(browser, f"{at}/light")
            until(browser, session, "!!globalThis.radiances")
            asking = {"expression": f"radiances({DRAWN_PX})", "awaitPromise": True, "returnByValue": True}
            values = browser.call("Runtime.evaluate", session, **asking)["result"]["value"]
        finally:
            browser.close()
    return np.array(values, np.float64).reshape(DRAWN_PX // 2, DRAWN_PX)[::-1]


def reduced(radiances: DoubleArray) -> DoubleArray:
    """Return (WIDTH_PX / 2, WIDTH_PX) radiances, blurred and brightened."""
    rows, columns = radiances.shape
    source, area = _directions(columns)
    towards, _ = _directions(WIDTH_PX)
    weights = np.exp((towards @ source.T - 1) / BLUR_RAD**2) * area
    blurred = weights @ radiances.reshape(rows * columns) / weights.sum(axis=1)
    return np.asarray(BRIGHTER * blurred).reshape(WIDTH_PX // 2, WIDTH_PX)


def _directions(width: int) -> tuple[DoubleArray, DoubleArray]:
    """Return the direction (n, 3) and the relative area (n,) of every pixel, the highest row first."""
    rows = width // 2
    latitude = np.repeat((0.5 - (np.arange(rows) + 0.5) / rows) * np.pi, width)
    longitude = np.tile(((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi, rows)
    area = np.cos(latitude)
    return np.column_stack([area * np.cos(longitude), np.sin(latitude), area * np.sin(longitude)]), area


if __name__ == "__main__":
    main()
