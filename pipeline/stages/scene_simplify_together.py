"""Simplification of scenes whose shapes are parts of one surface, such as roofs on their walls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.formats.gltf_scene.primitives import compact
from pipeline.formats.gltf_scene.scene import TRIANGLES, Authored
from pipeline.geometry.decimation import decimated_together
from pipeline.model import IntArray


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
    left: dict[int, IntArray] = dict(zip(chosen, decimated_together(pieces, triangles), strict=True))
    shapes = [
        compact(replace(shape, indices=np.ascontiguousarray(left[number], np.uint32).reshape(-1)))
        if len(left.get(number, ()))
        else shape
        for number, shape in enumerate(scene.shapes)
    ]
    return replace(scene, shapes=tuple(shapes))
