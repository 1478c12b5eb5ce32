"""A level for AR wears JPEG, no larger than it may be and no better than shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.levels import AR, PHONE
from carreau.base.model import LevelMesh, Skin
from carreau.formats.images import image_codecs
from carreau.geometry.render.image_metrics import ReferenceViews, scan_views
from carreau.models.stages.bake import BakeOptions, bake
from carreau.models.stages.check import LevelFacts, check_budget
from carreau.models.stages.clean import clean
from carreau.models.stages.encode import DataOptions, EncodeOptions, encode_base, encode_data
from carreau.models.stages.orient import orient
from carreau.models.stages.read import read
from carreau.models.stages.unwrap import ReuseUvsOptions, reuse_uvs

Dressed = tuple[ReferenceViews, LevelMesh, Skin]


@pytest.fixture(scope="module")
def dressed(tiny_scans: Path) -> Dressed:
    scan = orient(read(tiny_scans / "globe.obj")).mesh
    mesh = clean(scan).mesh
    level = reuse_uvs(mesh, ReuseUvsOptions(10_000)).level
    assert level is not None
    return scan_views(scan), level, bake(mesh, level, BakeOptions(128))


def test_jpeg_is_as_good_as_asked_and_no_better_than_needed(dressed: Dressed) -> None:
    fine = encode_base(*dressed, EncodeOptions("jpeg", 10**6, enough_db=45.0))
    coarse = encode_base(*dressed, EncodeOptions("jpeg", 10**6, enough_db=30.0))
    assert (fine.codec, fine.image.media_type) == ("jpeg", "image/jpeg")
    assert coarse.psnr_db >= 30
    assert len(coarse.image.data) < len(fine.image.data)
    assert image_codecs.decode_jpeg(fine.image.data).shape == dressed[2].base.shape


def test_jpeg_holds_its_bytes_or_says_that_it_does_not(dressed: Dressed) -> None:
    free = encode_base(*dressed, EncodeOptions("jpeg", 10**6))
    tight = encode_base(*dressed, EncodeOptions("jpeg", len(free.image.data) - 500))
    assert tight.is_within
    assert len(tight.image.data) <= len(free.image.data) - 500
    assert not encode_base(*dressed, EncodeOptions("jpeg", 10)).is_within


def test_maps_are_jpeg_too() -> None:
    values = np.full((64, 64, 3), (128, 128, 255), np.uint8)
    values[20:40, 20:40] = (160, 100, 240)
    found = encode_data(values, DataOptions("jpeg", 10**6))
    assert found.image.media_type == "image/jpeg"
    assert found.psnr_db >= 38
    assert Image.MIME["JPEG"] == found.image.media_type


def test_a_plain_level_counts_its_bytes_as_they_lie() -> None:
    facts = LevelFacts(1, 1, 6_000_000, 1)
    assert check_budget(AR, facts) == ("a file of 6,000,000 bytes, over the limit of 5,000,000",)
    assert check_budget(PHONE, facts) == ("a file of 6,000,000 bytes after Brotli, over the limit of 1,500,000",)
