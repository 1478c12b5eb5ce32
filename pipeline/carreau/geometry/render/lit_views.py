"""Lit views of a mesh: metal, roughness and emission under a made-up sky with two soft lamps.

They are for a person to look at, never for measuring. Diffuse light is that of a sky over a floor. Reflections are
those of the same sky and of the lamps, as blurred as the surface is rough, with the split-sum fit of B. Karis
("Physically Based Shading on Mobile", 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carreau.base.model import FloatArray, Mesh
from carreau.geometry.render.camera import PinholeCamera
from carreau.geometry.render.data_maps import map_values
from carreau.geometry.render.normal_map import shading_normals
from carreau.geometry.render.rasterizer import Sight
from carreau.geometry.render.reflectance import emission_at, metallic_roughness_at
from carreau.geometry.render.sampling import interpolate_corners, surface_albedo, to_srgb
from carreau.geometry.render.shading import facing
from carreau.geometry.render.views import Views, bounds_corners, look, picture

SKY, FLOOR = 0.85, 0.25
"""Light from straight above, and from below."""

LAMPS = ((0.6, 0.6, -0.5, 5.0, 24.0), (-0.8, 0.15, -0.25, 2.5, 12.0))
"""Right, up and forward of each lamp from the camera, its light, and its sharpness as a spherical Gaussian."""

LEAST_ROUGHNESS = 0.08
"""Below it, a reflection of a lamp is smaller than a pixel and sparkles."""


def lit_views(mesh: Mesh, cameras: Sequence[PinholeCamera], supersampling: int = 2) -> Views:
    """Render a mesh as `render_views` does, with light."""
    corners = bounds_corners(mesh.positions)
    pictures = []
    for camera in cameras:
        sight = look(mesh.positions, mesh.faces, camera, corners, supersampling)
        pictures.append(picture(camera, sight, to_srgb(_light(mesh, camera, sight)), supersampling))
    return Views(np.stack([color for color, _ in pictures]), np.stack([mask for _, mask in pictures]))


def _light(mesh: Mesh, camera: PinholeCamera, sight: Sight) -> FloatArray:
    """Return (k, 3) linear light of the hits of a camera."""
    places = sight.faces, sight.barycentrics
    toward = np.asarray(camera.eye - interpolate_corners(mesh.positions[mesh.faces], *places), np.float32)
    toward /= np.maximum(np.linalg.norm(toward, axis=1, keepdims=True), 1e-12)
    normals = facing(shading_normals(mesh, *places), toward)
    metallic, roughness = (channel[:, None] for channel in metallic_roughness_at(mesh, *places).T)
    color = surface_albedo(mesh, *places)
    roughness = np.maximum(roughness, LEAST_ROUGHNESS)
    facing_share = np.clip((normals * toward).sum(axis=1, keepdims=True), 0, 1)
    mirrored = 2 * facing_share * normals - toward
    axes = camera.basis()
    diffuse = color * (1 - metallic) * _irradiance(normals, axes)
    specular = _split_sum(0.04 * (1 - metallic) + color * metallic, roughness, facing_share)
    light = (diffuse + specular * _reflected(mirrored, roughness, axes)) * _openness(mesh, sight)
    return np.asarray(light + emission_at(mesh, *places), np.float32)


def _irradiance(normals: FloatArray, axes: tuple[np.ndarray, ...]) -> FloatArray:
    """Return (k, 1) diffuse light on surfaces, as a share of that on white paper."""
    light = FLOOR + (SKY - FLOOR) * (0.5 + 0.5 * normals[:, 1:2])
    for direction, strength, sharpness in _lamps(axes):
        light = light + 2 * strength / sharpness * np.clip(normals @ direction, 0, 1)[:, None]
    return np.asarray(light, np.float32)


def _reflected(directions: FloatArray, roughness: FloatArray, axes: tuple[np.ndarray, ...]) -> FloatArray:
    """Return (k, 1) light from directions, blurred by roughness."""
    width = 0.08 + 0.92 * roughness
    above = np.clip(0.5 + 0.5 * directions[:, 1:2] / width, 0, 1)
    light = FLOOR + (SKY - FLOOR) * above * above * (3 - 2 * above)
    lobe = 2 / (roughness**4 + 1e-4)
    for direction, strength, sharpness in _lamps(axes):
        blurred = sharpness * lobe / (sharpness + lobe)
        light = light + strength * blurred / sharpness * np.exp(blurred * ((directions @ direction)[:, None] - 1))
    return np.asarray(light, np.float32)


def _lamps(axes: tuple[np.ndarray, ...]) -> list[tuple[FloatArray, float, float]]:
    """Return the unit direction towards each lamp, its light and its sharpness."""
    right, up, forward = axes
    lamps = []
    for x, y, z, strength, sharpness in LAMPS:
        direction = np.asarray(x * right + y * up + z * forward, np.float32)
        lamps.append((direction / np.linalg.norm(direction), strength, sharpness))
    return lamps


def _split_sum(straight: FloatArray, roughness: FloatArray, facing_share: FloatArray) -> FloatArray:
    """Return (k, 3) reflectance for reflectance (k, 3) at normal incidence."""
    x, y, z, w = (
        roughness * slope + start for slope, start in ((-1, 1), (-0.0275, 0.0425), (-0.572, 1.04), (0.022, -0.04))
    )
    edge = np.minimum(x * x, np.exp2(-9.28 * facing_share)) * x + y
    return np.asarray(straight * (z - 1.04 * edge) + (w + 1.04 * edge), np.float32)


def _openness(mesh: Mesh, sight: Sight) -> FloatArray:
    """Return (k, 1) of the mesh's occlusion maps."""
    if not any(material.occlusion for material in mesh.materials):
        return np.ones((len(sight.faces), 1), np.float32)
    values = map_values(mesh, lambda material: material.occlusion, sight.faces, sight.barycentrics)[:, :1]
    share = np.array([material.occlusion_strength for material in mesh.materials], np.float32)
    weight = share[mesh.face_materials[sight.faces]][:, None]
    return np.asarray(1 - weight * (1 - np.nan_to_num(values, nan=255.0) / 255), np.float32)
