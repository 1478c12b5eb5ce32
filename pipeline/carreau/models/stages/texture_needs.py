"""Textures and vertex colours of a scan, and the texture size that they justify."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from carreau.base.model import Mesh, Texture
from carreau.geometry.render.reflectance import MATT, Reflectance, reflectance_of
from carreau.geometry.uv.layout import covered_share

TEXELS_A_VERTEX = 6
"""A colour at each vertex is a picture with a sample every edge; bilinear texels must lie closer to give it back."""


@dataclass(frozen=True)
class Appearance:
    """Textures and vertex colours of a scan.

    texels : of its own textures that its surface covers, or what its vertex colours amount to; a level's texture with
        more would only be larger
    has_color : whether it has a base colour texture or vertex colours
    has_normal, has_occlusion : whether it brings such maps of its own
    normal_texels : of its own normal maps that its surface covers
    reflectance : its metal, roughness and emission
    """

    texels: int
    has_color: bool
    has_normal: bool
    has_occlusion: bool
    normal_texels: int = 0
    reflectance: Reflectance = MATT


def appearance_of(mesh: Mesh) -> Appearance:
    """Look at the materials in use."""
    used = [mesh.materials[index] for index in np.unique(mesh.face_materials)]
    textures: dict[int, Texture] = {}
    for material in used:
        slot = material.first_slot
        if slot is not None:
            textures.setdefault(id(slot.texture), slot.texture)
    normals = {id(material.normal.texture): material.normal.texture for material in used if material.normal}
    share = covered_share(mesh) if textures else 0.0
    covered = int(_texels(textures) * share)
    return Appearance(
        texels=max(covered, 0 if mesh.colors is None else TEXELS_A_VERTEX * len(mesh.positions)),
        has_color=mesh.colors is not None or any(material.base for material in used),
        has_normal=any(material.normal for material in used),
        has_occlusion=any(material.occlusion for material in used),
        normal_texels=int(_texels(normals) * share),
        reflectance=reflectance_of(mesh),
    )


def _texels(textures: Mapping[int, Texture]) -> int:
    return sum(texture.width * texture.height for texture in textures.values())
