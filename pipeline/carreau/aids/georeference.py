"""Georeference a scan: fit it to its control points, say how well it fits, and write it with north up."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from carreau.aids.control_points import FITS, ControlPoints, Fit, FloatArray, Residuals, read_control_points, residuals
from carreau.base.errors import FormatError, OptionError
from carreau.base.files import write_whole
from carreau.base.messages import Message, Number, message

LARGEST_PIXELS = 120_000_000
LARGEST_EDGE = 4096
"""Of the picture that is written, in pixels."""
_METRES_A_DEGREE = 6_371_008.8 * math.pi / 180
_ROWS = 256
"""Rows that are computed at a time."""
_KINDS = ("PNG", "JPEG", "WEBP", "TIFF")


@dataclass(frozen=True)
class GeoreferenceOptions:
    """What to georeference.

    scan : picture of the old map; points : CSV with x, y, lon, lat and name
    out : the picture to write, NAME.webp; its record is NAME.json, the residuals NAME-residuals.png
    method : a name of `FITS`
    source, licence, credit : of the scan, for the record
    """

    scan: Path
    points: Path
    out: Path
    method: str
    source: str
    licence: str
    credit: str


@dataclass(frozen=True)
class GeoreferenceResult:
    """How well a scan fits.

    bounds : west, south, east and north of the picture, degrees
    """

    options: GeoreferenceOptions
    points: ControlPoints
    residuals: Residuals
    bounds: tuple[float, float, float, float]
    size: tuple[int, int]

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program; it is the record beside the picture too."""
        options, errors = self.options, self.residuals
        return {
            "picture": options.out.name,
            "bounds": [round(each, 7) for each in self.bounds],
            "width": self.size[0],
            "height": self.size[1],
            "method": options.method,
            "scan": options.scan.name,
            "sha256": hashlib.sha256(options.scan.read_bytes()).hexdigest(),
            "source": options.source,
            "licence": options.licence,
            "credit": options.credit,
            "rms_m": round(errors.rms, 3),
            "outlier": self.points.names[errors.outlier] if errors.outlier is not None else "",
            "points": [
                {"name": name, "x": x, "y": y, "lon": lon, "lat": lat, "residual_m": round(float(length), 3)}
                for name, (x, y), (lon, lat), length in zip(
                    self.points.names, self.points.pixels.tolist(), self.points.places.tolist(), errors.lengths,
                    strict=True,
                )
            ],
        }  # fmt: skip

    def lines(self) -> list[Message]:
        """Return it for a person: each point, the whole, and what was written."""
        lines = [
            message("  %(name)s: %(metres)s m", name=name, metres=Number(float(length), ",.1f"))
            for name, length in zip(self.points.names, self.residuals.lengths, strict=True)
        ]
        lines += [
            message("RMS %(metres)s m (%(method)s)", metres=Number(self.residuals.rms, ",.1f"), method=self.method)
        ]
        if self.residuals.outlier is not None:
            name = self.points.names[self.residuals.outlier]
            lines += [message("%(name)s does not fit the other points: look at it again", name=name)]
        return [*lines, message("wrote %(file)s", file=str(self.options.out))]

    @property
    def method(self) -> str:
        """Return the name of the fit."""
        return self.options.method


def georeference(options: GeoreferenceOptions) -> GeoreferenceResult:
    """Fit a scan and write picture, record and residuals; raises FormatError, OptionError or StorageError."""
    if options.out.suffix.lower() != ".webp":
        raise OptionError(message("--out %(file)s: write NAME.webp", file=str(options.out)))
    scan = _open_scan(options.scan)
    points = read_control_points(options.points, scan.size)
    middle, shrink = _plane(points)
    metres = (points.places - middle) * [shrink * _METRES_A_DEGREE, _METRES_A_DEGREE]
    forward = FITS[options.method](points.pixels, metres)
    errors = residuals(options.method, points.pixels, metres)
    # The whole border decides where the picture lies: a fit may bend its sides.
    border = forward(_border(scan.size))
    _check_extent(options, border, metres)
    size, box = _frame(border, scan.size)
    # The other way round it is a fit of its own: neither a projective function nor a spline that was fitted to pixels
    # is the exact inverse, but both meet the points as well.
    picture = _warp(scan, FITS[options.method](metres, points.pixels), size, box)
    west, south, east, north = (np.array(box) / [shrink, 1, shrink, 1] / _METRES_A_DEGREE).tolist()
    bounds = (west + middle[0], south + middle[1], east + middle[0], north + middle[1])
    result = GeoreferenceResult(options, points, errors, bounds, size)
    write_whole(options.out, _encode(picture, "WEBP", quality=85))
    record = json.dumps(result.as_json(), ensure_ascii=False, indent=2) + "\n"
    write_whole(options.out.with_suffix(".json"), record.encode())
    drawn = residual_picture(scan, points, errors, forward)
    write_whole(options.out.with_name(f"{options.out.stem}-residuals.png"), _encode(drawn, "PNG"))
    return result


def _open_scan(path: Path) -> Image.Image:
    """Return a scan as RGB; raises FormatError for what is no picture, or too large a one."""
    cure = message("save it as PNG, JPEG, WebP or TIFF")
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path, formats=_KINDS) as picture:
            if picture.width * picture.height > LARGEST_PIXELS:
                cause = message(
                    "it has %(count)s million pixels; the limit is %(limit)s",
                    count=picture.width * picture.height // 10**6, limit=LARGEST_PIXELS // 10**6,
                )  # fmt: skip
                raise FormatError(path, "", cause, message("scale it down, and read the points on the smaller one"))
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise FormatError(path, "", message("it is not a picture that can be read"), cure) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _plane(points: ControlPoints) -> tuple[FloatArray, float]:
    """Return the middle of the points, and the share of a degree of longitude in one of latitude there."""
    middle = (points.places.min(axis=0) + points.places.max(axis=0)) / 2
    return middle, math.cos(math.radians(float(middle[1])))


def _border(size: tuple[int, int]) -> FloatArray:
    """Return points along the edges of a scan."""
    width, height = size
    along = np.linspace(0.0, 1.0, 65)
    return np.concatenate(
        [np.stack([along * width, np.full_like(along, y)], axis=1) for y in (0.0, float(height))]
        + [np.stack([np.full_like(along, x), along * height], axis=1) for x in (0.0, float(width))]
    )


def _check_extent(options: GeoreferenceOptions, border: FloatArray, metres: FloatArray) -> None:
    """Refuse a fit that folds the scan, or throws its border far away: the points are wrong, or all in one corner."""
    reach = np.ptp(metres, axis=0).max()
    if not np.isfinite(border).all() or np.abs(border - metres.mean(axis=0)).max() > 30 * reach:
        cause = message("by these points the edges of the scan would lie far away")
        cure = message("spread the points over the whole scan, or choose --method affine")
        raise FormatError(options.points, "", cause, cure)


def _frame(border: FloatArray, scan: tuple[int, int]) -> tuple[tuple[int, int], tuple[float, float, float, float]]:
    """Return width and height of the picture in pixels, and its sides in metres; as sharp as the scan up to a limit."""
    (west, south), (east, north) = border.min(axis=0), border.max(axis=0)
    width_m, height_m = max(east - west, 1.0), max(north - south, 1.0)
    edge = min(LARGEST_EDGE, round(math.hypot(*scan)))
    scale = edge / max(width_m, height_m)
    size = max(1, round(width_m * scale)), max(1, round(height_m * scale))
    return size, (float(west), float(south), float(east), float(north))


def _warp(scan: Image.Image, back: Fit, size: tuple[int, int], box: tuple[float, float, float, float]) -> Image.Image:
    """Return the scan with north up, transparent beside it; back : takes metres to pixels."""
    texels = np.asarray(scan, np.float32)
    west, south, east, north = box
    north_up = np.zeros((size[1], size[0], 4), np.uint8)
    x = west + (np.arange(size[0]) + 0.5) / size[0] * (east - west)
    for top in range(0, size[1], _ROWS):
        rows = np.arange(top, min(top + _ROWS, size[1]))
        y = north - (rows + 0.5) / size[1] * (north - south)
        grid = np.stack(np.meshgrid(x, y), axis=2).reshape(-1, 2)
        north_up[rows] = _sample(texels, back(grid)).reshape(len(rows), size[0], 4)
    return Image.fromarray(north_up, "RGBA")


def _sample(texels: Any, at: FloatArray) -> Any:
    """Return (n, 4) uint8 colours at positions of a picture, interpolated bilinearly; transparent outside it."""
    height, width = texels.shape[:2]
    inside = (at[:, 0] >= 0) & (at[:, 1] >= 0) & (at[:, 0] <= width) & (at[:, 1] <= height)
    x, y = np.clip(at[:, 0] - 0.5, 0, width - 1), np.clip(at[:, 1] - 0.5, 0, height - 1)
    x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    share_x, share_y = (x - left)[:, None].astype(np.float32), (y - top)[:, None].astype(np.float32)
    upper = texels[top, left] * (1 - share_x) + texels[top, right] * share_x
    lower = texels[bottom, left] * (1 - share_x) + texels[bottom, right] * share_x
    colors = np.rint(upper * (1 - share_y) + lower * share_y)
    return np.concatenate([colors, np.where(inside, 255, 0)[:, None]], axis=1).astype(np.uint8)


def _encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


_EDGE = 1600
_LONGEST_PX = 90
"""Of the arrows: the longest residual; all others are in proportion, and not to the scale of the scan."""


def residual_picture(scan: Image.Image, points: ControlPoints, errors: Residuals, forward: Fit) -> Image.Image:
    """Return a pale scan with its points and arrows.

    forward : takes pixels to metres east and north, by which the arrows are turned as the scan is
    """
    scale = min(1.0, _EDGE / max(scan.size))
    size = max(1, round(scan.width * scale)), max(1, round(scan.height * scale))
    pale = Image.blend(scan.resize(size), Image.new("RGB", size, "white"), 0.45)
    draw = ImageDraw.Draw(pale)
    longest = max(float(errors.lengths.max()), 1e-9)
    for at, (x, y) in enumerate(points.pixels * scale):
        along = _on_scan(points.pixels[at], errors.vectors[at], forward) * (_LONGEST_PX * errors.lengths[at] / longest)
        color = "#c02020" if at == errors.outlier else "#103c78"
        draw.line((x, y, x + along[0], y + along[1]), fill=color, width=4)
        draw.ellipse((x - 6, y - 6, x + 6, y + 6), outline=color, width=3)
        words = f"{points.names[at]}  {errors.lengths[at]:.1f} m"
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
