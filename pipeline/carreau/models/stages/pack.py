"""Packing of triangles and textures into one GLB: a level, or the archive of a scan, which loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pygltflib
from numpy.typing import NDArray

from carreau.base.errors import BudgetError, OptionError
from carreau.base.messages import message
from carreau.base.model import (
    METALLIC_ROUGHNESS,
    OCCLUSION_METALLIC_ROUGHNESS,
    PLAIN_SURFACE,
    TEXTURE_SLOTS,
    AlphaMode,
    EncodedImage,
    FloatArray,
    LevelMesh,
    Mesh,
    SurfaceFactors,
    Wrap,
)
from carreau.formats.gltf import scene_writer
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_writer import WriteOptions
from carreau.formats.images import image_codecs
from carreau.formats.images.image_codecs import linear_table
from carreau.formats.writers import usdz_files
from carreau.formats.writers.glb import GlbWriter, Precision, plain_attribute, unit, write_packed, write_plain
from carreau.formats.writers.glb_textures import EmbeddedTexture, GlbTextures, list_slots
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.formats.writers.xmp_packet import with_packet
from carreau.geometry.topology import same_rows
from carreau.geometry.triangles import vertex_normals
from carreau.geometry.uv.layout import vertex_tangents, within_unit

_PLAIN_TYPES = ("image/png", "image/jpeg")
_EXTENSIONS = {
    "image/webp": "EXT_texture_webp",
    "image/ktx2": "KHR_texture_basisu",
    "image/avif": "EXT_texture_avif",
}
_WRAPS = {Wrap.REPEAT: 10497, Wrap.CLAMP: 33071, Wrap.MIRROR: 33648}


@dataclass(frozen=True)
class GltfPackOptions:
    """How a level becomes a file.

    flavour : "plain" is glTF 2.0 that needs no extension, with PNG and JPEG; "compressed" is quantised and packed
    precision : bits of each attribute, for "compressed"
    wrap : what the textures show outside 0..1
    base_color : (r, g, b) linear factors in 0..1
    surface : for what no map holds
    alpha_mode : how the alpha of the base colour is meant, cut off at `LEVEL_CUTOFF`
    is_double_sided : whether the back of a surface is shown
    name : of the mesh, empty for none
    copyright, generator : into `asset`
    extras : into `asset.extras`: plain JSON values; source, licence, level, content key
    packet : what the asset says of itself for programs that read XMP, empty for nothing
    """

    flavour: Literal["plain", "compressed"] = "compressed"
    precision: Precision = field(default_factory=Precision)
    wrap: Wrap = Wrap.CLAMP
    base_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    surface: SurfaceFactors = PLAIN_SURFACE
    alpha_mode: AlphaMode = AlphaMode.OPAQUE
    is_double_sided: bool = True
    name: str = ""
    copyright: str = ""
    generator: str = "Carreau"
    extras: Mapping[str, Any] = field(default_factory=dict)
    packet: Mapping[str, Any] = field(default_factory=dict)


SMALL_BASE = "base-small"
"""Name of the image that stands in for the base colour while a viewer receives the file; no texture refers to it."""


def pack(
    level: LevelMesh, images: Mapping[str, EncodedImage], about: GltfPackOptions, small_base: EncodedImage | None = None
) -> bytes:
    """Return a GLB of one mesh with one material; the same arguments give the same bytes.

    Packed triangles come first and textures last, so that the beginning of the file is a model of its own.

    images : by slot of `TEXTURE_SLOTS`; none is needed
    small_base : the base colour at a lower size, as WebP, put between triangles and textures of a "compressed" model

    Raises OptionError for images that the flavour or the mesh cannot carry.

    >>> import numpy as np
    >>> corners, up = np.eye(3, dtype=np.float32), np.ones((3, 3), np.float32)
    >>> triangle = LevelMesh(corners, up, np.array([[0, 1, 2]], np.int32))
    >>> pack(triangle, {}, GltfPackOptions())[:4]
    b'glTF'
    """
    _check(level, images, about)
    writer = GlbWriter()
    model = writer.model
    model.asset = _asset(about)
    small = None
    if about.flavour == "plain":
        primitive, node = write_plain(writer, level, _tangents(level, images)), pygltflib.Node()
    else:
        primitive, node = write_packed(writer, _within_texture(level, about.wrap), about.precision)
        small = None if small_base is None else _image(writer, small_base)
    material = _material(writer, images, about)  # images come last: `compress` stores them
    if small is not None:
        # The last of the images, so that the numbers of those that are used stay what they are without it.
        small.name = SMALL_BASE
        model.images.append(small)
        writer.use(_EXTENSIONS[small.mimeType], is_required=False)
    primitive.material = 0
    node.mesh = 0
    model.materials = [material]
    model.meshes = [pygltflib.Mesh(primitives=[primitive], name=about.name or None)]
    model.nodes, model.scenes, model.scene = [node], [pygltflib.Scene(nodes=[0])], 0
    return with_packet(writer.to_bytes(), about.packet)


def _check(level: LevelMesh, images: Mapping[str, EncodedImage], about: GltfPackOptions) -> None:
    """Refuse what would make a file that readers reject."""
    for slot, image in images.items():
        if slot not in TEXTURE_SLOTS:
            raise OptionError(
                message("pack: unknown texture slot '%(slot)s'; use %(slots)s", slot=slot, slots=TEXTURE_SLOTS)
            )
        known = _PLAIN_TYPES if about.flavour == "plain" else (*_PLAIN_TYPES, *_EXTENSIONS)
        if image.media_type not in known:
            raise OptionError(
                message(
                    "pack: a '%(flavour)s' model cannot contain %(type)s; use %(types)s",
                    flavour=about.flavour,
                    type=image.media_type,
                    types=tuple(known),
                )
            )
    if images and level.texcoords is None:
        raise OptionError(message("pack: a mesh without UV coordinates cannot have textures; unwrap it first"))


def _within_texture(level: LevelMesh, wrap: Wrap) -> LevelMesh:
    if level.texcoords is None:
        return level
    return replace(level, texcoords=within_unit(level.texcoords, level.faces, wrap == Wrap.REPEAT))


def _tangents(level: LevelMesh, images: Mapping[str, EncodedImage]) -> FloatArray | None:
    """Return what a plain model's normal map needs; a compressed one leaves it to the reader, which costs no bytes."""
    if "normal" not in images or level.texcoords is None:
        return None
    return vertex_tangents(level.positions, level.normals, level.texcoords, level.faces)


def _asset(about: GltfPackOptions) -> pygltflib.Asset:
    """Return the asset's own description, its extras in the order of their names."""
    extras = json.loads(json.dumps(about.extras, sort_keys=True, allow_nan=False))
    return pygltflib.Asset(generator=about.generator, copyright=about.copyright or None, extras=extras)


def _material(writer: GlbWriter, images: Mapping[str, EncodedImage], about: GltfPackOptions) -> pygltflib.Material:
    """Add the images and return the material that uses them."""
    indices = {slot: _texture(writer, images[slot], about.wrap) for slot in TEXTURE_SLOTS if slot in images}
    both = indices.get(OCCLUSION_METALLIC_ROUGHNESS)
    surface, occlusion = indices.get(METALLIC_ROUGHNESS, both), indices.get("occlusion", both)
    rough = pygltflib.PbrMetallicRoughness(
        baseColorFactor=[*about.base_color, 1.0] if about.base_color != (1.0, 1.0, 1.0) else None,
        metallicFactor=about.surface.metallic if surface is None else 1.0,
        roughnessFactor=about.surface.roughness if surface is None else 1.0,
        baseColorTexture=pygltflib.TextureInfo(index=indices["base"], texCoord=None) if "base" in indices else None,
    )
    if surface is not None:
        rough.metallicRoughnessTexture = pygltflib.TextureInfo(index=surface, texCoord=None)
    emission = (1.0, 1.0, 1.0) if "emissive" in indices else about.surface.emission
    material = pygltflib.Material(
        pbrMetallicRoughness=rough,
        emissiveFactor=list(emission) if any(emission) else None,
        alphaMode=None if about.alpha_mode == AlphaMode.OPAQUE else about.alpha_mode.value,
        doubleSided=about.is_double_sided or None,
    )
    if "emissive" in indices:
        material.emissiveTexture = pygltflib.TextureInfo(index=indices["emissive"], texCoord=None)
    if "normal" in indices:
        material.normalTexture = pygltflib.NormalMaterialTexture(index=indices["normal"], texCoord=None, scale=None)
    if occlusion is not None:
        material.occlusionTexture = pygltflib.OcclusionTextureInfo(index=occlusion, texCoord=None, strength=None)
    return material


def _texture(writer: GlbWriter, image: EncodedImage, wrap: Wrap) -> int:
    """Add one image with its texture, all of them over one sampler."""
    model = writer.model
    if not model.samplers:
        sampler = pygltflib.Sampler(magFilter=9729, minFilter=9987, wrapS=_WRAPS[wrap], wrapT=_WRAPS[wrap])
        model.samplers.append(sampler)
    model.images.append(_image(writer, image))
    source, extension = len(model.images) - 1, _EXTENSIONS.get(image.media_type)
    if extension is None:
        model.textures.append(pygltflib.Texture(sampler=0, source=source))
    else:
        # without a PNG beside it, a reader that lacks the extension would show nothing: so it is required
        writer.use(extension, is_required=True)
        model.textures.append(pygltflib.Texture(sampler=0, extensions={extension: {"source": source}}))
    return len(model.textures) - 1


def _image(writer: GlbWriter, image: EncodedImage) -> pygltflib.Image:
    """Put the bytes of an image into the file."""
    return pygltflib.Image(bufferView=writer.view(image.data), mimeType=image.media_type)


def pack_usdz(
    level: LevelMesh,
    images: Mapping[str, EncodedImage],
    about: UsdzAbout,
    surface: SurfaceFactors = PLAIN_SURFACE,
    alpha_mode: AlphaMode = AlphaMode.OPAQUE,
) -> bytes:
    """Return the USDZ of a level; see `carreau.formats.writers.usdz_files.write`."""
    return usdz_files.write(level, images, about, surface, alpha_mode)


def pack_authored(scene: Authored, images: tuple[EncodedImage, ...], about: WriteOptions) -> bytes:
    """Return the GLB of a scene; see `carreau.formats.gltf.scene_writer.write`."""
    return scene_writer.write(scene, images, about)


def pack_bare(scene: Authored) -> bytes:
    """Return the plain GLB of a scene with a white texel in place of each picture, for the validator to look at."""
    texel = EncodedImage(image_codecs.encode_png(np.full((1, 1, 3), 255, np.uint8)), image_codecs.PNG_TYPE)
    return scene_writer.write(scene, [texel] * len(scene.pictures), WriteOptions("plain"))


MOST_BYTES = (1 << 32) - (1 << 20)
"""A GLB counts its bytes in 32 bits (glTF 2.0, 4.4.2)."""

_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER


@dataclass(frozen=True)
class ArchiveAbout:
    """Metadata of the file.

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
        slots = list_slots(mesh.materials[group.material]) if group.is_textured else {}
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
        slots = list_slots(mesh.materials[index])
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
