"""Simplification of authored scenes.

Simplification only selects among the existing vertices, so each one keeps its joints and weights, its morph targets and
its UV coordinates to the last bit. Deforming shapes are simplified in several poses: a flag that hangs flat needs two
triangles, a flying one four.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from carreau.base.model import FloatArray, IntArray
from carreau.formats.gltf_scene.deformation import is_deformed
from carreau.formats.gltf_scene.primitives import compact
from carreau.formats.gltf_scene.scene import TRIANGLES, Authored, Shape
from carreau.geometry.decimation import decimated, decimated_within

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
