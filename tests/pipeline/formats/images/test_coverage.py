"""What is thin stays as much of a picture with holes as before, however small the picture becomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import opengl_basisu
import pytest
from PIL import Image

from carreau.base.model import ByteArray
from carreau.formats.images.coverage import coverage_scale, covered_share, encode_cut_basis, shrink
from carreau.formats.images.image import Codec, encode_basis, ktx_image
from tests.pipeline.lattices import STEEL, lattice

NEAR = 0.08
"""Difference of two shares of few texels."""


def boxed(picture: ByteArray, size: tuple[int, int]) -> ByteArray:
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


@pytest.mark.parametrize("edge", [64, 32, 16, 8])
@pytest.mark.parametrize(("pitch", "bar"), [(19, 3), (13, 2), (21, 4)])
def test_a_smaller_picture_has_as_many_bars(pitch: int, bar: int, edge: int) -> None:
    picture = lattice(pitch=pitch, bar=bar)
    whole = covered_share(picture)
    assert 0.28 < whole < 0.35
    assert covered_share(shrink(picture, (edge, edge))) == pytest.approx(whole, abs=NEAR)
    if edge == 8:
        assert covered_share(boxed(picture, (edge, edge))) == 0


def test_equal_opacities_stay_together_on_the_nearer_side() -> None:
    opacity = np.array([0.1] * 5 + [0.3] * 4 + [0.4], np.float32)
    for share, count in ((0.1, 1), (0.2, 1), (0.4, 5), (0.5, 5)):
        assert np.count_nonzero(opacity * coverage_scale(opacity, share) >= 0.5) == count


def test_opaque_and_empty_pictures_stay_so() -> None:
    for alpha in (0, 255):
        picture = np.full((16, 16, 4), alpha, np.uint8)
        assert (shrink(picture, (4, 4))[..., 3] == alpha).all()
    assert coverage_scale(np.zeros(0, np.float32), 0.5) == 1


def levels(data: bytes) -> list[ByteArray]:
    """Return all levels of a KTX2, (h, w, 4) each, the largest first."""
    opened = opengl_basisu.open(data)
    count = int.from_bytes(data[40:44], "little")
    return [
        np.asarray(opened.transcode(opengl_basisu.Target.RGBA8, level=level).data, np.uint8) for level in range(count)
    ]


def test_every_mipmap_has_as_many_bars_as_the_largest(encoder: Path) -> None:
    picture = lattice(pitch=19, bar=3)
    chain = levels(encode_cut_basis(picture))
    assert [each.shape[0] for each in chain] == [128, 64, 32, 16, 8, 4, 2, 1]
    assert [each.shape[1] for each in chain] == [128, 64, 32, 16, 8, 4, 2, 1]
    whole = covered_share(picture)
    shares = [covered_share(each) for each in chain[:5]]
    assert shares == pytest.approx([whole] * 5, abs=NEAR)
    means = [covered_share(each) for each in levels(encode_basis(picture, Codec.UASTC))[:5]]
    assert means[4] == 0


def test_the_largest_is_the_picture_and_any_size_has_a_chain(encoder: Path) -> None:
    picture = lattice(52)[:20]
    data = encode_cut_basis(picture)
    back = ktx_image(data)
    assert back.shape == (20, 52, 4)
    assert np.abs(back[..., 3].astype(int) - picture[..., 3]).mean() < 3
    is_bar = picture[..., 3] == 255
    assert np.abs(back[is_bar][:, :3].astype(int) - STEEL).mean() < 6
    assert [each.shape[:2] for each in levels(data)] == [(20, 52), (10, 26), (5, 13), (2, 6), (1, 3), (1, 1)]


def test_the_same_bytes_twice(encoder: Path) -> None:
    assert encode_cut_basis(lattice(32)) == encode_cut_basis(lattice(32))
