"""Let a browser choose among the sizes and forms of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.manifest.files import Picture
from pipeline.manifest.medium import Medium, Variant
from pipeline.pages.links import safe

_READ_BY_ALL = ("image/jpeg", "image/png", "image/webp")
_GOOD_WIDTH = 1280


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


def _set(variants: Sequence[Variant]) -> str:
    by_width = sorted(variants, key=lambda each: each.width or 0)
    return ", ".join(f"{each.url} {each.width}w" for each in by_width)


def srcset(pictures: Sequence[Picture]) -> Markup:
    """Return the attributes that let a browser choose among the sizes of a poster; nothing where there is one."""
    found = [each for each in pictures if safe(each.url) and "," not in each.url]
    if len(found) < 2:
        return Markup("")
    sizes = ", ".join(f"{each.url} {each.width}w" for each in sorted(found, key=lambda each: each.width))
    return Markup(' srcset="{}" sizes="(min-width: 60rem) 36rem, 100vw"').format(sizes)
