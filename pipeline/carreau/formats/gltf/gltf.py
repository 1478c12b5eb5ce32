"""Read a GLB or glTF as a scan: the meshes of its scenes in world coordinates, merged, or else its points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import AlphaMode, ByteArray, DoubleArray, FloatArray, IntArray, Material, Mesh, Scan, ScanFacts
from carreau.formats.gltf.gltf_document import MESHOPT, ON_GLOBE, Document, JsonElement, open_document, refuse_required
from carreau.formats.gltf.gltf_extensions import is_supported, name_left_out
from carreau.formats.gltf.gltf_materials import MaterialReader, TexcoordKey
from carreau.formats.gltf.gltf_plain import expand_instances, list_variants, remove_hidden, select_variant
from carreau.formats.gltf.gltf_points import read_points
from carreau.formats.gltf.gltf_pose import Moment, ScenePose
from carreau.formats.gltf.gltf_primitives import (
    DRACO,
    Primitive,
    drawn_shape,
    has_vertex_alpha,
    read_primitive,
    triangle_count,
)
from carreau.formats.gltf.gltf_scenes import Placed
from carreau.formats.origin import local_surface

NO_ANIMATIONS = message("animations are left out")
NO_SKINS = message("skins are left out; the model is in its rest pose")
NO_MORPH_TARGETS = message("morph targets are left out; the model is in its rest pose")


def _vertex_alpha_ignored(name: str) -> Message:
    return message(
        "the alpha of the vertex colours is ignored where the material is '%(name)s'; put it into the texture",
        name=name,
    )


VERTEX_ALPHA = _vertex_alpha_ignored("").msgid
"""Id of the warning about vertex colours with alpha."""

#: Instances of one mesh may add up to this many triangles; more are read only when the file has each of them.
_MOST_REPEATED = 20_000_000

_Drawn = list[tuple[Placed, JsonElement]]


def read(path: Path, moment: Moment | None = None, variant: str = "") -> Scan:
    """Read a .glb or .gltf file, embedded or with files beside it; up is y and the unit is the metre, by the standard.

    moment : of an animation; at rest by default
    variant : whose materials are read, one of the file's; the default materials if empty

    Raises FormatError when the bytes are not what they claim, TextureError for a broken image, UnsafePathError for a
    URI that leaves the folder, ScanError for a required extension that is unknown, and OptionError for a variant that
    is not there.
    """
    document = open_document(path)
    refuse_required(document.root, is_supported)
    left_out = name_left_out(document.root, authored=False)
    if variant:
        select_variant(document, variant)
    variants = list_variants(document.root)
    warnings = [*_name_variants(variants, variant), *left_out, *remove_hidden(document), *expand_instances(document)]
    pose = ScenePose(document, moment)
    shapes = _list_shapes(pose)
    facts = ScanFacts(
        format=_format(document),
        detail=_detail(document),
        parts=tuple(dict.fromkeys(placed.name for placed, _ in shapes["triangles"] or shapes["points"] if placed.name)),
        up=None if document.root.extension(ON_GLOBE) is not None else "y",
        unit_m=1.0,
        copyright=_asset(document).text("copyright"),
        warnings=tuple(dict.fromkeys([*warnings, *pose.scenes.warnings])),
        variants=variants,
    )
    if shapes["points"] and not shapes["triangles"]:
        return read_points(document, shapes["points"], facts)
    drawn = shapes["triangles"]
    _check_count(document, drawn)
    reader = MaterialReader(document)
    numbers, materials = _materials(drawn, reader)
    keys = reader.texcoord_keys or _only_set(drawn)
    parts = _parts(document, drawn, numbers, keys, materials, pose)
    mesh = merge(parts, keys, with_green_direction(parts, keys, materials))
    notes = [*_name_shapes(shapes), *_list_vertex_alpha(document, drawn, numbers, materials)]
    notes += [*pose.scenes.warnings, *reader.warnings, *_list_ignored(document.root)]
    facts = replace(
        facts, warnings=tuple(dict.fromkeys([*warnings, *notes])), decisions=tuple(dict.fromkeys(reader.decisions))
    )
    return Scan(path.stem, mesh, facts, tuple(document.files))


def _format(document: Document) -> str:
    if document.is_tile:
        return "b3dm"
    return "GLB" if document.chunk is not None or document.path.suffix.lower() == ".glb" else "glTF"


def _name_variants(names: tuple[str, ...], chosen: str) -> list[Message]:
    """Return the warning about variants that are not read."""
    others = tuple(dict.fromkeys(f"'{name}'" for name in names if name != chosen))
    if not others:
        return []
    return [_variants_left_out(others)]


def _variants_left_out(names: tuple[str, ...]) -> Message:
    return message("variants of the materials are left out, and --variant chooses one of them: %(names)s", names=names)


VARIANTS_LEFT_OUT = _variants_left_out(()).msgid
"""Id of the warning about variants that are not read."""


def _asset(document: Document) -> JsonElement:
    return document.root.child("asset") or JsonElement(document.path, "asset", {})


def _list_shapes(pose: ScenePose) -> dict[str, _Drawn]:
    """Return the placed primitives of "triangles", "points" and "lines"."""
    shapes: dict[str, _Drawn] = {"triangles": [], "points": [], "lines": []}
    for placed in pose.placed():
        for element in placed.mesh.children("primitives"):
            shapes[drawn_shape(element)].append((placed, element))
    return shapes


def _check_count(document: Document, drawn: _Drawn) -> None:
    """Raise FormatError for a file without triangles, and for one that repeats too many."""
    counts = {element.place: triangle_count(document, element) for _, element in drawn}
    total, distinct = sum(counts[element.place] for _, element in drawn), sum(counts.values())
    if not total:
        raise FormatError(document.path, "scene", message("there are no triangles"), message("export it as a mesh"))
    if total > max(_MOST_REPEATED, distinct):
        cause = message("instancing repeats %(distinct)s triangles as %(total)s", distinct=distinct, total=total)
        raise FormatError(document.path, "scene", cause, message("export it without instances"))


def _name_shapes(shapes: dict[str, _Drawn]) -> list[Message]:
    """Return a warning for each primitive that a mesh leaves out."""
    return [
        *(message("%(place)s contains points and is left out", place=each.place) for _, each in shapes["points"]),
        *(message("%(place)s contains lines and is left out", place=each.place) for _, each in shapes["lines"]),
    ]


def _materials(drawn: _Drawn, reader: MaterialReader) -> tuple[dict[int, int], tuple[Material, ...]]:
    """Read the materials in use, in the file's order; the number -1 is glTF's own default."""
    users = {element.integer("material") if element.has("material") else -1: element for _, element in drawn}
    ordered = sorted(users, key=lambda index: (index < 0, index))
    materials = tuple(reader.read(index, users[index]) if index >= 0 else Material("default") for index in ordered)
    return {index: number for number, index in enumerate(ordered)}, materials


def _only_set(drawn: _Drawn) -> list[TexcoordKey]:
    """Return the first set of texture coordinates, which no texture uses but which may be a layout worth keeping."""
    attributes = [element.child("attributes") for _, element in drawn]
    return [TexcoordKey(0)] if any(names is not None and names.has("TEXCOORD_0") for names in attributes) else []


def _parts(
    document: Document,
    drawn: _Drawn,
    numbers: dict[int, int],
    keys: list[TexcoordKey],
    materials: tuple[Material, ...],
    pose: ScenePose,
) -> list[PlacedPrimitive]:
    """Read each primitive once, however often it is drawn, and pose it where it has a skin or morph targets."""
    sets = sorted({key.source for key in keys})
    primitives: dict[str, Primitive] = {}
    parts = []
    for placed, element in drawn:
        number = numbers[element.integer("material") if element.has("material") else -1]
        if element.place not in primitives:
            has_normal_map = materials[number].normal is not None
            primitives[element.place] = read_primitive(
                document, element, sets, has_normal_map=has_normal_map, is_skinned=document.root.has("skins")
            )
        primitive, matrix = primitives[element.place], placed.matrix
        if pose.is_posed(placed):
            primitive, matrix = pose.apply_pose(primitive, element, placed)
        parts.append(PlacedPrimitive(primitive, matrix, number))
    return parts


def _list_vertex_alpha(
    document: Document, drawn: _Drawn, numbers: dict[int, int], materials: tuple[Material, ...]
) -> list[Message]:
    """Return a warning for each material that is not opaque and has vertices whose colours are not either."""
    elements = {element.place: element for _, element in drawn if element.has("material")}.values()
    used = [(materials[numbers[element.integer("material")]], element) for element in elements]
    return [
        _vertex_alpha_ignored(material.name)
        for material, element in used
        if material.alpha_mode != AlphaMode.OPAQUE and has_vertex_alpha(document, element)
    ]


def _detail(document: Document) -> str:
    """Return the container and the compression of the file, such as "embedded, Draco"."""
    used = document.root.texts("extensionsUsed")
    words = {DRACO: "Draco", "KHR_mesh_quantization": "quantised", MESHOPT[0]: "meshopt", MESHOPT[1]: "meshopt"}
    packing = [word for name, word in words.items() if name in used]
    container = "" if document.chunk is not None else "separate files" if len(document.files) > 1 else "embedded"
    return ", ".join(dict.fromkeys([*([container] if container else []), *packing]))


def _list_ignored(root: JsonElement) -> list[Message]:
    """Return a warning for each kind of data that a scan does not need."""
    ignored = []
    if root.children("animations"):
        ignored.append(NO_ANIMATIONS)
    if root.children("skins"):
        ignored.append(NO_SKINS)
    if any(primitive.has("targets") for mesh in root.children("meshes") for primitive in mesh.children("primitives")):
        ignored.append(NO_MORPH_TARGETS)
    return ignored


@dataclass(frozen=True, eq=False)
class PlacedPrimitive:
    """A primitive with its world matrix and the index of its material.

    matrix : (4, 4) float64, world = matrix @ local
    """

    primitive: Primitive
    matrix: DoubleArray
    material: int

    @property
    def is_mirrored(self) -> bool:
        """Return whether the transform mirrors, which reverses the winding of triangles."""
        return bool(np.linalg.det(self.matrix[:3, :3]) < 0)


def merge(parts: list[PlacedPrimitive], keys: list[TexcoordKey], materials: tuple[Material, ...]) -> Mesh:
    """Return one mesh of all parts, in their order."""
    starts = np.cumsum([0, *(len(part.primitive.positions) for part in parts)])
    corners = [_turn(part, part.primitive.faces) for part in parts]
    faces = np.concatenate([corner + np.int32(start) for corner, start in zip(corners, starts, strict=False)])
    local = local_surface(np.concatenate([_world(part) for part in parts]), faces)
    counts = [len(corner) for corner in corners]
    return Mesh(
        positions=local.positions,
        faces=faces,
        texcoords=tuple(np.concatenate([_texcoords(part, key) for part in parts]) for key in keys),
        normals=_normals(parts, local.positions, faces, counts),
        colors=_colors(parts),
        face_materials=np.repeat(np.array([part.material for part in parts], np.int32), counts),
        materials=materials,
        origin=local.origin,
        fidelity=local.fidelity,
    )


def _world(part: PlacedPrimitive) -> DoubleArray:
    """Return a part's positions in world coordinates."""
    with np.errstate(invalid="ignore", over="ignore"):  # infinities in a file become NaN; `clean` drops both
        world = part.primitive.positions.astype(np.float64) @ part.matrix[:3, :3].T + part.matrix[:3, 3]
    return np.asarray(world, np.float64)


def _turn(part: PlacedPrimitive, corners: IntArray) -> IntArray:
    return np.ascontiguousarray(corners[:, ::-1]) if part.is_mirrored else corners


def moved_texcoords(primitive: Primitive, key: TexcoordKey) -> FloatArray | None:
    """Return (n, 2) texture coordinates with KHR_texture_transform applied, or None without such a set."""
    own = primitive.texcoords.get(key.source)
    if own is None or key == TexcoordKey(key.source):
        return own
    sine, cosine = np.sin(key.rotation), np.cos(key.rotation)
    # v grows downwards, so a counter-clockwise rotation has the opposite signs of sine
    turn = np.array([[cosine, sine], [-sine, cosine]])
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((own.astype(np.float64) * key.scale) @ turn.T + key.offset, np.float32)


def _texcoords(part: PlacedPrimitive, key: TexcoordKey) -> FloatArray:
    """Return (m, 3, 2) texture coordinates, NaN when the part has no such set."""
    corners, own = _turn(part, part.primitive.faces), moved_texcoords(part.primitive, key)
    return np.full((len(corners), 3, 2), np.nan, np.float32) if own is None else own[corners]


def _normals(
    parts: list[PlacedPrimitive], positions: FloatArray, faces: IntArray, counts: list[int]
) -> FloatArray | None:
    """Return (m, 3, 3) unit normals, face normals where a part has none, or None when no part has any."""
    if all(part.primitive.normals is None for part in parts):
        return None
    result = np.empty((len(faces), 3, 3), np.float32)
    start = 0
    for part, count in zip(parts, counts, strict=True):
        block = slice(start, start + count)
        _fill_normals(result[block], part, positions, faces[block])
        start += count
    return result


def _fill_normals(target: FloatArray, part: PlacedPrimitive, positions: FloatArray, faces: IntArray) -> None:
    """Write one part's normals into its (m, 3, 3) place."""
    own = part.primitive.normals
    if own is None:
        target[:] = _flat(positions, faces)[:, None, :]
        return
    with np.errstate(over="ignore", invalid="ignore"):  # normals that are no numbers
        normals = own.astype(np.float64) @ _cofactors(part.matrix[:3, :3]).T
    target[:] = _unit(normals)[_turn(part, part.primitive.faces)]
    bad = ~(np.abs(np.einsum("fci,fci->fc", target, target) - 1.0) < 1e-3)
    if bad.any():
        face, corner = np.nonzero(bad)
        target[face, corner] = _flat(positions, faces[face])


def _cofactors(linear: DoubleArray) -> DoubleArray:
    """Return the matrix for normals: the inverse transpose up to a positive factor, also when singular."""
    a, b, c = linear.T
    sign = -1.0 if np.linalg.det(linear) < 0 else 1.0
    return sign * np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)


def _flat(positions: FloatArray, faces: IntArray) -> FloatArray:
    a, b, c = (positions[faces[:, corner]].astype(np.float64) for corner in range(3))
    with np.errstate(invalid="ignore", over="ignore"):
        normals = _unit(np.cross(b - a, c - a))
    normals[~np.isfinite(normals).all(axis=1) | ~normals.any(axis=1)] = (0.0, 1.0, 0.0)
    return normals


def _unit(vectors: DoubleArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.where(lengths > 0, vectors / lengths, 0.0).astype(np.float32)


def _colors(parts: list[PlacedPrimitive]) -> ByteArray | None:
    """Return (n, 3) colours, white where a part has none, or None when no part has any."""
    if all(part.primitive.colors is None for part in parts):
        return None
    own = [(part.primitive.colors, part.primitive.positions.shape) for part in parts]
    return np.concatenate([np.full(shape, 255, np.uint8) if colors is None else colors for colors, shape in own])


def with_green_direction(
    parts: list[PlacedPrimitive], keys: list[TexcoordKey], materials: tuple[Material, ...]
) -> tuple[Material, ...]:
    """Return the materials, `is_green_down` where most tangents of their triangles have the opposite sign."""
    votes = np.zeros(len(materials))
    for part in parts:
        slot = materials[part.material].normal
        if slot is not None:
            votes[part.material] += _agreement(part, keys[slot.texcoord_set])
    return tuple(
        replace(material, is_green_down=True) if vote < 0 else material
        for material, vote in zip(materials, votes, strict=True)
    )


def _agreement(part: PlacedPrimitive, key: TexcoordKey) -> float:
    """Return the number of triangles with the standard's tangent sign, minus that with the other."""
    signs, texcoords = part.primitive.tangent_signs, moved_texcoords(part.primitive, key)
    if signs is None or texcoords is None:
        return 0.0
    faces = part.primitive.faces
    a, b, c = (texcoords[faces[:, corner]].astype(np.float64) for corner in range(3))
    with np.errstate(invalid="ignore", over="ignore"):
        (u1, v1), (u2, v2) = (b - a).T, (c - a).T
        # v grows downwards: an unmirrored texture has a negative area here, and the sign 1
        return float(np.nansum(np.sign(v1 * u2 - u1 * v2) * np.sign(signs[faces[:, 0]])))
