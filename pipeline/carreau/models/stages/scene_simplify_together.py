"""Simplification of scenes whose shapes are parts of one surface, such as roofs on their walls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from carreau.base.model import FloatArray, IntArray
from carreau.formats.gltf_scene.primitives import compact
from carreau.formats.gltf_scene.scene import TRIANGLES, Authored
from carreau.geometry.decimation import decimated, decimated_together

LEAST_SHARE = 1 / 3
"""Share of its share of the triangles below which a piece is simplified on its own."""


def thin_together(scene: Authored, triangles: int) -> Authored:
    """Return a scene at rest with at most so many triangles, its shapes still meeting wherever they met.

    Every shape is drawn once, where its positions say.
    """
    if scene.triangles <= triangles:
        return scene
    chosen = [number for number, shape in enumerate(scene.shapes) if shape.mode == TRIANGLES]
    pieces = [
        (scene.shapes[number].attributes["POSITION"], scene.shapes[number].indices.reshape(-1, 3).astype(np.int32))
        for number in chosen
    ]
    thinned = _thinned(pieces, triangles)
    # A part with a name is never lost whole.
    kept = [left if len(left) else faces[:1] for left, (_, faces) in zip(thinned, pieces, strict=True)]
    left = dict(zip(chosen, kept, strict=True))
    shapes = [
        compact(replace(shape, indices=np.ascontiguousarray(left[number], np.uint32).reshape(-1)))
        if number in left
        else shape
        for number, shape in enumerate(scene.shapes)
    ]
    return replace(scene, shapes=tuple(shapes))


def _thinned(pieces: list[tuple[FloatArray, IntArray]], triangles: int) -> list[IntArray]:
    """Return the faces of each piece, at most so many in all.

    At one error thin pieces, such as the trunks of trees, would vanish before the others lose anything one sees, and
    crowns would float: what meets no other piece, and keeps less than a third of its share, is given that share on its
    own.
    """
    share = triangles / sum(len(faces) for _, faces in pieces)
    result = decimated_together(pieces, triangles)
    loose = _loose([positions for positions, _ in pieces])
    starved = [at for at in loose if len(result[at]) < LEAST_SHARE * share * len(pieces[at][1])]
    if not starved:
        return result
    own = {at: decimated(*pieces[at], max(int(share * len(pieces[at][1])), 1))[0] for at in starved}
    spare = triangles - sum(map(len, own.values()))
    others = [at for at in range(len(pieces)) if at not in own]
    again = decimated_together([pieces[at] for at in others], max(spare, 1)) if others else []
    return [own[at] if at in own else again[others.index(at)] for at in range(len(pieces))]


def _loose(pieces: list[FloatArray]) -> list[int]:
    """Return the pieces no vertex of which lies at the place of one of another piece."""
    places = np.unique(np.concatenate(pieces), axis=0, return_inverse=True)[1].reshape(-1)
    owners = np.repeat(np.arange(len(pieces)), [len(positions) for positions in pieces])
    count = int(places.max()) + 1
    low, high = np.full(count, len(pieces)), np.full(count, -1)
    np.minimum.at(low, places, owners)
    np.maximum.at(high, places, owners)
    meeting = np.unique(owners[low[places] < high[places]])
    return [at for at in range(len(pieces)) if at not in meeting]
