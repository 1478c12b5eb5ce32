"""Find the textures of a PLY file and where each corner lies on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.formats.images.image import open_texture
from pipeline.formats.io.files import beside
from pipeline.formats.meshes.corners import texcoords_at
from pipeline.formats.meshes.ply_columns import Columns, Lists, Numbers
from pipeline.formats.meshes.ply_faces import Triangles
from pipeline.formats.meshes.ply_header import Header
from pipeline.messages import Message, message, plural_message
from pipeline.model import FloatArray, IntArray, Material, TextureSlot

_BY_VERTEX = (("s", "t"), ("u", "v"), ("texture_u", "texture_v"), ("texture_s", "texture_t"))
_BY_FACE = ("texcoord", "texcoords")
_CORNERS = ("vertex_indices", "vertex_index")
_NUMBERS = (("texnumber",), ("texture_number",))
_KEYWORD = "texturefile"
_GUESSES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")


def read_texcoords(
    vertices: Columns, faces: Columns | None, triangles: Triangles
) -> tuple[tuple[FloatArray, ...], tuple[Message, ...]]:
    """Return the (m, 3, 2) texture coordinates, by face or else by vertex or else none, and warnings."""
    lists = faces.first_list(*_BY_FACE) if faces else None
    corners = faces.first_list(*_CORNERS) if faces else None
    if lists is not None and corners is not None and len(lists.values):
        return _by_face(lists, corners, triangles)
    group = vertices.first_group(*_BY_VERTEX)
    if group is None:
        return (), ()
    return (texcoords_at(_down(vertices.table(group)), triangles.faces),), ()


def _by_face(lists: Lists, corners: Lists, triangles: Triangles) -> tuple[tuple[FloatArray, ...], tuple[Message, ...]]:
    """Gather two numbers a corner; NaN where a face's list has another length than its corners need."""
    if lists.width() == 6 and triangles.rows is None:
        return (_down(lists.values.reshape(-1, 2)).reshape(-1, 3, 2),), ()
    fits = lists.counts == corners.counts * 2
    starts = np.where(fits, lists.starts(), -1)
    places = np.arange(3)[None] if triangles.places is None else triangles.places
    starts = triangles.of_faces(starts)[:, None]
    items = np.where(starts >= 0, starts + 2 * places, -1)
    pairs = np.stack([lists.values[items], lists.values[np.minimum(items + 1, len(lists.values) - 1)]], axis=2)
    texcoords = _down(pairs.reshape(-1, 2)).reshape(-1, 3, 2)
    texcoords[items < 0] = np.nan
    count = int((~fits & (lists.counts > 0)).sum())
    warning = plural_message(
        "the UV coordinates of %(count)s face do not match its corners, and are left out",
        "the UV coordinates of %(count)s faces do not match their corners, and are left out",
        count,
    )
    return (texcoords,), ((warning,) if count else ())


def _down(pairs: Numbers) -> FloatArray:
    """Return (k, 2) float32 with v counted downwards."""
    with np.errstate(over="ignore", invalid="ignore"):
        table = pairs.astype(np.float32)
        table[:, 1] = 1.0 - pairs[:, 1]
    return table


def texture_numbers(vertices: Columns, faces: Columns | None, triangles: Triangles) -> NDArray[np.int64]:
    """Return the (m,) number of each triangle's texture: its face's, or its first vertex's, or 0."""
    group = faces.first_group(*_NUMBERS) if faces else None
    if faces is not None and group is not None:
        return triangles.of_faces(_integers(faces.numbers[group[0]]))
    group = vertices.first_group(*_NUMBERS)
    if group is not None:
        return _integers(vertices.numbers[group[0]])[triangles.faces[:, 0]]
    return np.zeros(len(triangles.faces), np.int64)


def _integers(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind == "f":
        values = np.clip(np.nan_to_num(values, nan=-1.0), -1.0, 2.0**31)
    return values.astype(np.int64)


@dataclass
class Looks:
    """Materials of a PLY file, (m,) int32 indices into them, the files read and what was missing."""

    materials: tuple[Material, ...] = ()
    face_materials: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    files: list[Path] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)


def read_looks(header: Header, numbers: NDArray[np.int64], *, has_texcoords: bool) -> Looks:
    """Return a material for each `TextureFile` comment, and one more for numbers that none of them has.

    Raises TextureError for a texture that is no image, UnsafePathError for one outside the scan's folder.
    """
    looks = Looks()
    names = [text[len(_KEYWORD) :].strip(' :\t"') for text in header.comments if text.lower().startswith(_KEYWORD)]
    if not names and has_texcoords:
        names = _guess(header.path, looks)
    materials = [_material(header.path, name, looks) for name in names] or [Material()]
    outside = (numbers < 0) | (numbers >= len(materials))
    if bool(outside.any()) and names:
        materials.append(Material("untextured"))
    looks.materials = tuple(materials)
    looks.face_materials = np.where(outside, len(materials) - 1, numbers).astype(np.int32)
    return looks


def _guess(scan: Path, looks: Looks) -> list[str]:
    """Return the image of the scan's own name, when it lies beside it."""
    for ending in _GUESSES:
        if beside(scan, scan.stem + ending):
            looks.warnings.append(
                message("no texture is named; '%(name)s' beside the scan is used", name=scan.stem + ending)
            )
            return [scan.stem + ending]
    looks.warnings.append(message("there are UV coordinates, but no texture is named"))
    return []


def _material(scan: Path, reference: str, looks: Looks) -> Material:
    name = PurePath(reference.replace("\\", "/"))
    path = beside(scan, reference) if reference else None
    if path is None:
        looks.warnings.append(message("the texture '%(name)s' is missing", name=reference))
        return Material(name.stem)
    if path not in looks.files:
        looks.files.append(path)
    return Material(name.stem, base=TextureSlot(open_texture(name.name, path, scan)))
