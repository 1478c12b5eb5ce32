"""Simplification of authored scenes.

Simplification only selects among the existing vertices, so each one keeps its joints and weights, its morph targets and
its UV coordinates to the last bit. Deforming shapes are simplified in several poses: a flag that hangs flat needs two
triangles, a flying one four.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from carreau.base.model import FloatArray, IntArray, Mesh
from carreau.formats.gltf import gltf
from carreau.formats.gltf.gltf_pose import Moment
from carreau.formats.gltf_scene.primitives import compact, is_deformed
from carreau.formats.gltf_scene.scene import TRIANGLES, Authored, Shape
from carreau.geometry.decimation import decimated, decimated_together, decimated_within

TRIES = 12
"""Halvings of the logarithm of an error between a millionth of the scene and all of it: they find it within 1 %."""

UNSEEN = 1e-4
"""Share of the largest shape below which an error is not worth a triangle: a budget is a ceiling, and no target."""

FADED = 1e-3
"""A shape that is smaller than this share of its own size grows when a clip plays, else nobody would have made it."""

_NONE: IntArray = np.zeros((0, 3), np.int32)


def thin(scene: Authored, triangles: int) -> Authored:
    """Return the scene with at most so many triangles drawn, the same error allowed to all shapes in the world.

    A shape with a name of its own is never lost whole: a triangle of it stays.
    """
    if scene.triangles <= triangles:
        return scene
    counts, bent = scene.counts, is_deformed(scene)
    high = largest = max((_size(shape) for shape in scene.shapes if shape.mode == TRIANGLES), default=1.0)
    low, best = high * 1e-6, None
    finer = [_faces(shape) if shape.mode == TRIANGLES else _NONE for shape in scene.shapes]
    for _ in range(TRIES):
        middle = math.sqrt(low * high)
        faces = [_within(shape, middle, bent.get(number)) for number, shape in enumerate(scene.shapes)]
        if sum(len(each) * times for each, times in zip(faces, counts, strict=True)) <= triangles:
            high, best = middle, faces
        else:
            low, finer = middle, faces
    if best is None:
        best = _shares(scene, counts, triangles)
    elif high > UNSEEN * largest:
        best = _filled(scene, high, triangles, (best, finer), bent)
    shapes = (_with(shape, faces) for shape, faces in zip(scene.shapes, best, strict=True))
    return replace(scene, shapes=tuple(shapes))


def _filled(
    scene: Authored,
    error: float,
    triangles: int,
    candidates: tuple[list[IntArray], list[IntArray]],
    bent: dict[int, FloatArray],
) -> list[IntArray]:
    """Return what the error leaves, with the rest of the budget spent between it and the next finer error.

    The beams of a lattice are as thick as each other: at one error all are there, at the next all are gone.
    """
    best, finer = candidates
    counts = scene.counts
    lost = [(len(more) - len(left)) * times for more, left, times in zip(finer, best, counts, strict=True)]
    spare = triangles - sum(len(left) * times for left, times in zip(best, counts, strict=True))
    share = min(0.98 * spare / max(sum(lost), 1), 1.0)  # meshoptimizer may stop a triangle or two early
    filled = list(best)
    for number, (more, left) in enumerate(zip(finer, best, strict=True)):
        least = len(left) + int((len(more) - len(left)) * share)
        each = _within(scene.shapes[number], error, bent.get(number), least) if len(left) < least else left
        spare -= (len(each) - len(left)) * counts[number]
        filled[number] = each if spare >= 0 else left
        spare += (len(each) - len(left)) * counts[number] if spare < 0 else 0
    return filled


def _growth(shape: Shape) -> float:
    return shape.scale if shape.scale >= FADED else 1.0


def _size(shape: Shape) -> float:
    positions = shape.attributes["POSITION"]
    return float((positions.max(axis=0) - positions.min(axis=0)).max()) * _growth(shape) or 1.0


def _faces(shape: Shape) -> IntArray:
    return shape.indices.reshape(-1, 3).astype(np.int32)


def _within(shape: Shape, error: float, bent: FloatArray | None, least: int = 1) -> IntArray:
    if shape.mode != TRIANGLES:
        return _NONE
    faces = decimated_within(shape.attributes["POSITION"], _faces(shape), error / _growth(shape), bent, least)
    return faces if len(faces) else _faces(shape)[:1]


def _shares(scene: Authored, counts: tuple[int, ...], triangles: int) -> list[IntArray]:
    """Return for each shape its share of the triangles: what is in more pieces than that loses some of them."""
    share = triangles / scene.triangles
    result = []
    for shape, times in zip(scene.shapes, counts, strict=True):
        if shape.mode != TRIANGLES or not times:
            result.append(_NONE)
        else:
            target = max(int(shape.triangles * share), 1)
            result.append(decimated(shape.attributes["POSITION"], _faces(shape), target)[0])
    return result


def _with(shape: Shape, faces: IntArray) -> Shape:
    if shape.mode != TRIANGLES or not len(faces):
        return shape
    return compact(replace(shape, indices=np.ascontiguousarray(faces, np.uint32).reshape(-1)))


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


def pose_file(path: Path, clip: int, time_s: float) -> Mesh:
    """Return what a .glb or .gltf shows at a time of one of its clips."""
    return gltf.read(path, Moment(clip, time_s)).mesh


def pose_level(glb: bytes, clip: int, time_s: float) -> Mesh:
    """Return the same of a level, read back from its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "level.glb"
        path.write_bytes(glb)
        return pose_file(path, clip, time_s)
