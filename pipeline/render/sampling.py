"""Colours of a mesh at positions on its faces; one texture at a time is decoded."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.images.image import decode
from pipeline.geometry.threads import bands, in_threads
from pipeline.jit import compiled
from pipeline.model import ByteArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot, Wrap
from pipeline.render.lru import LruCache

MOST_HELD_BYTES = 128_000_000
"""Of decoded textures held for the next stage: one of 4096² takes 50 MB; one of 8192² is never held."""

SHARE = 1 / 32
"""Share of the run's memory that textures are held in at most."""

WRAPS = {Wrap.REPEAT: 0, Wrap.CLAMP: 1, Wrap.MIRROR: 2}


@compiled
def _wrapped(texel: int, size: int, wrap: int) -> int:
    if 0 <= texel < size:  # as nearly always: a division takes longer than the rest of a sample
        return texel
    if wrap == 0:
        return texel % size
    if wrap == 2:
        texel = texel % (2 * size)
        return texel if texel < size else 2 * size - 1 - texel
    return min(max(texel, 0), size - 1)


@compiled
def bilinear(image: ByteArray, uvs: FloatArray, wrap_u: int, wrap_v: int, out: FloatArray) -> None:
    """Fill out (k, c) with image (h, w, c) at uvs (k, 2), between the four nearest texel centres."""
    height, width, channels = image.shape
    for k in range(len(uvs)):
        x, y = uvs[k, 0] * width - 0.5, uvs[k, 1] * height - 0.5
        if not (abs(x) < 1e9 and abs(y) < 1e9):
            x, y = 0.0, 0.0
        column, row = int(np.floor(x)), int(np.floor(y))
        right, down = np.float32(x - column), np.float32(y - row)
        c0, c1 = _wrapped(column, width, wrap_u), _wrapped(column + 1, width, wrap_u)
        r0, r1 = _wrapped(row, height, wrap_v), _wrapped(row + 1, height, wrap_v)
        for c in range(channels):
            upper = image[r0, c0, c] * (1 - right) + image[r0, c1, c] * right
            lower = image[r1, c0, c] * (1 - right) + image[r1, c1, c] * right
            out[k, c] = upper * (1 - down) + lower * down


@compiled
def _textured(
    image: ByteArray,
    texcoords: FloatArray,
    faces: IntArray,
    barycentrics: FloatArray,
    wrap_u: int,
    wrap_v: int,
    out: FloatArray,
) -> None:
    """Fill out (k, 3) with image (h, w, 3) where texcoords (m, 3, 2) lay places on faces; white where they are NaN.

    As `_interpolated` and `bilinear` one after the other, without the array between them.
    """
    uv = np.empty((1, 2), np.float32)
    for k in range(len(faces)):
        face, u, v = faces[k], barycentrics[k, 0], barycentrics[k, 1]
        for d in range(2):
            uv[0, d] = texcoords[face, 0, d] * (1 - u - v) + texcoords[face, 1, d] * u + texcoords[face, 2, d] * v
        if np.isnan(uv[0, 0]):
            out[k, :] = 255
        else:
            bilinear(image, uv, wrap_u, wrap_v, out[k : k + 1])


@compiled
def _interpolated(corners: FloatArray, faces: IntArray, barycentrics: FloatArray, out: FloatArray) -> None:
    """Fill out (k, d) with corners (m, 3, d) at places on faces."""
    for k in range(len(faces)):
        face, u, v = faces[k], barycentrics[k, 0], barycentrics[k, 1]
        for d in range(corners.shape[2]):
            out[k, d] = corners[face, 0, d] * (1 - u - v) + corners[face, 1, d] * u + corners[face, 2, d] * v


@compiled
def _directions(corners: FloatArray, faces: IntArray, barycentrics: FloatArray, out: FloatArray) -> None:
    """Fill out (k, 3) with the unit vectors along corners (m, 3, 3) at places on faces; upwards where they cancel."""
    for k in range(len(faces)):
        face, u, v = faces[k], np.float64(barycentrics[k, 0]), np.float64(barycentrics[k, 1])
        x = corners[face, 0, 0] * (1 - u - v) + corners[face, 1, 0] * u + corners[face, 2, 0] * v
        y = corners[face, 0, 1] * (1 - u - v) + corners[face, 1, 1] * u + corners[face, 2, 1] * v
        z = corners[face, 0, 2] * (1 - u - v) + corners[face, 1, 2] * u + corners[face, 2, 2] * v
        length = np.sqrt(x * x + y * y + z * z)
        if not 0 < length < np.inf:
            x, y, z, length = 0.0, 1.0, 0.0, 1.0
        out[k, 0], out[k, 1], out[k, 2] = x / length, y / length, z / length


def interpolate_directions(corners: FloatArray, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 unit vectors: the corner directions (m, 3, 3) at k places on faces."""
    out = np.empty((len(faces), 3), np.float32)
    _directions(corners, faces, barycentrics, out)
    return out


def interpolate_corners(corners: FloatArray, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, d) float32: the corner values (m, 3, d) at k places on faces."""
    out = np.empty((len(faces), corners.shape[2]), np.float32)
    _interpolated(corners, faces, barycentrics, out)
    return out


@compiled
def _blended(values: FloatArray, corners: IntArray, faces: IntArray, barycentrics: FloatArray, out: FloatArray) -> None:
    for k in range(len(faces)):
        a, b, c = corners[faces[k], 0], corners[faces[k], 1], corners[faces[k], 2]
        u, v = barycentrics[k, 0], barycentrics[k, 1]
        for d in range(values.shape[1]):
            out[k, d] = values[a, d] * (1 - u - v) + values[b, d] * u + values[c, d] * v


def interpolate_vertices(
    values: FloatArray, corners: IntArray, faces: IntArray, barycentrics: FloatArray
) -> FloatArray:
    """Return (k, d) float32: values (n, d) of the corners (m, 3) at k places on faces."""
    out = np.empty((len(faces), values.shape[1]), np.float32)
    _blended(values, corners, faces, barycentrics, out)
    return out


def sample_image(image: ByteArray, uvs: FloatArray, slot: TextureSlot) -> FloatArray:
    """Return (k, c) float32 in 0..255: the image (h, w, c) at uvs (k, 2), wrapped as the slot says."""
    out = np.empty((len(uvs), image.shape[2]), np.float32)
    bilinear(image, uvs, WRAPS[slot.wrap_u], WRAPS[slot.wrap_v], out)
    return out


def to_linear(srgb: FloatArray) -> FloatArray:
    """Return linear light 0..1 for sRGB values 0..255 (IEC 61966-2-1)."""
    value = np.asarray(srgb, np.float32) / np.float32(255)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32, copy=False)


def to_srgb(linear: FloatArray) -> FloatArray:
    """Return sRGB values 0..255, not rounded, for linear light 0..1 (IEC 61966-2-1)."""
    value = np.clip(linear, 0, 1)
    coded = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return (255 * coded).astype(np.float32, copy=False)


def groups(mesh: Mesh, faces: IntArray) -> Iterator[tuple[Material, NDArray[np.intp] | None]]:
    """Yield each material with the indices of the places that have it, None for all; those of one texture together."""
    if len(faces) and (mesh.face_materials == mesh.face_materials[0]).all():
        yield mesh.materials[mesh.face_materials[0]], None
        return
    places, ends = _by_material(faces, mesh.face_materials, int(mesh.face_materials.max(initial=0)) + 1)
    for index, (start, end) in enumerate(itertools.pairwise([0, *ends.tolist()])):
        if end > start:
            yield mesh.materials[index], places[start:end]


@compiled
def _by_material(faces: IntArray, face_materials: IntArray, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (k,) indices of places on faces, in order of their `count` materials, and where each material's end."""
    ends, places = np.zeros(count, np.intp), np.empty(len(faces), np.intp)
    for k in range(len(faces)):
        ends[face_materials[faces[k]]] += 1
    ends = np.cumsum(ends)
    filled = np.zeros(count, np.intp)
    filled[1:] = ends[:-1]
    for k in range(len(faces)):
        material = face_materials[faces[k]]
        places[filled[material]] = k
        filled[material] += 1
    return places, ends


def decoded_recently(texture: Texture) -> ByteArray:
    """Return a texture's texels (h, w, 3), not to be changed; not decoded again when a stage asked a moment ago."""
    return _IMAGES.get(_image_key(texture), 3 * texture.width * texture.height, lambda: decode(texture))


_IMAGES: LruCache[ByteArray] = LruCache(MOST_HELD_BYTES, 1, SHARE)


def _image_key(texture: Texture) -> tuple[object, ...]:
    size = texture.width, texture.height
    if isinstance(texture.data, bytes):
        return (*size, hashlib.sha256(texture.data).digest())
    status = texture.data.stat()
    return (*size, str(texture.data), status.st_size, status.st_mtime_ns, status.st_ino)


def surface_colors(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 sRGB 0..255: base colour at k places on faces, without any light."""
    colors = np.empty((len(faces), 3), np.float32)
    vertex_colors = None if mesh.colors is None else mesh.colors.astype(np.float32)
    image: ByteArray | None = None
    decoded: object = None
    for material, chosen in groups(mesh, faces):
        if material.base is not None and decoded is not material.base.texture:
            image = None  # before the next one is decoded
            image, decoded = decoded_recently(material.base.texture), material.base.texture
        appearance = _Appearance(mesh, material, image if material.base is not None else None, vertex_colors)
        _paint(appearance, faces, barycentrics, chosen, colors)
    return colors


@dataclass(frozen=True, eq=False)
class _Appearance:
    """One material of a mesh with its decoded image, and the mesh's vertex colours as numbers."""

    mesh: Mesh
    material: Material
    image: ByteArray | None
    vertex_colors: FloatArray | None

    def colors(self, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
        """Return (k, 3) float32 sRGB 0..255 at places that all have this material."""
        slot = self.material.base
        if slot is not None and self.image is not None:
            part = np.empty((len(faces), 3), np.float32)
            texcoords, wraps = self.mesh.texcoords[slot.texcoord_set], (WRAPS[slot.wrap_u], WRAPS[slot.wrap_v])
            _textured(self.image, texcoords, faces, barycentrics, *wraps, part)
        else:
            part = np.full((len(faces), 3), 255, np.float32)
        if self.vertex_colors is not None:
            seen = interpolate_vertices(self.vertex_colors, self.mesh.faces, faces, barycentrics)
            part = _multiplied(part, seen)
        return _tinted(part, self.material.base_color)


def _paint(
    appearance: _Appearance,
    faces: IntArray,
    barycentrics: FloatArray,
    chosen: NDArray[np.intp] | None,
    colors: FloatArray,
) -> None:
    """Fill colors (k, 3) at the chosen places, a band at a time in threads."""

    def paint(band: slice) -> None:
        places: NDArray[np.intp] | slice = band if chosen is None else chosen[band]
        colors[places] = appearance.colors(faces[places], barycentrics[places])

    in_threads(paint, bands(len(faces) if chosen is None else len(chosen)))


def _multiplied(left: FloatArray, right: FloatArray) -> FloatArray:
    """Multiply two sRGB colours as light; a white one leaves the other exactly as it is."""
    if left.size and left.min() == 255:
        return right
    return to_srgb(to_linear(left) * to_linear(right))


def _tinted(colors: FloatArray, factor: tuple[float, float, float]) -> FloatArray:
    if factor == (1.0, 1.0, 1.0):
        return colors
    return to_srgb(to_linear(colors) * np.array(factor, np.float32))
