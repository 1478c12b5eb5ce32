"""Images take no more than they may, and no more than shows."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import ByteArray, LevelMesh, Skin
from carreau.formats.images.image_codecs import CODECS, WEB_COLORS
from carreau.geometry.render.image_metrics import ReferenceViews, scan_views
from carreau.models.stages import encode
from carreau.models.stages.bake import BakeOptions, bake
from carreau.models.stages.clean import clean
from carreau.models.stages.encode import (
    TRIAL_QUALITY,
    DataOptions,
    EncodeOptions,
    TrialCodec,
    encode_as_seen,
    encode_base,
    encode_data,
    try_base,
    try_data,
    try_encoding,
)
from carreau.models.stages.measure import score_level
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


def test_what_the_scan_wears_itself_is_judged_very_like_it(dressed: Dressed) -> None:
    seen, level, skin = dressed
    score = score_level(seen, level, skin)
    assert score > 40
    other = Skin(np.ascontiguousarray(skin.base[::-1]))
    assert score_level(seen, level, other) < score - 15


@pytest.mark.parametrize("codec", ["webp", "avif"])
def test_a_search_begins_with_the_trial_and_does_not_make_it_again(codec: TrialCodec, dressed: Dressed) -> None:
    seen, level, skin = dressed
    options, trial = EncodeOptions(codec, 10**6), try_encoding(seen, level, skin, codec)
    with pytest.MonkeyPatch.context() as patch:
        tried = count_trials(patch, codec)
        alone = encode_base(seen, level, skin, options)
        first, count = tried[0], len(tried)
        tried.clear()
        begun = encode_base(seen, level, skin, options, trial)
    assert first == TRIAL_QUALITY[codec]
    assert (begun.image.data, begun.quality) == (alone.image.data, alone.quality)
    assert len(tried) == count - 1


@pytest.mark.parametrize("codec", ["webp", "avif"])
@pytest.mark.parametrize("most", [10**6, 1_200])
def test_what_a_base_colour_takes_is_known_from_trials_which_its_encoding_goes_on_from(
    most: int, codec: TrialCodec, dressed: Dressed
) -> None:
    seen, level, skin = dressed
    options = EncodeOptions(codec, most, enough_db=45.0)
    tried = try_base(seen, level, skin, options)
    with pytest.MonkeyPatch.context() as patch:
        trials = count_trials(patch, codec)
        alone = encode_base(seen, level, skin, options)
        count = len(trials)
        trials.clear()
        begun = encode_base(seen, level, skin, options, tried)
    assert (begun.image.data, begun.quality) == (alone.image.data, alone.quality)
    assert len(trials) < count
    # A small AVIF is half of its trial.
    if most == 10**6:
        assert tried.is_enough
        assert 0.8 < tried.size / len(alone.image.data) < 2
    else:
        assert not tried.is_enough
        assert tried.size > most


@pytest.mark.parametrize("codec", ["webp", "avif", "jpeg"])
def test_what_a_map_takes_is_known_from_trials_which_its_encoding_goes_on_from(
    codec: Literal["webp", "avif", "jpeg"],
) -> None:
    options = DataOptions(codec, 10**6)
    tried = try_data(slopes(), options)
    alone, begun = encode_data(slopes(), options), encode_data(slopes(), options, tried)
    assert tried.is_enough
    assert begun.image.data == alone.image.data
    assert 0.8 < tried.size / len(alone.image.data) < 2


def count_trials(patch: pytest.MonkeyPatch, codec: TrialCodec) -> list[float]:
    """Note the qualities that a codec is tried with."""
    tried: list[float] = []
    own = WEB_COLORS if codec == "webp" else CODECS[codec]

    def trial(image: ByteArray, quality: float) -> bytes:
        tried.append(quality)
        return own.trial(image, quality)

    counted = dataclasses.replace(own, trial=trial)
    if codec == "webp":
        patch.setattr(encode, "WEB_COLORS", counted)
    else:
        patch.setitem(CODECS, codec, counted)
    return tried


def test_webp_is_as_good_as_asked_and_no_better_than_needed(dressed: Dressed) -> None:
    seen, level, skin = dressed
    fine = encode_base(seen, level, skin, EncodeOptions("webp", 10**6, enough_db=45.0))
    coarse = encode_base(seen, level, skin, EncodeOptions("webp", 10**6, enough_db=30.0))
    assert fine.is_within
    assert coarse.is_within
    assert coarse.psnr_db >= 30
    assert len(coarse.image.data) < len(fine.image.data)
    with Image.open(io.BytesIO(fine.image.data)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (128, 128))


def test_a_map_is_as_good_as_pictures_of_the_level_show(dressed: Dressed) -> None:
    """Texels that no pixel resolves may be coarse, so it takes fewer bytes than one whose texels are judged."""
    seen, level, _ = dressed
    values = np.random.default_rng(3).integers(100, 156, (1024, 1024, 3)).astype(np.uint8)
    options = DataOptions("jpeg", 10**7, enough_db=40.0)
    shown, exact = encode_as_seen(seen, level, values, options), encode_data(values, options)
    assert (shown.codec, shown.is_within) == ("jpeg", True)
    assert shown.psnr_db >= 40 <= exact.psnr_db
    assert len(shown.image.data) < 0.8 * len(exact.image.data)
    grey = encode_as_seen(seen, level, values[:, :, 0], options)
    assert grey.psnr_db >= 40
    assert not encode_as_seen(seen, level, values, DataOptions("jpeg", 1000)).is_within


def test_webp_holds_its_bytes(dressed: Dressed) -> None:
    seen, level, skin = dressed
    free = encode_base(seen, level, skin, EncodeOptions("webp", 10**6))
    most = len(free.image.data) // 2
    tight = encode_base(seen, level, skin, EncodeOptions("webp", most))
    assert tight.is_within
    assert len(tight.image.data) <= most
    assert tight.psnr_db <= free.psnr_db


def test_basis_says_when_it_is_too_large(dressed: Dressed, encoder: Path) -> None:
    seen, level, skin = dressed
    fine = encode_base(seen, level, skin, EncodeOptions("uastc", 10**6))
    coarse = encode_base(seen, level, skin, EncodeOptions("etc1s", 100))
    assert fine.is_within
    assert not coarse.is_within
    assert fine.image.media_type == coarse.image.media_type == "image/ktx2"
    assert fine.psnr_db > coarse.psnr_db
    again = encode_base(seen, level, skin, EncodeOptions("uastc", 10**6))
    assert again.image.data == fine.image.data


def slopes() -> ByteArray:
    y, x = np.mgrid[0:64, 0:64] / 10.0
    return (
        np.rint(127.5 + 100 * np.stack([np.sin(x), np.cos(y), np.ones_like(x)], axis=-1)).clip(0, 255).astype(np.uint8)
    )


def test_maps_come_back_as_like_as_asked() -> None:
    found = encode_data(slopes(), DataOptions("webp", 10**6, enough_db=38.0))
    assert found.is_within
    assert found.psnr_db >= 38
    assert found.image.media_type in ("image/webp", "image/jpeg")


def test_a_map_that_cannot_be_small_enough_says_so() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert not encode_data(noise, DataOptions("webp", 50)).is_within


def test_an_occlusion_map_may_be_grey(encoder: Path) -> None:
    grey = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    assert encode_data(grey, DataOptions("webp", 10**5)).psnr_db > 35
    assert encode_data(grey, DataOptions("uastc", 10**5)).psnr_db > 35
