"""Each texture of a level counts by what pictures under light show of it."""

from __future__ import annotations

import numpy as np
import pytest

from carreau.base.model import ByteArray, LevelMesh, Skin
from carreau.geometry.render.lit_scoring import BASE, EMISSIVE, NORMAL, OCCLUSION, SURFACE, LitScorer
from carreau.geometry.triangles import vertex_normals
from carreau.models.stages.weigh_textures import gather_textures, weigh_textures
from tests.pipeline.bronzes import glow_map, surface_map
from tests.pipeline.conftest import globe, waves

EDGE = 256


def ball() -> LevelMesh:
    positions, faces, texcoords = globe()
    uvs = np.stack([texcoords[:, 0], 1 - texcoords[:, 1]], axis=1).astype(np.float32)
    return LevelMesh(positions, vertex_normals(positions, faces), faces, uvs)


def relief(depth: float, seed: int = 3) -> ByteArray:
    """Return a normal map of bumps, or a level one."""
    slopes = np.random.default_rng(seed).normal(size=(EDGE // 8, EDGE // 8, 2)).repeat(8, 0).repeat(8, 1) * depth
    out = np.dstack([slopes, np.ones((EDGE, EDGE))])
    out /= np.linalg.norm(out, axis=2, keepdims=True)
    return np.rint(127.5 + 127.5 * out).astype(np.uint8)


def textures() -> dict[str, ByteArray]:
    return {
        BASE: waves(EDGE, EDGE),
        NORMAL: relief(0.3),
        SURFACE: surface_map(EDGE, EDGE),
        EMISSIVE: glow_map(EDGE, EDGE),
    }


@pytest.fixture(scope="module")
def scorer() -> LitScorer:
    return LitScorer(ball(), textures())


@pytest.mark.parametrize("name", [BASE, NORMAL, SURFACE, EMISSIVE])
def test_what_is_the_same_changes_nothing_and_leaving_it_out_most(name: str, scorer: LitScorer) -> None:
    values = textures()[name]
    noise = np.random.default_rng(1).normal(size=values.shape)
    little, more = (np.clip(values + amount * noise, 0, 255).astype(np.uint8) for amount in (4, 16))
    errors = [scorer.square_error(name, each) for each in (values, little, more, None)]
    assert errors[0] == 0
    assert errors == sorted(set(errors))


def test_occlusion_darkens() -> None:
    grey = LitScorer(ball(), {BASE: waves(EDGE, EDGE), OCCLUSION: np.full((EDGE, EDGE), 128, np.uint8)})
    assert grey.square_error(OCCLUSION, np.full((EDGE // 2, EDGE // 2), 128, np.uint8)) == 0
    assert grey.square_error(OCCLUSION, None) > grey.square_error(OCCLUSION, np.full((8, 8), 140, np.uint8)) > 0


def test_relief_that_nobody_sees_weighs_less(scorer: LitScorer) -> None:
    flat = LitScorer(ball(), {**textures(), NORMAL: relief(0.02)})
    assert flat.square_error(NORMAL, None) < 0.05 * scorer.square_error(NORMAL, None)


def test_without_texture_coordinates_nothing_is_weighed() -> None:
    bare = ball()
    with pytest.raises(ValueError, match="texture coordinates"):
        LitScorer(LevelMesh(bare.positions, bare.normals, bare.faces), textures())


@pytest.mark.parametrize("has_holes", [False, True])
@pytest.mark.parametrize("codec", ["webp", "jpeg"])
def test_textures_are_weighed_from_none_to_many_bytes(codec: str, has_holes: bool) -> None:
    parts = textures()
    if has_holes:
        alpha = np.repeat(np.indices((EDGE, EDGE)).sum(0)[..., None] // 16 % 2 * 255, 1, axis=2)
        parts[BASE] = np.dstack([parts[BASE], alpha]).astype(np.uint8)
    gathered = gather_textures(Skin(parts[BASE]), parts[NORMAL], None, parts[SURFACE], None)
    curves = weigh_textures(ball(), gathered, codec)  # type: ignore[arg-type]
    assert set(curves) == {BASE, NORMAL, SURFACE}
    for curve in curves.values():
        sizes, errors = zip(*curve, strict=True)
        assert sizes[0] == 0
        assert list(sizes) == sorted(set(sizes))
        assert list(errors) == sorted(errors, reverse=True)
        assert errors[-1] < 0.2 * errors[0]
    assert curves == weigh_textures(ball(), gathered, codec)  # type: ignore[arg-type]
