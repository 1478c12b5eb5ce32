"""Let a browser choose among the sizes and forms of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.pages.links import safe
from pipeline.schema.files import Picture
from pipeline.schema.medium import Medium, Variant

_READ_BY_ALL = ("image/jpeg", "image/png", "image/webp")
_GOOD_WIDTH = 1280
_MOST_VH = 70
"""Of `carreau-viewer img` in `style.css`."""


@dataclass(frozen=True)
class Shown:
    """A picture.

    sources : media types with their `srcset`, best first
    src, width, height : of the one for browsers that choose none
    """

    sources: tuple[tuple[str, str], ...]
    src: str
    width: int
    height: int


def pictured(medium: Medium) -> Shown | None:
    """Return the forms of a picture, None where there is none."""
    sized = [each for each in medium.variants if each.width and each.height and safe(each.url)]
    if not sized:
        return None
    kinds = dict.fromkeys(each.media_type for each in sized)
    sources = tuple((kind, _set([each for each in sized if each.media_type == kind])) for kind in kinds)
    fallback = next((kind for kind in _READ_BY_ALL if kind in kinds), sized[-1].media_type)
    one = min(
        (each for each in sized if each.media_type == fallback), key=lambda each: abs((each.width or 0) - _GOOD_WIDTH)
    )
    return Shown(sources, one.url, one.width or 1, one.height or 1)


def _set(variants: Sequence[Variant | Picture]) -> str:
    by_width = sorted(variants, key=lambda each: each.width or 0)
    return ", ".join(f"{each.url} {each.width}w" for each in by_width)


def posters(pictures: Sequence[Picture]) -> list[tuple[str, str]]:
    """Return media types with the `srcset` of each, best first, that let a browser choose among the forms of a poster.

    The first picture is the whole one, which comes last where there are smaller ones.
    """
    found = [each for each in (*pictures[1:], *pictures[:1]) if safe(each.url) and "," not in each.url]
    kinds = dict.fromkeys(each.media_type for each in found)
    return [(kind, _set([each for each in found if each.media_type == kind])) for kind in kinds]


def poster_sizes(whole: Picture) -> str:
    """Return how wide a poster is shown, as `sizes` says it: in its column, and no higher than `style.css` lets it be.

    Where pixels are small two of five will do: a model takes the place of the picture soon.
    """
    ratio = whole.width / whole.height
    high, less = (f"{share * ratio:.4g}svh" for share in (_MOST_VH, _MOST_VH * 0.4))
    return f"(min-width: 60rem) min(36rem, {high}), (min-resolution: 2dppx) min(40vw, {less}), min(100vw, {high})"
