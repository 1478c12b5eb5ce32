"""The card of a site has its picture in every published size that other people's programs can show."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from carreau.base.schema.parts import Medium, Picture, Variant
from carreau.base.schema.site import Site
from carreau.site.publish.site_document import card, thumbnails
from tests.pipeline.site.pages.made import RICH, edition


def rendition(width: int, media_type: str, height: int = 0) -> dict[str, Any]:
    ext = media_type.rpartition("/")[2]
    file = {"sha256": f"{width:064x}", "ext": ext, "media_type": media_type, "bytes": width, "url": f"/a/{width}.{ext}"}
    return {**file, "width": width, "height": height or width // 2}


def photographed(*sizes: tuple[int, str]) -> Site:
    """Return a site that has no model, and one photograph."""
    variants = tuple(Variant.model_validate(rendition(*each)) for each in sizes)
    medium = Medium(id="vue", kind="image", credit="Une équipe", licence="CC-BY-4.0", variants=variants)
    return edition().sites[RICH]["fr"].model_copy(update={"states": (), "media": (medium,)})


def test_a_photograph_is_offered_as_jpeg_in_every_size() -> None:
    kinds = ("image/avif", "image/webp", "image/jpeg")
    told = card(photographed(*((width, kind) for kind in kinds for width in (320, 640, 1280))))
    assert [(each.width, each.media_type) for each in told.pictures] == [
        (width, "image/jpeg") for width in (320, 640, 1280)
    ]
    assert told.picture is not None
    assert told.picture.width == 320


def test_a_poster_is_offered_from_the_smallest_to_the_whole() -> None:
    site = edition().sites[RICH]["fr"]
    poster = next(state.poster for state in site.states if state.poster)
    offered = card(site).pictures
    assert {each.url for each in offered} <= {each.url for each in poster}
    assert all(small.width <= large.width for small, large in pairwise(offered))
    assert len(offered) == len({(each.width, each.height) for each in poster if each.media_type != "image/avif"})


@pytest.mark.parametrize(
    ("sizes", "offered"),
    [
        ([], []),
        ([(400, "image/avif")], []),
        ([(400, "image/webp"), (200, "image/png"), (400, "image/jpeg")], [(200, "png"), (400, "jpeg")]),
    ],
)
def test_only_what_is_shown_everywhere_is_offered(sizes: list[tuple[int, str]], offered: list[tuple[int, str]]) -> None:
    pictures = [Picture.model_validate(rendition(*each)) for each in sizes]
    assert [(each.width, each.ext) for each in thumbnails(pictures)] == offered
