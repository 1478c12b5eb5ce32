"""Opacity of a mesh at positions on its faces, and whether its materials are cut out or translucent.

A hole is where an opacity is below its cutoff.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

from carreau.base.messages import Message, Number, message
from carreau.base.model import (
    HIDDEN,
    LEVEL_CUTOFF,
    AlphaMode,
    ByteArray,
    FloatArray,
    IntArray,
    Material,
    Mesh,
    Texture,
    Wrap,
    hidden,
)
from carreau.formats.images.image import decode_opacity
from carreau.geometry.render.sampling import CLEAR, interpolate_corners, map_values
from carreau.geometry.triangles import face_areas, spread_places

PROBES = 200_000
"""Places on the faces of a material whose texels are looked at."""

SOLID = 0.95
"""Opacity from which on a texel counts as opaque."""

MOST_TRANSLUCENT = 0.02
"""Share of the texels that may be translucent, with all their neighbours, in a material that is only cut out: softened
borders of holes are a texel or two wide, and look the same cut."""


def used_materials(mesh: Mesh) -> list[Material]:
    """Return the materials that faces have."""
    return [mesh.materials[index] for index in np.unique(mesh.face_materials)]


def has_holes(mesh: Mesh) -> bool:
    """Return whether a face has a material that may be looked through."""
    return any(material.alpha_mode != AlphaMode.OPAQUE for material in used_materials(mesh))


def is_blended(mesh: Mesh) -> bool:
    """Return whether a face has a material that is translucent, and not just cut out."""
    return any(material.alpha_mode == AlphaMode.BLEND for material in used_materials(mesh))


def without_holes(mesh: Mesh) -> Mesh:
    """Return the mesh with opaque materials."""
    return replace(mesh, materials=tuple(replace(each, alpha_mode=AlphaMode.OPAQUE) for each in mesh.materials))


def level_mode(mesh: Mesh) -> AlphaMode:
    """Return how a level of a mesh is shown, which has one material."""
    if is_blended(mesh):
        return AlphaMode.BLEND
    return AlphaMode.MASK if has_holes(mesh) else AlphaMode.OPAQUE


def opacity_texels(texture: Texture) -> ByteArray:
    """Return (h, w, 3) uint8, all channels alike: the alpha of an image, or its grey where it has none."""
    return np.repeat(decode_opacity(texture)[:, :, None], 3, axis=2)


def stored_opacity(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k,) float32 in 0..1 at k places on faces, as the materials say it, whatever their mode."""
    values = map_values(mesh, lambda material: material.opacity_map, faces, barycentrics, opacity_texels)[:, 0]
    factors = np.array([material.opacity for material in mesh.materials], np.float32)[mesh.face_materials[faces]]
    return np.asarray(np.nan_to_num(values, nan=255.0) / np.float32(255) * factors, np.float32)


def surface_opacity(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k,) float32 in 0..1 at k places on faces, scaled so that every cutoff is at `LEVEL_CUTOFF`.

    What is opaque has 1. Levels have one material: cutoffs that differ come to one that way, and borders stay in place.
    """
    if not has_holes(mesh):
        return np.ones(len(faces), np.float32)
    own, index = stored_opacity(mesh, faces, barycentrics), mesh.face_materials[faces]
    modes = np.array([list(AlphaMode).index(material.alpha_mode) for material in mesh.materials])[index]
    cutoffs = np.array([material.alpha_cutoff for material in mesh.materials], np.float32)[index]
    cutoffs = np.clip(cutoffs, np.float32(1e-3), np.float32(1))
    below = LEVEL_CUTOFF * own / cutoffs
    above = LEVEL_CUTOFF + (1 - LEVEL_CUTOFF) * (own - cutoffs) / np.maximum(1 - cutoffs, 1e-3)
    # Beside what is translucent, what is cut out is there or not, without anything between.
    masked = np.where(own < cutoffs, 0 if is_blended(mesh) else below, 1 if is_blended(mesh) else np.minimum(above, 1))
    blend, opaque = list(AlphaMode).index(AlphaMode.BLEND), list(AlphaMode).index(AlphaMode.OPAQUE)
    return np.where(modes == opaque, 1, np.where(modes == blend, own, masked)).astype(np.float32)


@dataclass(frozen=True)
class _Shares:
    """What the texels in use of a material are, as shares of them; `least` and `most` are their opacities."""

    translucent: float
    least: float
    most: float


MOSTLY = 0.5
"""Share of the surface that is translucent, from which on a level is."""


def settle_modes(mesh: Mesh) -> tuple[Mesh, list[Message], list[Message]]:
    """Return the mesh with materials as opaque, cut out or translucent as its levels show them; decisions and warnings.

    What is only cut out looks the same cut. What is translucent is drawn without depth, so that walls beside it would
    show what lies behind them: it is only kept if most of the surface is, as a level has one material.

    Raises TextureError for an image that cannot be decoded.
    """
    if not has_holes(mesh):
        return mesh, [], []
    shares = {
        int(index): _measure(mesh, int(index))
        for index in np.unique(mesh.face_materials)
        if mesh.materials[index].alpha_mode != AlphaMode.OPAQUE
    }
    materials = list(mesh.materials)
    decisions, warnings = list[Message](), list[Message]()
    for index, each in shares.items():
        mode, note = _settle(materials[index], each)
        materials[index] = replace(materials[index], alpha_mode=mode)
        if note is not None:
            (warnings if note.msgid == HIDDEN else decisions).append(note)
    blended = [index for index in shares if materials[index].alpha_mode == AlphaMode.BLEND]
    part = _area_share(mesh, blended)
    for index in blended:
        if part > MOSTLY:
            decisions.append(_stays_translucent(materials[index], shares[index]))
        else:
            materials[index], note = _without_blending(materials[index], shares[index], part)
            warnings.append(note)
    return replace(mesh, materials=tuple(materials)), decisions, warnings


def _area_share(mesh: Mesh, indices: list[int]) -> float:
    """Return the share of the surface that has one of some materials."""
    areas = np.nan_to_num(face_areas(mesh.positions, mesh.faces))
    return float(areas[np.isin(mesh.face_materials, indices)].sum() / max(float(areas.sum()), 1e-30))


def _settle(material: Material, shares: _Shares) -> tuple[AlphaMode, Message | None]:
    """Return how a material is shown, and why; nothing about one that stays translucent as far as it is concerned."""
    cutoff = material.alpha_cutoff if material.alpha_mode == AlphaMode.MASK else SOLID
    if shares.least >= cutoff:
        return AlphaMode.OPAQUE, message("the material '%(name)s' is opaque wherever it is used", name=material.name)
    if shares.most < (cutoff if material.alpha_mode == AlphaMode.MASK else CLEAR):
        return AlphaMode.OPAQUE, hidden(material.name)
    if material.alpha_mode == AlphaMode.MASK:
        return AlphaMode.MASK, message("the material '%(name)s' is cut out by its alpha", name=material.name)
    if shares.translucent <= MOST_TRANSLUCENT:
        return AlphaMode.MASK, message(
            "the material '%(name)s' is cut out instead of blended: %(share)s of its texels are translucent, apart "
            "from the borders of holes",
            name=material.name,
            share=Number(shares.translucent, ".1%"),
        )
    return AlphaMode.BLEND, None


def _stays_translucent(material: Material, shares: _Shares) -> Message:
    return message(
        "the material '%(name)s' stays translucent: %(share)s of its texels are",
        name=material.name,
        share=Number(shares.translucent, ".1%"),
    )


def _without_blending(material: Material, shares: _Shares, part: float) -> tuple[Material, Message]:
    """Return a translucent material that is cut out at `LEVEL_CUTOFF`, or opaque where nothing or all would be left."""
    kept = replace(material, kept_mode=AlphaMode.BLEND)
    if shares.least >= LEVEL_CUTOFF or shares.most < LEVEL_CUTOFF:
        return replace(kept, alpha_mode=AlphaMode.OPAQUE), message(
            "the material '%(name)s' is translucent, but shown as opaque: only %(share)s of the surface is "
            "translucent, and a level has one material",
            name=material.name,
            share=Number(part, ".0%"),
        )
    return replace(kept, alpha_mode=AlphaMode.MASK, alpha_cutoff=LEVEL_CUTOFF), message(
        "the material '%(name)s' is translucent, but cut out: only %(share)s of the surface is translucent, and a "
        "level has one material",
        name=material.name,
        share=Number(part, ".0%"),
    )


def _measure(mesh: Mesh, index: int) -> _Shares:
    """Look at the texels that the faces of a material use."""
    material, own = mesh.materials[index], np.flatnonzero(mesh.face_materials == index)
    faces, barycentrics = spread_places(mesh.positions, mesh.faces[own], PROBES)
    slot, factor = material.opacity_map, float(material.opacity)
    uvs = np.zeros((0, 2), np.float32)
    if slot is not None and slot.texcoord_set < len(mesh.texcoords):
        uvs = interpolate_corners(mesh.texcoords[slot.texcoord_set][own], faces, barycentrics)
        uvs = uvs[np.isfinite(uvs).all(axis=1)]
    if slot is None or not len(uvs):
        return _Shares(float(CLEAR < factor < SOLID), factor, factor)
    image = decode_opacity(slot.texture)
    # The texel itself and not a mean of four: that would be translucent along every border.
    size = np.array([image.shape[1], image.shape[0]])
    places = np.floor(np.clip(uvs, -1e6, 1e6).astype(np.float64) * size).astype(np.int64)
    for axis, wrap in enumerate((slot.wrap_u, slot.wrap_v)):
        places[:, axis] = (
            np.clip(places[:, axis], 0, size[axis] - 1) if wrap == Wrap.CLAMP else places[:, axis] % size[axis]
        )
    own_values, lowest, highest = (
        picture[places[:, 1], places[:, 0]] * (factor / 255)
        for picture in (image, minimum_filter(image, 3, mode="nearest"), maximum_filter(image, 3, mode="nearest"))
    )
    share = float(((lowest > CLEAR) & (highest < SOLID)).mean())
    return _Shares(share, float(own_values.min()), float(own_values.max()))
