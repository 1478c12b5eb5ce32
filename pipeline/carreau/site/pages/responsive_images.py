"""Responsive images: `srcset` and `sizes` for the variants of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carreau.base.schema.file_links import Picture
from carreau.base.schema.medium import Medium, Variant
from carreau.site.pages.links import safe_url

_READ_BY_ALL = ("image/jpeg", "image/png", "image/webp")
_GOOD_WIDTH = 1280
_MOST_VH, _STAGE_VH = 100, 90
"""As in `styles/viewer.css` and, on the stage of a place, `styles/place.css`."""


@dataclass(frozen=True)
class ResponsiveImage:
    """A picture in several sizes and formats.

    sources : media types with their `srcset`, best first
    src, width, height : of the fallback image
    """

    sources: tuple[tuple[str, str], ...]
    src: str
    width: int
    height: int


def responsive_image(medium: Medium) -> ResponsiveImage | None:
    """Return the variants of a picture, None for a medium without any."""
    sized = [each for each in medium.variants if each.width and each.height and safe_url(each.url)]
    if not sized:
        return None
    kinds = dict.fromkeys(each.media_type for each in sized)
    sources = tuple((kind, _set([each for each in sized if each.media_type == kind])) for kind in kinds)
    fallback = next((kind for kind in _READ_BY_ALL if kind in kinds), sized[-1].media_type)
    fallback_image = min(
        (each for each in sized if each.media_type == fallback), key=lambda each: abs((each.width or 0) - _GOOD_WIDTH)
    )
    return ResponsiveImage(sources, fallback_image.url, fallback_image.width or 1, fallback_image.height or 1)


def _set(variants: Sequence[Variant | Picture]) -> str:
    by_width = sorted(variants, key=lambda each: each.width or 0)
    return ", ".join(f"{each.url} {each.width}w" for each in by_width)


def poster_sources(pictures: Sequence[Picture]) -> list[tuple[str, str]]:
    """Return media types with the `srcset` of each, best first.

    pictures : of a poster, the full size first; it comes last in each `srcset`
    """
    usable = [each for each in (*pictures[1:], *pictures[:1]) if safe_url(each.url) and "," not in each.url]
    kinds = dict.fromkeys(each.media_type for each in usable)
    return [(kind, _set([each for each in usable if each.media_type == kind])) for kind in kinds]


def poster_sizes(poster: Picture, *, is_stage: bool = False) -> str:
    """Return the `sizes` attribute of a poster: as wide as its column, within the limit of `styles/place.css`.

    is_stage : whether it has the first screen of the page of a place: two thirds of the width on a computer
    High-density screens get two fifths of the width: a model soon replaces the picture.
    """
    ratio = poster.width / poster.height
    most = _STAGE_VH if is_stage else _MOST_VH
    high, less = (f"{share * ratio:.4g}svh" for share in (most, most * 0.4))
    wide = "67vw" if is_stage else "36rem"
    return f"(min-width: 60rem) min({wide}, {high}), (min-resolution: 2dppx) min(40vw, {less}), min(100vw, {high})"
