"""Parse the options for the location and size of a scan."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.base.options import ModelOptions
from carreau.base.text_encoding import printable

if TYPE_CHECKING:
    from carreau.formats.location.metadata import PlacementMetadata

FARTHEST = 1e12
"""Largest number that can be a coordinate."""


def numbers(option: str, text: str, counts: tuple[int, ...], example: str) -> tuple[float, ...]:
    """Return the numbers of an option's text, "722000,7030000,0".

    counts : allowed numbers of values
    Raises OptionError naming the option.
    """
    words = text.replace(";", ",").split(",")
    try:
        values = tuple(float(word) for word in words)
    except ValueError:
        values = ()
    if len(values) not in counts or not all(math.isfinite(number) and abs(number) <= FARTHEST for number in values):
        raise OptionError(
            message(
                "%(option)s: '%(text)s' does not have %(counts)s numbers; separate them with commas, as in %(example)s",
                option=option,
                text=text,
                counts=message("3, 6 or 9") if len(counts) > 1 else counts[0],
                example=example,
            )
        )
    return values


def offset(text: str | None) -> tuple[float, float, float] | None:
    """Return the values of `--offset`. Raises OptionError."""
    if text is None:
        return None
    x, y, z = numbers("--offset", text, (3,), "722000,7030000,0")
    return x, y, z


def height(text: str | None) -> float | None:
    """Return the value of `--height` in metres. Raises OptionError."""
    if text is None:
        return None
    (metres,) = numbers("--height", text, (1,), "38.5")
    if metres <= 0:
        raise OptionError(
            message("--height: %(text)s m is not a height; give the metres from the ground to the top", text=text)
        )
    return metres


def crop(text: str | None) -> tuple[float, float, float, float, float, float] | None:
    """Return the values of `--crop`. Raises OptionError."""
    if text is None:
        return None
    a, b, c, d, e, f = numbers("--crop", text, (6,), "-10,-10,-1,10,10,40")
    if not (a < d and b < e and c < f):
        raise OptionError(
            message("--crop: '%(text)s' is not a box; give the smallest x, y, z, then the largest", text=text)
        )
    return a, b, c, d, e, f


def ground(text: str | None) -> tuple[float, ...] | None:
    """Return the values of `--ground`, () for "auto". Raises OptionError."""
    if text is None or text == "auto":
        return None if text is None else ()
    values = numbers("--ground", text, (3, 6, 9), "auto, 0,0,0 or 0,0,0,0,0,1")
    if len(values) == 6 and not any(values[3:]):
        raise OptionError(message("--ground: the normal in '%(text)s' has no length; give the up direction", text=text))
    if len(values) == 9:
        from carreau.formats.location.scan_toml import are_in_line

        if are_in_line((values[:3], values[3:6], values[6:])):
            raise OptionError(
                message(
                    "--ground: the points in '%(text)s' lie on one line; give three points of the ground", text=text
                )
            )
    return values


def parse_placement(options: ModelOptions) -> tuple[PlacementMetadata, ...]:
    """Return the location and size in the options, each with the option as its source.

    Raises OptionError for an unknown coordinate system.
    """
    from carreau.formats.location.crs import CrsError, normal_crs
    from carreau.formats.location.metadata import PlacementMetadata

    sources = []
    if options.epsg:
        try:
            sources.append(PlacementMetadata("--epsg", crs=normal_crs(options.epsg)))
        except CrsError as error:
            raise OptionError(
                message(
                    "--epsg: %(reason)s; find the code of the coordinate system in the EPSG registry",
                    reason=error.args[0],
                )
            ) from error
    if options.offset is not None:
        sources.append(PlacementMetadata("--offset", offset=options.offset))
    if options.height is not None:
        sources.append(PlacementMetadata("--height", height_m=options.height))
    if options.crop is not None:
        a, b, c, d, e, f = options.crop
        sources.append(PlacementMetadata("--crop", crop=((a, b, c), (d, e, f))))
    if options.ground is not None:
        sources.append(PlacementMetadata("--ground", ground=options.ground))
    return tuple(sources)


def with_defaults(options: ModelOptions, scan: Path) -> ModelOptions:
    """Return the options with the name, source, licence, credit and `allow_loss` of `scan.toml` where they are empty.

    Raises ScanError for an invalid `scan.toml`.
    """
    from carreau.formats.location.scan_toml import notes_file, read_notes

    path = notes_file(scan.absolute())
    if path is not None:
        notes = read_notes(path)
        filled = {key: getattr(options, key) or getattr(notes, key) for key in ("name", "source", "licence", "credit")}
        options = replace(options, **filled, allow_loss=options.allow_loss or notes.allow_loss)
    return replace(options, name=options.name or printable(scan.stem))
