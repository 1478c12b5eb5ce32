"""Colours of a mesh, and values of its data maps, at positions on its faces; one texture at a time is decoded."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from carreau.base.jit import compiled
from carreau.base.model import AlphaMode, ByteArray, FloatArray, IntArray, Material, Mesh, Texture, TextureSlot, Wrap
from carreau.base.process import bands, in_threads
from carreau.formats.images import raster
from carreau.formats.images.image import decode, decode_opacity
from carreau.formats.images.image_codecs import linear_table
from carreau.geometry.render.image_resampling import Beyond, fill_borders
from carreau.geometry.render.lru import LruCache

MOST_HELD_BYTES = 128_000_000
"""Of decoded textures held for the next stage: one of 4096² takes 50 MB; one of 8192² is never held."""

SHARE = 1 / 32
"""Share of the run's memory that textures are held in at most."""

WRAPS = {Wrap.REPEAT: 0, Wrap.CLAMP: 1, Wrap.MIRROR: 2}


@compiled
def _wrap(texel: int, size: int, wrap: int) -> int:
    if 0 <= texel < size:  # as nearly always: a division takes longer than the rest of a sample
        return texel
    if wrap == 0:
        return texel % size
    if wrap == 2:
        texel = texel % (2 * size)
        return texel if texel < size else 2 * size - 1 - texel
    return min(max(texel, 0), size - 1)


@compiled
def _texels(x: Any, y: Any, width: int, height: int, wrap_u: int, wrap_v: int) -> tuple[Any, ...]:
    """Return left and right column and upper and lower row around a place in texels, and the weights of these four.

    Weights are of upper left, upper right, lower left and lower right. Indices without a sign are read as they are: one
    with a sign is first asked whether it counts from the end.
    """
    # Centres of texels lie at halves; what is not a number, or too large for an int32, reads the first texel.
    x, y = x - np.float32(0.5), y - np.float32(0.5)
    if not (abs(x) < 1e9 and abs(y) < 1e9):
        x, y = np.float32(0), np.float32(0)
    left: Any = np.int32(np.floor(x))
    upper: Any = np.int32(np.floor(y))
    across, down = x - np.float32(left), y - np.float32(upper)
    right, lower = left + 1, upper + 1
    if not (0 <= left < width - 1 and 0 <= upper < height - 1):
        left, right = _wrap(left, width, wrap_u), _wrap(right, width, wrap_u)
        upper, lower = _wrap(upper, height, wrap_v), _wrap(lower, height, wrap_v)
    near, above = np.float32(1) - across, np.float32(1) - down
    weights = near * above, across * above, near * down, across * down
    return np.uint64(left), np.uint64(right), np.uint64(upper), np.uint64(lower), *weights


@compiled
def bilinear(image: ByteArray, uvs: FloatArray, wrap_u: int, wrap_v: int, out: FloatArray) -> None:
    """Fill out (k, c) with image (h, w, c) at uvs (k, 2), between the four nearest texel centres."""
    height, width, channels = image.shape
    for k in range(len(uvs)):
        x, y = uvs[k, 0] * np.float32(width), uvs[k, 1] * np.float32(height)
        c0, c1, r0, r1, w0, w1, w2, w3 = _texels(x, y, width, height, wrap_u, wrap_v)
        for channel in range(channels):
            c = np.uint64(channel)
            upper = np.float32(image[r0, c0, c]) * w0 + np.float32(image[r0, c1, c]) * w1
            out[k, c] = upper + (np.float32(image[r1, c0, c]) * w2 + np.float32(image[r1, c1, c]) * w3)


class _Texture(NamedTuple):
    """An image and how it is read.

    image : (h, w, 3) uint8
    values : (256,) float32, what a byte of it stands for
    wrap_u, wrap_v : some of `WRAPS`
    """

    image: ByteArray
    values: FloatArray
    wrap_u: int
    wrap_v: int


@compiled
def _texture(
    texture: _Texture,
    texcoords: FloatArray,
    places: NDArray[np.intp],
    faces: IntArray,
    barycentrics: FloatArray,
    out: FloatArray,
) -> None:
    """Fill out (k, 3) with the texture where texcoords (m, 3, 2) lay places on (n,) faces; white where NaN."""
    image, values, wrap_u, wrap_v = texture
    height, width, _ = image.shape
    for k in range(len(places)):
        face, u, v = faces[places[k]], barycentrics[places[k], 0], barycentrics[places[k], 1]
        rest = np.float32(1) - u - v
        x = texcoords[face, 0, 0] * rest + texcoords[face, 1, 0] * u + texcoords[face, 2, 0] * v
        y = texcoords[face, 0, 1] * rest + texcoords[face, 1, 1] * u + texcoords[face, 2, 1] * v
        if np.isnan(x):
            out[k, :] = values[255]
            continue
        c0, c1, r0, r1, w0, w1, w2, w3 = _texels(
            x * np.float32(width), y * np.float32(height), width, height, wrap_u, wrap_v
        )
        for channel in range(3):
            c = np.uint64(channel)
            upper = values[image[r0, c0, c]] * w0 + values[image[r0, c1, c]] * w1
            out[k, c] = upper + (values[image[r1, c0, c]] * w2 + values[image[r1, c1, c]] * w3)


@compiled
def _interpolate(corners: FloatArray, faces: IntArray, barycentrics: FloatArray, out: FloatArray) -> None:
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
    _interpolate(corners, faces, barycentrics, out)
    return out


@compiled
def _blend(values: FloatArray, corners: IntArray, faces: IntArray, barycentrics: FloatArray, out: FloatArray) -> None:
    for k in range(len(faces)):
        a, b, c = corners[faces[k], 0], corners[faces[k], 1], corners[faces[k], 2]
        u, v = barycentrics[k, 0], barycentrics[k, 1]
        for d in range(values.shape[1]):
            out[k, d] = values[a, d] * (1 - u - v) + values[b, d] * u + values[c, d] * v


@compiled
def _are_white(colors: ByteArray | None, corners: IntArray, faces: IntArray, places: NDArray[np.intp]) -> bool:
    """Return whether all corners (m, 3) of the faces at the chosen places are white in the colours (n, 3)."""
    if colors is None:
        return True
    last = -1
    for k in range(len(places)):
        face = faces[places[k]]
        # Places come in runs on one face: each face is looked at once.
        if face != last:
            for corner in range(3):
                for c in range(3):
                    if colors[corners[face, corner], c] != 255:
                        return False
        last = face
    return True


def interpolate_vertices(
    values: FloatArray, corners: IntArray, faces: IntArray, barycentrics: FloatArray
) -> FloatArray:
    """Return (k, d) float32: values (n, d) of the corners (m, 3) at k places on faces."""
    out = np.empty((len(faces), values.shape[1]), np.float32)
    _blend(values, corners, faces, barycentrics, out)
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
    # Counting sort by material, stable, in two passes.
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


def _base_texels(material: Material, slot: TextureSlot) -> ByteArray:
    """Return the texels (h, w, 3) of a base colour, as `decoded_recently` does, filled along the borders of holes.

    Whatever programs leave in holes, often black, would show there through a filter.
    """
    texture, opacity = slot.texture, material.opacity_map
    if material.alpha_mode == AlphaMode.OPAQUE or opacity is None:
        return decoded_recently(texture)
    least = 255 * max(material.alpha_cutoff if material.alpha_mode == AlphaMode.MASK else CLEAR, 1 / 255)

    def fill() -> ByteArray:
        image, alpha = decode(texture), decode_opacity(opacity.texture)
        if alpha.shape != image.shape[:2]:
            return image
        return fill_borders(image, alpha * material.opacity >= least, (_BEYOND[slot.wrap_v], _BEYOND[slot.wrap_u]))

    key = _image_key(texture), _image_key(opacity.texture), least, material.opacity, slot.wrap_u, slot.wrap_v
    return _IMAGES.get(key, 3 * texture.width * texture.height, fill)


_BEYOND: dict[Wrap, Beyond] = {Wrap.REPEAT: "wrap", Wrap.CLAMP: "nearest", Wrap.MIRROR: "reflect"}
CLEAR = 0.05
"""Opacity up to which a texel counts as a hole."""


_IMAGES: LruCache[ByteArray] = LruCache(MOST_HELD_BYTES, 1, SHARE)


def _image_key(texture: Texture) -> tuple[object, ...]:
    size = texture.width, texture.height
    if isinstance(texture.data, bytes):
        return (*size, hashlib.sha256(texture.data).digest())
    status = texture.data.stat()
    return (*size, str(texture.data), status.st_size, status.st_mtime_ns, status.st_ino)


def surface_colors(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 sRGB 0..255: base colour at k places on faces, without any light."""
    return _paint_places(mesh, faces, barycentrics, _SRGB)


def surface_albedo(mesh: Mesh, faces: IntArray, barycentrics: FloatArray) -> FloatArray:
    """Return (k, 3) float32 linear light 0..1: base colour at k places on faces, interpolated as light."""
    return _paint_places(mesh, faces, barycentrics, _LINEAR)


_SRGB = np.arange(256, dtype=np.float32)
_LINEAR = to_linear(_SRGB)


def _paint_places(mesh: Mesh, faces: IntArray, barycentrics: FloatArray, values: FloatArray) -> FloatArray:
    """Return (k, 3) float32 colours at k places on faces; values (256,) are what bytes stand for."""
    colors = np.empty((len(faces), 3), np.float32)
    vertex_colors = None if mesh.colors is None else values[mesh.colors]
    image: ByteArray | None = None
    decoded: object = None
    for material, chosen in groups(mesh, faces):
        if material.base is not None and decoded != (material.base.texture, material.alpha_mode):
            image = None  # before the next one is decoded
            image, decoded = _base_texels(material, material.base), (material.base.texture, material.alpha_mode)
        appearance = _Appearance(mesh, material, image if material.base is not None else None, vertex_colors, values)
        _paint(appearance, faces, barycentrics, chosen, colors)
    return colors


@dataclass(frozen=True, eq=False)
class _Appearance:
    """One material of a mesh with its decoded image, and the mesh's vertex colours in the values of bytes."""

    mesh: Mesh
    material: Material
    image: ByteArray | None
    vertex_colors: FloatArray | None
    values: FloatArray

    def colors(self, faces: IntArray, barycentrics: FloatArray, places: NDArray[np.intp]) -> FloatArray:
        """Return (k, 3) float32 at the chosen of places on faces that all have this material, (1, 3) if all are one."""
        part, slot, factor = None, self.material.base, self.material.base_color
        if slot is not None and self.image is not None:
            part = np.empty((len(places), 3), np.float32)
            texture = _Texture(self.image, self.values, WRAPS[slot.wrap_u], WRAPS[slot.wrap_v])
            _texture(texture, self.mesh.texcoords[slot.texcoord_set], places, faces, barycentrics, part)
        if self.vertex_colors is not None and not _are_white(self.mesh.colors, self.mesh.faces, faces, places):
            seen = interpolate_vertices(self.vertex_colors, self.mesh.faces, faces[places], barycentrics[places])
            part = seen if part is None else self._multiply(part, seen)
        if part is None:
            part = np.full((1, 3), self.values[255], np.float32)
        return part if factor == (1, 1, 1) else self._multiply(part, self._show(np.array([factor], np.float32)))

    def _multiply(self, left: FloatArray, right: FloatArray) -> FloatArray:
        """Return two colours multiplied as light."""
        return self._show(self._light(left) * self._light(right))

    def _light(self, colors: FloatArray) -> FloatArray:
        return colors if self.values is _LINEAR else to_linear(colors)

    def _show(self, light: FloatArray) -> FloatArray:
        return light if self.values is _LINEAR else to_srgb(light)


def _paint(
    appearance: _Appearance,
    faces: IntArray,
    barycentrics: FloatArray,
    chosen: NDArray[np.intp] | None,
    colors: FloatArray,
) -> None:
    """Fill colors (k, 3) at the chosen places, a band at a time in threads."""

    def paint(band: slice) -> None:
        places = np.arange(band.start, band.stop) if chosen is None else chosen[band]
        colors[band if chosen is None else places] = appearance.colors(faces, barycentrics, places)

    in_threads(paint, bands(len(faces) if chosen is None else len(chosen)))


SlotOf = Callable[[Material], TextureSlot | None]


def data_texels(texture: Texture) -> ByteArray:
    """Return an image's numbers as they are: an EXR holds them linear, and is decoded to sRGB as a colour would be."""
    image = decode(texture)
    if not raster.is_exr(_head(texture)):
        return image
    return np.asarray(np.rint(linear_table() * 255).astype(np.uint8)[image])


def map_values(
    mesh: Mesh,
    slot_of: SlotOf,
    faces: IntArray,
    barycentrics: FloatArray,
    texels_of: Callable[[Texture], ByteArray] = data_texels,
) -> FloatArray:
    """Return (k, 3) float32 0..255 of a map at k places on faces, NaN where there is none; one texture at a time.

    texels_of : `data_texels`, or `decode` for a map of colours
    """
    values = np.full((len(faces), 3), np.nan, np.float32)
    materials = mesh.face_materials[faces]
    decoded: Texture | None = None
    image: ByteArray | None = None
    for index, slot in _by_texture(mesh, slot_of):
        places = np.flatnonzero(materials == index)
        if not len(places) or slot.texcoord_set >= len(mesh.texcoords):
            continue
        if image is None or decoded is not slot.texture:
            image = None  # before the next one is decoded
            image, decoded = texels_of(slot.texture), slot.texture
        _sample(mesh, slot, image, faces, barycentrics, places, values)
    return values


def _sample(
    mesh: Mesh,
    slot: TextureSlot,
    image: ByteArray,
    faces: IntArray,
    barycentrics: FloatArray,
    places: NDArray[np.int64],
    values: FloatArray,
) -> None:
    """Fill in values (k, 3) at those places that have the slot's image."""
    texcoords = mesh.texcoords[slot.texcoord_set]

    def sample(part: slice) -> None:
        some = places[part]
        uvs = interpolate_corners(texcoords, faces[some], barycentrics[some])
        colors = sample_image(image, uvs, slot)
        colors[~np.isfinite(uvs).all(axis=1)] = np.nan
        values[some] = colors

    in_threads(sample, bands(len(places)))


def _by_texture(mesh: Mesh, slot_of: SlotOf) -> list[tuple[int, TextureSlot]]:
    """Return the materials that have such a map, with their slots, those of one texture side by side."""
    slots = [(index, slot) for index, material in enumerate(mesh.materials) if (slot := slot_of(material)) is not None]
    first: dict[int, int] = {}
    for index, slot in slots:
        first.setdefault(id(slot.texture), index)
    return sorted(slots, key=lambda pair: (first[id(pair[1].texture)], pair[0]))


def _head(texture: Texture) -> bytes:
    if isinstance(texture.data, bytes):
        return texture.data[:4]
    with texture.data.open("rb") as file:
        return file.read(4)
