"""Draw the icons of the app as PNG; `python -m tests.pipeline.site.pages.app_icons` writes the files."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from carreau.site.pages.addresses import ICON_SIDES, TOUCH_SIDE, icon_file

_COAL, _BRICK, _BONE = "#1f2225", "#a8452d", "#f4f1ea"
_UNITS = 32
"""Side of the drawing, as in `pipeline/carreau/site/pages/assets/icon.svg`, which this follows."""
_LINES: tuple[tuple[tuple[float, float], ...], ...] = (
    ((14, 26), (14, 9), (20, 9), (26, 26)),
    ((14, 16), (22.5, 16)),
    ((14, 21), (24.5, 21)),
    ((12, 9), (4, 26)),
)
_STROKE, _WHEEL, _GROUND, _CORNER = 2.0, (14.0, 8.0, 4.0), 26.0, 6.0
_FINER = 4
"""Times finer it is drawn than it is shown, for smooth edges."""
_SAFE = 0.66
"""Of the drawing, where a phone may cut to a circle of 80 % of the side (W3C Web Application Manifest, maskable)."""


def drawn() -> Iterator[tuple[Path, bytes]]:
    """Yield every icon with the file it belongs into; drawing takes longer than publishing one text may."""
    yield icon_file(TOUCH_SIDE, "touch"), icon_png(TOUCH_SIDE, is_square=True)
    for side in ICON_SIDES:
        yield icon_file(side, "any"), icon_png(side)
        yield icon_file(side, "maskable"), icon_png(side, is_maskable=True)


def icon_png(side: int, *, is_maskable: bool = False, is_square: bool = False) -> bytes:
    """Return the icon as PNG.

    side : pixels
    is_maskable : whether a phone cuts it to a shape of its own
    is_square : whether corners are left to the phone
    """
    scale = side * _FINER / _UNITS
    image = Image.new("RGBA", (side * _FINER, side * _FINER), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    inner = _SAFE if is_maskable else 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        middle = _UNITS / 2
        return ((x - middle) * inner + middle) * scale, ((y - middle) * inner + middle) * scale

    ground = at(0, _GROUND)[1]
    draw.rectangle((0, 0, *image.size), fill=_COAL)
    draw.rectangle((0, ground, *image.size), fill=_BRICK)
    width = _STROKE * inner * scale
    for line in _LINES:
        places = [at(*each) for each in line]
        draw.line(places, fill=_BONE, width=round(width))
        for x, y in places[1:-1]:
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=_BONE)
    x, y, radius = (*at(*_WHEEL[:2]), (_WHEEL[2] + _STROKE / 2) * inner * scale)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_BONE, width=round(width))
    if not is_maskable and not is_square:
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *image.size), _CORNER * scale, fill=255)
        image.putalpha(mask)
    made = BytesIO()
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    (small if not (is_maskable or is_square) else small.convert("RGB")).save(made, "PNG", optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    for path, content in drawn():
        path.write_bytes(content)
