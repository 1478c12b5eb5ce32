"""Show a thing without colours as if it were made of clay: its shape alone, in soft light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.model import FloatArray, Mesh
from pipeline.render.camera import Camera
from pipeline.render.sampling import interpolate_corners
from pipeline.render.scene import Scene
from pipeline.render.shading import corner_normals, facing
from pipeline.render.views import Sight, Views, bounds_corners, look, picture

CLAY = np.array([222, 216, 206], np.float32)
DARKEST = 0.25


def is_colorless(mesh: Mesh) -> bool:
    """Say whether a mesh has neither texture, vertex colours nor coloured materials."""
    is_painted = any(material.base or material.base_color != (1.0, 1.0, 1.0) for material in mesh.materials)
    return mesh.colors is None and not is_painted


def clay_views(mesh: Mesh, cameras: Sequence[Camera], supersampling: int = 2) -> Views:
    """Render a mesh as `render_views` does, lit from up on the left, by its shape and without any normal map."""
    scene, corners = Scene(mesh.positions, mesh.faces), bounds_corners(mesh.positions)
    normals = corner_normals(mesh)[mesh.faces]
    pictures = []
    for camera in cameras:
        sight = look(scene, camera, corners, supersampling)
        pictures.append(picture(camera, sight, _lit(normals, camera, sight), supersampling))
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


def _lit(normals: FloatArray, camera: Camera, sight: Sight) -> FloatArray:
    """Return (k, 3) colours of the hits; scans are seen from inside too, so either face of a triangle is lit."""
    right, up, forward = camera.basis()
    lamp = -0.5 * right + 0.6 * up - 0.7 * forward
    toward = np.broadcast_to((-forward).astype(np.float32), (len(sight.faces), 3))
    turned = facing(interpolate_corners(normals, sight.faces, sight.barycentrics), toward)
    length = np.maximum(np.linalg.norm(turned, axis=1), 1e-9)
    cosine = np.clip((turned @ (lamp / np.linalg.norm(lamp)).astype(np.float32)) / length, 0, 1)
    shade = DARKEST + (1 - DARKEST) * cosine
    return np.asarray(CLAY * shade[:, None], np.float32)
