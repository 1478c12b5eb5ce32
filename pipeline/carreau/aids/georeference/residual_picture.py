"""A picture of how well a scan fits: the scan, its control points, and how far each is from where the fit puts it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from carreau.aids.georeference.control_points import ControlPoints, FloatArray
from carreau.aids.georeference.fitting import Fit, Residuals

_EDGE = 1600
_LONGEST_PX = 90
"""Of the arrows: the longest residual; all others are in proportion, and not to the scale of the scan."""


def residual_picture(scan: Image.Image, points: ControlPoints, found: Residuals, forward: Fit) -> Image.Image:
    """Return a pale scan with its points and arrows.

    forward : takes pixels to metres east and north, by which the arrows are turned as the scan is
    """
    scale = min(1.0, _EDGE / max(scan.size))
    size = max(1, round(scan.width * scale)), max(1, round(scan.height * scale))
    pale = Image.blend(scan.resize(size), Image.new("RGB", size, "white"), 0.45)
    draw = ImageDraw.Draw(pale)
    longest = max(float(found.lengths.max()), 1e-9)
    for at, (x, y) in enumerate(points.pixels * scale):
        along = _on_scan(points.pixels[at], found.vectors[at], forward) * (_LONGEST_PX * found.lengths[at] / longest)
        color = "#c02020" if at == found.outlier else "#103c78"
        draw.line((x, y, x + along[0], y + along[1]), fill=color, width=4)
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), outline=color, width=3)
        words = f"{points.names[at]}  {found.lengths[at]:.1f} m"
        before = x > size[0] * 0.7  # on the side where there is room
        place = (x - 9 if before else x + 9, y)
        draw.text(place, words, fill=color, font_size=18, anchor="rb" if before else "lb")
    return pale


def _on_scan(pixel: FloatArray, vector: FloatArray, forward: Fit) -> FloatArray:
    """Return the direction on the scan, of length 1, in which a vector in metres points; zero for none."""
    around = pixel + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    at = forward(around)
    turned: FloatArray = np.linalg.lstsq(np.stack([at[1] - at[0], at[2] - at[0]], axis=1), vector, rcond=None)[0]
    length = float(np.hypot(*turned))
    return turned / length if length else turned
