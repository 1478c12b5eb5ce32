"""Read a GLB or glTF as a scan: the meshes of its scenes in world coordinates, merged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import Material, Scan, ScanFacts
from carreau.formats.gltf.gltf_document import MESHOPT, Document, open_document, refuse_required
from carreau.formats.gltf.gltf_json import JsonElement
from carreau.formats.gltf.gltf_materials import MaterialReader, TexcoordKey
from carreau.formats.gltf.gltf_merge import PlacedPrimitive, merge, with_green_direction
from carreau.formats.gltf.gltf_nodes import Placed
from carreau.formats.gltf.gltf_pose import Moment, ScenePose
from carreau.formats.gltf.gltf_primitives import DRACO, Primitive, drawn_shape, read_primitive, triangle_count

NO_ANIMATIONS = message("animations are left out")
NO_SKINS = message("skins are left out; the model is in its rest pose")
NO_MORPH_TARGETS = message("morph targets are left out; the model is in its rest pose")

#: Extensions that may be required. Those of materials change shading, which a scan's textures do not need.
_SUPPORTED = (
    DRACO,
    *MESHOPT,
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    "KHR_texture_basisu",
    "EXT_texture_webp",
    "EXT_texture_avif",
    "KHR_lights_punctual",
    "KHR_animation_pointer",
)
_SUPPORTED_FAMILY = "KHR_materials_"
#: Instances of one mesh may add up to this many triangles; more are read only when the file has each of them.
_MOST_REPEATED = 20_000_000

_Drawn = list[tuple[Placed, JsonElement]]


def read(path: Path, moment: Moment | None = None) -> Scan:
    """Read a .glb or .gltf file, embedded or with files beside it; up is y and the unit is the metre, by the standard.

    moment : of an animation; at rest by default

    Raises FormatError when the bytes are not what they claim, TextureError for a broken image, UnsafePathError for a
    URI that leaves the folder, and ScanError for a required extension that is unknown.
    """
    document = open_document(path)
    refuse_required(document.root, lambda name: name in _SUPPORTED or name.startswith(_SUPPORTED_FAMILY))
    warnings: list[Message] = []
    pose = ScenePose(document, moment)
    drawn = _drawn(document, pose, warnings)
    reader = MaterialReader(document)
    numbers, materials = _materials(drawn, reader)
    keys = reader.texcoord_keys or _only_set(drawn)
    parts = _parts(document, drawn, numbers, keys, materials, pose)
    mesh = merge(parts, keys, with_green_direction(parts, keys, materials))
    warnings += [*pose.scenes.warnings, *reader.warnings, *_ignored(document.root)]
    facts = ScanFacts(
        format="GLB" if document.chunk is not None or path.suffix.lower() == ".glb" else "glTF",
        detail=_detail(document),
        parts=tuple(dict.fromkeys(placed.name for placed, _ in drawn if placed.name)),
        up="y",
        unit_m=1.0,
        copyright=_asset(document).text("copyright"),
        warnings=tuple(dict.fromkeys(warnings)),
        decisions=tuple(dict.fromkeys(reader.decisions)),
    )
    return Scan(path.stem, mesh, facts, tuple(document.files))


def read_extras(path: Path) -> dict[str, Any]:
    """Return `asset.extras` of a GLB or glTF, where Carreau records the source of a level; {} without any."""
    extras = _asset(open_document(path)).members.get("extras")
    return extras if isinstance(extras, dict) else {}


def _asset(document: Document) -> JsonElement:
    return document.root.child("asset") or JsonElement(document.path, "asset", {})


def _drawn(document: Document, pose: ScenePose, warnings: list[Message]) -> _Drawn:
    """Return the placed primitives of triangles, and add warnings about others."""
    drawn: _Drawn = []
    for placed in pose.placed():
        for element in placed.mesh.children("primitives"):
            shape = drawn_shape(element)
            if shape == "triangles":
                drawn.append((placed, element))
            else:
                warnings.append(_shape_left_out(element.place, shape))
    counts = {element.place: triangle_count(document, element) for _, element in drawn}
    total, distinct = sum(counts[element.place] for _, element in drawn), sum(counts.values())
    if not total:
        raise FormatError(document.path, "scene", message("there are no triangles"), message("export it as a mesh"))
    if total > max(_MOST_REPEATED, distinct):
        cause = message("instancing repeats %(distinct)s triangles as %(total)s", distinct=distinct, total=total)
        raise FormatError(document.path, "scene", cause, message("export it without instances"))
    return drawn


def _shape_left_out(place: str, shape: str) -> Message:
    if shape == "points":
        return message("%(place)s contains points and is left out", place=place)
    return message("%(place)s contains lines and is left out", place=place)


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
            primitive, matrix = pose.applied(primitive, element, placed)
        parts.append(PlacedPrimitive(primitive, matrix, number))
    return parts


def _detail(document: Document) -> str:
    """Return the container and the compression of the file, such as "embedded, Draco"."""
    used = document.root.texts("extensionsUsed")
    words = {DRACO: "Draco", "KHR_mesh_quantization": "quantised", MESHOPT[0]: "meshopt", MESHOPT[1]: "meshopt"}
    packing = [word for name, word in words.items() if name in used]
    container = "" if document.chunk is not None else "separate files" if len(document.files) > 1 else "embedded"
    return ", ".join(dict.fromkeys([*([container] if container else []), *packing]))


def _ignored(root: JsonElement) -> list[Message]:
    """Return a warning for each kind of data that a scan does not need."""
    ignored = []
    if root.children("animations"):
        ignored.append(NO_ANIMATIONS)
    if root.children("skins"):
        ignored.append(NO_SKINS)
    if any(primitive.has("targets") for mesh in root.children("meshes") for primitive in mesh.children("primitives")):
        ignored.append(NO_MORPH_TARGETS)
    return ignored
