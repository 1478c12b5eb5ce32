"""Look at scans less closely than a build does: what is told of tiny ones is told as well, in a fifth of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from carreau.geometry.render import image_metrics
from carreau.models.stages import encode, poster
from carreau.models.stages.ar_pair import ComparePairOptions, compare_ar_pair
from carreau.models.stages.measure import MeasureOptions, compare, measure, sight, sight_points
from carreau.models.stages.pictures import PictureOptions, show_level, show_scan

MEASURED = MeasureOptions(views=4, size_px=192, samples=5_000, lit_views=3, lit_px=192)
AGREED = ComparePairOptions(views=4, size_px=384)
SHOWN = PictureOptions(longest_px=120)
POSTER_PX = 300


@contextmanager
def quick_pictures(**poster_options: Any) -> Iterator[None]:
    """Make the pictures of a build small, and let the two files of a pair be looked at from four sides.

    What models are, and how far from their scan, comes out as ever. No key in a cache knows of it: a cache is not to be
    shared with builds that look closely.
    """
    with pytest.MonkeyPatch.context() as patch:
        _default(patch, SHOWN, show_scan, show_level)
        _default(patch, AGREED, compare_ar_pair)
        patch.setattr(poster, "PosterOptions", partial(poster.PosterOptions, **poster_options))
        yield


@contextmanager
def quick_looks() -> Iterator[None]:
    """Let a build be quick where it measures and judges too, for scans whose likeness is no question."""
    with quick_pictures(longest_px=POSTER_PX), pytest.MonkeyPatch.context() as patch:
        _default(patch, MEASURED, compare, measure, sight, sight_points)
        patch.setattr(image_metrics, "SIZE_PX", MEASURED.size_px)
        yield


@contextmanager
def quick_compression() -> Iterator[None]:
    """Compress every file as very large ones are: a few hundredths larger, in a tenth of the time.

    For tests that do not ask how few bytes a level takes.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "LARGE", -1)
        patch.setattr(encode, "SMALL", -1)
        yield


def _default(patch: pytest.MonkeyPatch, options: object, *functions: Any) -> None:
    """Give functions these options where nobody gives them others."""
    for function in functions:
        defaults = function.__defaults__ or ()
        quick = tuple(options if isinstance(each, type(options)) else each for each in defaults)
        patch.setattr(function, "__defaults__", quick)
