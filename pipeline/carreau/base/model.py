"""Data types of scans and levels, with their shapes, dtypes and units.

Lengths are metres once `orient` has run and the scan's own unit before; colours are sRGB unless a name says linear;
texture coordinates follow glTF: (0, 0) is the upper left corner of the first texel and v grows downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carreau.base.messages import Message, message

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
ByteArray = NDArray[np.uint8]


class Wrap(StrEnum):
    """What a texture shows outside 0..1, as glTF samplers name it."""

    REPEAT = "repeat"
    CLAMP = "clamp"
    MIRROR = "mirror"


class AlphaMode(StrEnum):
    """How the opacity of a material is meant, as glTF names it."""

    OPAQUE = "OPAQUE"
    MASK = "MASK"
    BLEND = "BLEND"


@dataclass(frozen=True, eq=False)
class Texture:
    """An encoded image that nobody has decoded yet.

    name : as the scan writes it, for messages
    data : the file it lies in, or its bytes when it was embedded
    width, height : texels, read from the header
    """

    name: str
    data: Path | bytes
    width: int
    height: int

    @property
    def size_bytes(self) -> int:
        """Return how long the encoded image is."""
        return len(self.data) if isinstance(self.data, bytes) else self.data.stat().st_size


@dataclass(frozen=True, eq=False)
class TextureSlot:
    """A texture in its place on a material.

    texcoord_set : which array of `Mesh.texcoords` it follows
    wrap_u, wrap_v : what it shows outside 0..1
    """

    texture: Texture
    texcoord_set: int = 0
    wrap_u: Wrap = Wrap.REPEAT
    wrap_v: Wrap = Wrap.REPEAT


@dataclass(frozen=True, eq=False)
class Material:
    """Colours and textures of a face, and how it reflects light.

    base_color : (r, g, b) linear factors in 0..1, multiplied with the texture and the vertex colour
    is_green_down : whether green in the normal map means down in the picture, as DirectX has it, and not up as glTF has
    metallic, roughness : in 0..1; factors of the channels of their maps
    metallic_map, roughness_map : blue and green are read, as in glTF; a grey image has both
    emissive_color : (r, g, b) linear factors in 0..1, multiplied with the emissive texture
    occlusion_strength : share of the occlusion map that counts, 0..1
    alpha_mode : MASK shows what is at least as opaque as the cutoff, BLEND mixes with what is behind
    alpha_cutoff : for MASK, above 0
    opacity : in 0..1, factor of its map
    opacity_map : its alpha channel is read, or its grey where it has none
    kept_mode : alpha_mode of the file, where levels show another one and the archive keeps it
    """

    name: str = ""
    base_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    base: TextureSlot | None = None
    normal: TextureSlot | None = None
    occlusion: TextureSlot | None = None
    is_green_down: bool = False
    metallic: float = 0.0
    roughness: float = 1.0
    metallic_map: TextureSlot | None = None
    roughness_map: TextureSlot | None = None
    emissive_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive: TextureSlot | None = None
    occlusion_strength: float = 1.0
    alpha_mode: AlphaMode = AlphaMode.OPAQUE
    alpha_cutoff: float = 0.5
    opacity: float = 1.0
    opacity_map: TextureSlot | None = None
    kept_mode: AlphaMode | None = None

    @property
    def slots(self) -> dict[str, TextureSlot]:
        """Return the textures in use by the name of their field, the base colour first."""
        names = ("base", "normal", "occlusion", "metallic_map", "roughness_map", "emissive", "opacity_map")
        slots = {name: getattr(self, name) for name in names}
        return {name: slot for name, slot in slots.items() if slot is not None}

    @property
    def first_slot(self) -> TextureSlot | None:
        """Return the texture that decides on the layout: that of the colour, or of the first map without one."""
        return next(iter(self.slots.values()), None)


def left_out_of_material(name: str, parts: str) -> Message:
    """Return the warning about parts of a material that models do not have."""
    return message(
        "left out of the material '%(name)s': %(parts)s (models contain colour, relief, occlusion, metal, roughness "
        "and emission)",
        parts=parts,
        name=name,
    )


def hidden(name: str) -> Message:
    """Return the warning about a material that would not be seen at all."""
    return message(
        "the material '%(name)s' is fully transparent, which programs write by mistake; it is shown as opaque",
        name=name,
    )


HIDDEN = hidden("").msgid
"""Id of that warning."""


def emits_its_colors(name: str) -> Message:
    """Return the warning about a material whose emission is its colour again."""
    return message(
        "the material '%(name)s' emits its own colours, as exports without lighting do; the emission is left out",
        name=name,
    )


@dataclass(frozen=True)
class Fidelity:
    """How well float32 positions about an origin hold the coordinates of a file, and what those coordinates hold.

    changed : share of the surface, 0..1, that rounding to float32 changed in reading
    step : distance between neighbouring coordinates, where the file has float32 and they are coarse beside its
        triangles or points; else 0
    near : size of the coordinates that are that coarse
    edge : median length of the triangles' edges, or distance of a point to the nearest
    collapsed : share of the triangles, 0..1, that such steps have left without an area
    """

    changed: float = 0.0
    step: float = 0.0
    near: float = 0.0
    edge: float = 0.0
    collapsed: float = 0.0


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles with normals, colours and materials, as read from a scan.

    positions : (n, 3) float32, about `origin`
    faces : (m, 3) int32, counter-clockwise seen from outside, indices into positions
    texcoords : sets of (m, 3, 2) float32, one pair a corner; NaN where a face has none
    normals : (m, 3, 3) float32 unit vectors, one a corner, or None when the scan has none
    colors : (n, 3) uint8 sRGB, one a position, or None
    face_materials : (m,) int32, indices into materials
    materials : at least one
    origin : (3,) float64, add it to a position to find the place in the scan's own coordinates
    fidelity : of the positions, to the file they were read from
    """

    positions: FloatArray
    faces: IntArray
    texcoords: tuple[FloatArray, ...] = ()
    normals: FloatArray | None = None
    colors: ByteArray | None = None
    face_materials: IntArray = field(default_factory=lambda: np.zeros(0, np.int32))
    materials: tuple[Material, ...] = (Material(),)
    origin: DoubleArray = field(default_factory=lambda: np.zeros(3))
    fidelity: Fidelity = Fidelity()

    def __post_init__(self) -> None:
        """Give every face the first material when no materials are given."""
        if len(self.face_materials) != len(self.faces):
            object.__setattr__(self, "face_materials", np.zeros(len(self.faces), np.int32))


@dataclass(frozen=True)
class ScanFacts:
    """Properties of a scan besides its geometry.

    format : "OBJ", "PLY", "glTF", "GLB", "STL", "LAS", "E57" …
    detail : variant in words, such as "ascii", "binary little endian", "Draco"
    parts : names of the groups, meshes or nodes the file was cut into
    up : "x", "y", "z", "-x", "-y" or "-z" when the format or file says so, else None
    unit_m : length of the file's unit in metres when the format or file says so, else None
    warnings : one message each, for the report
    crs : coordinate system as the file names it, "EPSG:2154" or WKT; empty when it does not
    decisions : one message for each choice in reading that needs no attention
    variants : names of the sets of materials that the file has besides the default one
    """

    format: str
    detail: str = ""
    parts: tuple[str, ...] = ()
    up: str | None = None
    unit_m: float | None = None
    copyright: str = ""
    warnings: tuple[Message, ...] = ()
    crs: str = ""
    decisions: tuple[Message, ...] = ()
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points with colours, intensity and normals, as read from a scan.

    positions : (n, 3) float32, about `origin`
    colors : (n, 3) uint8 sRGB, or None when the scan has none
    intensity : (n,) float32 in 0..1, or None when the scan has none
    normals : (n, 3) float32 unit vectors, or None when the scan has none
    stations : (s, 3) float32 about `origin`, where the scanner stood; empty when unknown
    station_of : (n,) int32, indices into stations, or None when unknown
    count : points in the files, before any thinning
    voxel : edge of the cells the points were thinned to, in the scan's unit; 0 when all of them are here
    origin : (3,) float64, add it to a position to find the place in the scan's own coordinates
    fidelity : what the coordinates of the file hold
    """

    positions: FloatArray
    colors: ByteArray | None = None
    intensity: FloatArray | None = None
    normals: FloatArray | None = None
    stations: FloatArray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    station_of: IntArray | None = None
    count: int = 0
    voxel: float = 0.0
    origin: DoubleArray = field(default_factory=lambda: np.zeros(3))
    fidelity: Fidelity = Fidelity()


@dataclass(frozen=True, eq=False)
class Scan:
    """A scan as read: its mesh, what was learnt on the way, and the files it came from.

    mesh : without any face when the scan is a point cloud
    cloud : the points, None when the scan is a mesh
    """

    name: str
    mesh: Mesh
    facts: ScanFacts
    files: tuple[Path, ...]
    cloud: Cloud | None = None


@dataclass(frozen=True)
class GeoPose:
    """Where a model's origin stands on the Earth, and how it is turned there (OGC GeoPose 1.0, Basic-Quaternion).

    lon, lat : degrees in WGS 84
    height : metres above its ellipsoid
    quaternion : (x, y, z, w), turns the model's axes to local east, north, up
    """

    lon: float
    lat: float
    height: float
    quaternion: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)


LEVEL_CUTOFF = 0.5
"""Alpha from which on a texel of a level is there, whatever the cutoff of the scan's materials: glTF's own default."""


@dataclass(frozen=True, eq=False)
class Skin:
    """The textures of a level, over one atlas.

    base : (h, w, 3) uint8 sRGB, or (h, w, 4) with an alpha that is cut off at `LEVEL_CUTOFF` where the scan has holes
    normal : (h, w, 3) uint8 tangent space, +Y up as glTF has it, or None
    occlusion : (h, w) uint8, 255 is open, or None
    """

    base: ByteArray
    normal: ByteArray | None = None
    occlusion: ByteArray | None = None


OCCLUSION_METALLIC_ROUGHNESS = "occlusion_metallic_roughness"
METALLIC_ROUGHNESS = "metallic_roughness"
TEXTURE_SLOTS = ("base", "normal", "occlusion", METALLIC_ROUGHNESS, OCCLUSION_METALLIC_ROUGHNESS, "emissive")
"""Slots of a level's textures; in the one before the last, red is occlusion, and there is none of the others."""


@dataclass(frozen=True)
class SurfaceFactors:
    """How a level without maps of it reflects and emits light: by default rough and not metallic, as stone and brick.

    metallic, roughness : 0..1
    emission : (r, g, b) linear, 0..1
    """

    metallic: float = 0.0
    roughness: float = 1.0
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)


PLAIN_SURFACE = SurfaceFactors()


@dataclass(frozen=True, eq=False)
class LevelMesh:
    """One level's geometry, ready for a GPU: a vertex wherever any attribute differs.

    positions : (n, 3) float32 metres
    normals : (n, 3) float32 unit
    faces : (m, 3) int32
    texcoords : (n, 2) float32 or None
    colors : (n, 3) uint8 sRGB or None
    """

    positions: FloatArray
    normals: FloatArray
    faces: IntArray
    texcoords: FloatArray | None = None
    colors: ByteArray | None = None


@dataclass(frozen=True)
class EncodedImage:
    """An image ready to be put in a model.

    data : the bytes of its file
    media_type : "image/png", "image/jpeg", "image/webp" or "image/ktx2"
    """

    data: bytes
    media_type: str
