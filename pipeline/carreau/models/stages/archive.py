"""The archive GLB of a scan: every triangle and material, with the original textures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray

from carreau.base.errors import BudgetError
from carreau.base.messages import message
from carreau.base.model import FloatArray, Mesh
from carreau.formats.images.srgb import linear_table
from carreau.formats.writers.glb import GlbWriter, plain_attribute, unit
from carreau.formats.writers.glb_textures import EmbeddedTexture, GlbTextures, slots_of
from carreau.formats.writers.xmp_packet import with_packet
from carreau.geometry.topology import same_rows
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.rasterize import vertex_tangents

MOST_BYTES = (1 << 32) - (1 << 20)
"""A GLB counts its bytes in 32 bits (glTF 2.0, 4.4.2)."""

_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER


@dataclass(frozen=True)
class ArchiveAbout:
    """What the file says of itself.

    name : of the mesh, empty for none
    copyright, generator : into `asset`
    extras : into `asset.extras`: plain JSON values
    packet : what the asset says of itself for programs that read XMP, empty for nothing
    """

    name: str = ""
    copyright: str = ""
    generator: str = "Carreau"
    extras: Mapping[str, Any] = field(default_factory=dict)
    packet: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Archived:
    """A scan as one GLB, and what is in it.

    notes : one sentence for each texture that could not stay as it was
    """

    glb: bytes
    triangles: int
    vertices: int
    materials: int
    textures: tuple[EmbeddedTexture, ...]
    notes: tuple[str, ...]


def pack_archive(mesh: Mesh, about: ArchiveAbout) -> Archived:
    """Return a cleaned scan as a GLB of glTF 2.0 that needs no extension; the same arguments give the same bytes.

    Normals are written where the scan has some. A normal map as DirectX has it stays as it is: tangents that turn the
    other way tell its green, and bring smooth normals where there are none.

    Raises BudgetError for more than a GLB can hold, TextureError for a texture that has to be decoded and is broken.
    """
    writer, textures = GlbWriter(), GlbTextures()
    primitives, vertices = [], 0
    for group in _groups(mesh):
        primitive, count = _primitive(writer, mesh, group)
        slots = slots_of(mesh.materials[group.material]) if group.is_textured else {}
        primitive.material = textures.material(writer, mesh.materials[group.material], slots, group.sets)
        primitives.append(primitive)
        vertices += count
        _refuse_size(writer)
    model = writer.model
    extras = json.loads(json.dumps(about.extras, sort_keys=True, allow_nan=False))
    model.asset = pygltflib.Asset(generator=about.generator, copyright=about.copyright or None, extras=extras)
    model.meshes = [pygltflib.Mesh(primitives=primitives, name=about.name or None)]
    model.nodes, model.scenes, model.scene = [pygltflib.Node(mesh=0)], [pygltflib.Scene(nodes=[0])], 0
    return Archived(
        with_packet(writer.to_bytes(), about.packet),
        len(mesh.faces),
        vertices,
        len(model.materials),
        tuple(textures.carried),
        tuple(textures.notes),
    )


def _refuse_size(writer: GlbWriter) -> None:
    last = writer.model.bufferViews[-1]
    if last.byteOffset + last.byteLength > MOST_BYTES:
        raise BudgetError(message("archive: the scan exceeds the 4 GB of a GLB file; deposit only its original files"))


@dataclass(frozen=True, eq=False)
class _Group:
    """Faces that one primitive draws.

    faces : (k,) indices into the mesh's faces
    sets : the texture coordinate sets they bring, in the order of the file's
    is_textured : whether they have their material's textures
    """

    material: int
    faces: NDArray[np.intp]
    sets: tuple[int, ...]
    is_textured: bool

    def is_green_down(self, mesh: Mesh) -> bool:
        """Return whether the faces have a normal map whose green means down."""
        material = mesh.materials[self.material]
        return self.is_textured and material.normal is not None and material.is_green_down


def _groups(mesh: Mesh) -> Iterator[_Group]:
    """Give the faces of each material, those without texture coordinates apart: they have its colour alone."""
    for index in np.flatnonzero(np.bincount(mesh.face_materials)):
        slots = slots_of(mesh.materials[index])
        sets = tuple(sorted({slot.texcoord_set for slot in slots.values()})) or tuple(
            range(min(len(mesh.texcoords), 1))
        )
        faces = np.flatnonzero(mesh.face_materials == index)
        laid = np.ones(len(faces), bool)
        for number in sets:
            laid &= np.isfinite(mesh.texcoords[number][faces]).all(axis=(1, 2))
        if laid.any() and sets:
            yield _Group(int(index), faces[laid], sets, bool(slots))
        if not laid.all() or not sets:
            yield _Group(int(index), faces[~laid] if sets else faces, (), False)


def _primitive(writer: GlbWriter, mesh: Mesh, group: _Group) -> tuple[pygltflib.Primitive, int]:
    """Add the triangles of a group with a vertex wherever anything differs; return them and the number of vertices."""
    places = mesh.faces[group.faces].ravel()
    texcoords = [mesh.texcoords[number][group.faces].reshape(-1, 2) for number in group.sets]
    normals = _normals(mesh, group)
    attribute_values = [*texcoords, *([] if normals is None else [normals])]
    rows = np.column_stack([places.astype(np.uint32)[:, None], *(_bits(values) for values in attribute_values)])
    split = same_rows(np.ascontiguousarray(rows))
    first = split.first
    positions = np.ascontiguousarray(mesh.positions[places[first]], np.float32)
    view = writer.view(positions.tobytes(), _VERTICES)
    attributes = {"POSITION": writer.accessor(view, positions, has_bounds=True)}
    if normals is not None:
        attributes["NORMAL"] = plain_attribute(writer, unit(normals[first]))
    slot = mesh.materials[group.material].normal
    if normals is not None and slot is not None and group.is_green_down(mesh):
        laid, faces = texcoords[group.sets.index(slot.texcoord_set)][first], split.labels.reshape(-1, 3)
        tangents = vertex_tangents(positions, unit(normals[first]), laid, faces)
        attributes["TANGENT"] = plain_attribute(writer, tangents * np.array([1, 1, 1, -1], np.float32))
    for number, values in enumerate(texcoords):
        attributes[f"TEXCOORD_{number}"] = plain_attribute(writer, np.ascontiguousarray(values[first], np.float32))
    if mesh.colors is not None:
        attributes["COLOR_0"] = plain_attribute(writer, _linear(mesh.colors[places[first]]), is_normalized=True)
    indices = np.ascontiguousarray(split.labels, np.uint32)
    corners = writer.accessor(writer.view(indices.tobytes(), _INDICES), indices)
    primitive = pygltflib.Primitive(attributes=pygltflib.Attributes(**attributes), indices=corners, mode=None)
    return primitive, len(first)


def _normals(mesh: Mesh, group: _Group) -> FloatArray | None:
    """Return (k, 3) normals of a group's corners, or None: the scan's own, smooth ones where tangents need some."""
    if mesh.normals is not None:
        return np.asarray(mesh.normals[group.faces].reshape(-1, 3))
    if group.is_green_down(mesh):
        return np.asarray(vertex_normals(mesh.positions, mesh.faces)[mesh.faces[group.faces].ravel()])
    return None


def _bits(values: FloatArray) -> NDArray[np.uint32]:
    return np.ascontiguousarray(values + np.float32(0), np.float32).view(np.uint32)


def _linear(colors: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return (n, 4) linear colours of 16 bits, from which the scan's 8 bits of sRGB come back exactly."""
    table = np.rint(linear_table() * 65535).astype(np.uint16)
    return np.column_stack([table[colors], np.full(len(colors), 65535, np.uint16)])
