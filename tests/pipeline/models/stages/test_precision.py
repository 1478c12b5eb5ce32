"""Vertices get the bits that measuring asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.base.model import LevelMesh, Skin
from carreau.formats.writers.glb import Precision
from carreau.geometry.render.image_metrics import ReferenceViews, scan_views
from carreau.models.stages.bake import BakeOptions, bake
from carreau.models.stages.clean import clean
from carreau.models.stages.encode import (
    POSITION_BITS,
    TEXCOORD_BITS,
    EncodeOptions,
    TrialCodec,
    choose_precision,
    encode_base,
    measure_rounding,
    score_quantised,
    try_encoding,
)
from carreau.models.stages.orient import orient
from carreau.models.stages.read import read
from carreau.models.stages.unwrap import ReuseUvsOptions, reuse_uvs

Ball = tuple[ReferenceViews, LevelMesh, Skin]


@pytest.fixture(scope="module")
def ball(tiny_scans: Path) -> Ball:
    scan = orient(read(tiny_scans / "globe.obj")).mesh
    mesh = clean(scan).mesh
    level = reuse_uvs(mesh, ReuseUvsOptions(10_000)).level
    assert level is not None
    return scan_views(scan), level, bake(mesh, level, BakeOptions(128))


def test_bytes_to_spare_become_bits(ball: Ball) -> None:
    noise, (trial,) = measure_rounding(*ball), try_encoding(*ball, "webp").trials
    free = choose_precision(noise, trial, 10**7, is_lossy=True)
    assert (free.position_bits, free.texcoord_bits) == (16, 16)
    assert choose_precision(noise, trial, 1, is_lossy=False) == free


@pytest.mark.parametrize("codec", ["webp", "avif"])
def test_bits_give_way_where_the_texture_needs_the_bytes(codec: TrialCodec, ball: Ball) -> None:
    (trial,) = try_encoding(*ball, codec).trials
    tight = choose_precision(measure_rounding(*ball), trial, 900, is_lossy=True)
    assert tight.position_bits + tight.texcoord_bits < 30
    assert tight.position_bits in POSITION_BITS
    assert tight.texcoord_bits in TEXCOORD_BITS


def test_fewer_bits_lose_more(ball: Ball) -> None:
    seen, level, _ = ball
    encoded = encode_base(*ball, EncodeOptions("webp", 10**6))
    scores = [score_quantised(seen, level, encoded.image, Precision(bits, 8, bits, 12)) for bits in (9, 12, 16)]
    assert scores[0] + 5 < scores[1] < scores[2] <= encoded.psnr_db
    assert scores[2] > 50
