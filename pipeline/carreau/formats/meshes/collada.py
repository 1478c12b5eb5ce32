"""Read COLLADA (.dae) with trimesh and pycollada.

pycollada follows entities, opens a ZIP behind the XML, reads coordinates as float32, turns NaN into 0 and counts
negative indices from the end. So positions far from zero are made local before, in double precision, and moved back
after it. trimesh repeats instances, leaves out the axis that is up, drops textures that it cannot open, and takes the
diffuse texture for the emission map. So the XML is checked first, and trimesh gets stand-ins for textures and numbers
for emission maps: only this module opens files. 1.3 million triangles take 3.8 s of a processor and 1.1 GB.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from carreau.base.errors import FormatError
from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, Material, Scan, ScanFacts, Texture, TextureSlot, emits_its_colors
from carreau.formats.images.image import is_gray, open_texture
from carreau.formats.images.image_codecs import linear_table
from carreau.formats.meshes.trimesh_parts import (
    EXPORT_AGAIN,
    MOST_REPEATED,
    SAFE,
    PlacedMesh,
    bytes_of_colors,
    load_parts,
    merge,
    one_line,
    refuse_doctype,
    rounding,
    too_many_instances,
)
from carreau.formats.origin import about_origin
from carreau.formats.safe_paths import beside

Color = tuple[float, float, float]

_UPS = {"X_UP": "x", "Y_UP": "y", "Z_UP": "z"}
_MOST_INSTANCES = 100_000
_INDEX_BYTES = 2
_NOT_FINITE = re.compile(r"nan|inf", re.IGNORECASE)
_REFERENCE = "reference"
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
_FIRST_MAP = 1000
"""Number of the first emission map: colours are at most 1, and some programs write them up to 255."""


@dataclass(frozen=True)
class _Asset:
    """Unit in metres (None where it is invalid) and up axis of a document."""

    unit_m: float | None = 1.0
    up: str = "y"
    warnings: tuple[Message, ...] = ()


class _StandIns:
    """Replaces the folder of the scan: each texture is one white pixel with its reference as metadata."""

    def get(self, name: str) -> bytes:
        """Return a PNG whose metadata is the reference."""
        info, stream = PngInfo(), io.BytesIO()
        info.add_itxt(_REFERENCE, name)
        Image.new("RGB", (1, 1), "white").save(stream, "PNG", pnginfo=info)
        return stream.getvalue()


def read(path: Path) -> Scan:
    """Read the triangles and polygons of a COLLADA scene, with its textures, colours and normals.

    Unit and up axis come from the file. Skinned meshes, lines, lights and cameras are left out.

    Raises FormatError when the file is damaged or invalid, TextureError for a broken texture, UnsafePathError for a
    texture outside the scan's folder or on the network.
    """
    data = path.read_bytes()
    root = _check(path, data)
    asset = _asset(root)
    origin = _make_local(root)
    emission_maps = _numbered_emission_maps(root)
    result, unread = _load(path, _write(root) if origin.any() or emission_maps else data)
    table = _MaterialTable(path, emission_maps)
    parts = [_part(placed, result["geometry"], origin, table) for placed in result["graph"]]
    mesh = merge(path, parts, tuple(table.materials) or (Material(),))
    warnings = [*asset.warnings, *unread, *table.warnings]
    is_placed = any(not np.array_equal(part.matrix, np.eye(4)) for part in parts)
    if is_placed and (step := rounding(mesh)):
        warnings.append(
            message(
                "the transforms are read as float32: coordinates far from zero are off by up to %(error)s units",
                error=Number(step, ".2g"),
            )
        )
    names = tuple(dict.fromkeys(str(placed["geometry"]) for placed in result["graph"]))
    facts = ScanFacts("COLLADA", "", names, asset.up, asset.unit_m, warnings=tuple(dict.fromkeys(warnings)))
    return Scan(path.stem, mesh, facts, (path, *table.files))


def _load(path: Path, data: bytes) -> tuple[Mapping[str, Any], tuple[Message, ...]]:
    """Return the scene that trimesh reads, and a warning where pycollada does not support a part of it."""
    from collada.common import DaeBrokenRefError, DaeUnsupportedError
    from trimesh.exchange.dae import load_collada

    load = partial(load_collada, resolver=_StandIns())
    try:
        return load_parts(path, lambda: load(io.BytesIO(data), ignore_broken=False)), ()
    except FormatError as error:
        if not isinstance(error.__cause__, DaeUnsupportedError | DaeBrokenRefError):
            raise
        warning = message("unsupported parts are left out (%(reason)s)", reason=one_line(error.__cause__))
        return load_parts(path, lambda: load(io.BytesIO(data), ignore_broken=True)), (warning,)


def _make_local(root: Any) -> DoubleArray:
    """Subtract an origin from all positions of a document, in double precision; return it, (3,), zero for near ones."""
    sources = {f"#{source.get('id')}": source.find("{*}float_array") for source in root.iter("{*}source")}
    inputs = (each for vertices in root.iter("{*}vertices") for each in vertices.iterchildren("{*}input"))
    names = dict.fromkeys(each.get("source") for each in inputs if each.get("semantic") == "POSITION")
    arrays = [array for name in names if (array := sources.get(name)) is not None]
    try:
        positions = [np.array((array.text or "").split(), np.float64).reshape(-1, 3) for array in arrays]
    except ValueError:  # pycollada names what is wrong
        return np.zeros(3)
    origin = about_origin(np.concatenate([np.zeros((0, 3)), *positions]))[1]
    if origin.any():
        for array, places in zip(arrays, positions, strict=True):
            array.text = " ".join(map(repr, (places - origin).ravel().tolist()))
    return origin


def _numbered_emission_maps(root: Any) -> list[str]:
    """Write a colour in the place of each emission map, its number in red; return their references in this order."""
    from lxml import etree

    images = {image.get("id"): image.find(".//{*}init_from") for image in root.iter("{*}image")}
    maps: list[str] = []
    for effect in root.iter("{*}effect"):
        parameters = {each.get("sid"): each for each in effect.iter("{*}newparam")}
        for emission in effect.iter("{*}emission"):
            texture = emission.find("{*}texture")
            image = images.get(_image_id(texture.get("texture"), parameters)) if texture is not None else None
            if texture is None or image is None:
                continue
            color = etree.SubElement(emission, f"{{{etree.QName(emission).namespace or ''}}}color")
            color.text = f"{_FIRST_MAP + len(maps)} 0 0 1"
            emission.remove(texture)
            maps.append((image.text or "").strip())
    return maps


def _image_id(name: str, parameters: Mapping[str, Any]) -> str:
    """Return the id of the image that a texture shows, by its sampler and surface; some programs name it itself."""
    sampler = parameters.get(name)
    if sampler is None:
        return name
    surface = parameters.get((sampler.findtext("{*}sampler2D/{*}source") or "").strip())
    return "" if surface is None else (surface.findtext("{*}surface/{*}init_from") or "").strip()


def _write(root: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _check(path: Path, data: bytes) -> Any:
    """Return the root of a document, after checking everything that pycollada does not."""
    from lxml import etree

    if zipfile.is_zipfile(io.BytesIO(data)):
        raise FormatError(path, "", message("it is an archive"), message("unpack it and use the .dae file inside"))
    refuse_doctype(path, data)
    try:
        root = etree.fromstring(data, etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError as error:
        place = message("line %(line)s", line=error.lineno or 1)
        cause = message("the XML is not well formed (%(reason)s)", reason=one_line(error))
        raise FormatError(path, place, cause, EXPORT_AGAIN) from error
    for element in root.iter("{*}float_array"):
        if _NOT_FINITE.search(element.text or ""):
            raise FormatError(path, _line(element), message("contains a non-finite number"), EXPORT_AGAIN)
    for element in root.iter("{*}p", "{*}vcount", "{*}h"):
        if "-" in (element.text or ""):
            raise FormatError(path, _line(element), message("an index is negative"), EXPORT_AGAIN)
    for element in root.iter("{*}polylist"):
        _check_polylist(path, element)
    _check_instances(path, root)
    return root


def _check_polylist(path: Path, element: Any) -> None:
    """Raise FormatError where polygons have more corners than indices: pycollada allocates memory for all corners."""
    try:
        corners = int(np.array((element.findtext("{*}vcount") or "").split(), np.int64).sum(dtype=np.float64))
    except (ValueError, OverflowError) as error:
        cause = message("%(name)s contains a value that is not an integer", name="vcount")
        raise FormatError(path, _line(element), cause, EXPORT_AGAIN) from error
    if corners * _INDEX_BYTES > len(element.findtext("{*}p") or "") + _INDEX_BYTES:
        cause = message("polygons have fewer indices than corners (corners: %(count)s)", count=corners)
        raise FormatError(path, _line(element), cause, EXPORT_AGAIN)


def _line(element: Any) -> Message:
    return message("line %(line)s", line=element.sourceline)


def _asset(root: Any) -> _Asset:
    left_out = next(root.iter("{*}instance_controller"), None) is not None
    warnings = (message("skinned meshes are left out"),) if left_out else ()
    up = (root.findtext("{*}asset/{*}up_axis") or "Y_UP").strip().upper()
    unit = root.find("{*}asset/{*}unit")
    text = "1" if unit is None else unit.get("meter", "1")
    try:
        unit_m = float(text)
    except ValueError:
        unit_m = math.nan
    if not 0 < unit_m < math.inf:
        return _Asset(None, _UPS.get(up, "y"), (*warnings, message("'%(unit)s' is an unknown unit", unit=text[:40])))
    return _Asset(unit_m, _UPS.get(up, "y"), warnings)


def _check_instances(path: Path, root: Any) -> None:
    """Raise FormatError for cyclic nodes, or instances that repeat far more triangles than the file contains."""
    nodes = {node.get("id"): node for node in root.iter("{*}node") if node.get("id")}
    indices = {
        geometry.get("id"): sum(len(each.text or "") for each in geometry.iter("{*}p")) // (3 * _INDEX_BYTES)
        for geometry in root.iter("{*}geometry")
    }
    totals = dict[Any, tuple[int, int]]()
    active = set[Any]()

    def total(node: Any) -> tuple[int, int]:
        if node in active:
            raise FormatError(
                path, _line(node), message("a node contains itself"), message("export it without instances")
            )
        if node not in totals:
            active.add(node)
            triangles, instances = 0, 1
            for child in node.iterchildren("{*}node", "{*}instance_node", "{*}instance_geometry"):
                target = (child.get("url") or "").removeprefix("#")
                if child.tag.endswith("}instance_geometry"):
                    triangles, instances = triangles + indices.get(target, 0), instances + 1
                    continue
                nested = nodes.get(target) if child.tag.endswith("}instance_node") else child
                if nested is not None:
                    subtotal = total(nested)
                    triangles, instances = triangles + subtotal[0], instances + subtotal[1]
            active.discard(node)
            totals[node] = triangles, instances
        return totals[node]

    try:
        scenes = [total(node) for scene in root.iter("{*}visual_scene") for node in scene.iterchildren("{*}node")]
    except RecursionError as error:
        raise FormatError(
            path, "", message("nodes are nested too deeply"), message("export it without nesting")
        ) from error
    repeated, instances = sum(each[0] for each in scenes), sum(each[1] for each in scenes)
    distinct = sum(indices.values())
    if repeated > max(MOST_REPEATED, distinct) or instances > _MOST_INSTANCES:
        raise FormatError(
            path, "", too_many_instances(distinct, repeated, instances), message("export it without instances")
        )


@dataclass
class _MaterialTable:
    """The materials in use, each once, with their textures.

    emission_maps : references by number
    """

    path: Path
    emission_maps: list[str]
    materials: list[Material] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    numbers: dict[object, int] = field(default_factory=dict)
    textures: dict[Path, Texture] = field(default_factory=dict)

    def number(self, material: Any) -> int:
        """Return the index of a trimesh material, or of the default one for None."""
        base = normal = emission = ""
        factor, glow = _WHITE, _BLACK
        if material is not None:
            base, normal = (_reference(each) for each in (material.baseColorTexture, material.normalTexture))
            factor = _linear(material.baseColorFactor)
            emission, glow = self._emission(material.emissiveFactor)
        if emission and not base and factor in (_WHITE, _BLACK):
            base, emission, glow = emission, "", _BLACK  # how shading without light is written
        key = (base, normal, factor, emission, glow)
        if key not in self.numbers:
            self.numbers[key] = len(self.materials)
            name = PurePath(base).stem or f"material {len(self.materials) + 1}"
            if emission and emission == base:
                self.warnings.append(emits_its_colors(name))
                emission, glow = "", _BLACK
            slot, glow_slot = self._slot(base), self._slot(emission)
            self.materials.append(
                Material(
                    name,
                    _WHITE if slot else factor,
                    slot,
                    self._normal(normal),
                    emissive_color=_BLACK if emission and glow_slot is None else glow,
                    emissive=glow_slot,
                )
            )
        return self.numbers[key]

    def _emission(self, factor: Any) -> tuple[str, Color]:
        """Return the reference of the emission map, "" for none, and the linear factor of the emission."""
        if factor is None:
            return "", _BLACK
        values = np.nan_to_num(np.asarray(factor, np.float64))
        number = round(float(values[0])) - _FIRST_MAP
        if 0 <= number < len(self.emission_maps):
            return self.emission_maps[number], _WHITE
        return "", _linear(np.rint(np.clip(values, 0, 1) * 255))

    def _normal(self, reference: str) -> TextureSlot | None:
        slot = self._slot(reference)
        if slot is None or not isinstance(slot.texture.data, Path) or not is_gray(slot.texture.data):
            return slot
        self.warnings.append(
            message("'%(name)s' is a height map instead of a normal map, and is left out", name=slot.texture.name)
        )
        return None

    def _slot(self, reference: str) -> TextureSlot | None:
        if not reference:
            return None
        file = beside(self.path, reference)
        if file is None:
            self.warnings.append(message("the texture '%(name)s' is missing", name=reference))
            return None
        if file not in self.textures:
            self.textures[file] = open_texture(PurePath(reference.replace("\\", "/")).name, file, self.path)
            self.files.append(file)
        return TextureSlot(self.textures[file])


def _reference(image: Any) -> str:
    """Return the reference that a stand-in carries, "" for no image."""
    return str(image.info.get(_REFERENCE, "")).strip() if image is not None else ""


def _linear(factor: Any) -> Color:
    """Return linear factors of a colour in sRGB bytes: colours of COLLADA are shown as they are written."""
    if factor is None:
        return _WHITE
    red, green, blue = linear_table()[np.asarray(factor, np.uint8)[:3]].tolist()
    return red, green, blue


def _part(
    placed: Mapping[str, Any], geometry: Mapping[str, Any], origin: DoubleArray, table: _MaterialTable
) -> PlacedMesh:
    mesh = geometry[placed["geometry"]]
    visual = mesh["visual"]
    colors = mesh["vertex_colors"]
    uv = None if visual is None else visual.uv
    normals = mesh["vertex_normals"]
    return PlacedMesh(
        np.asarray(mesh["vertices"], np.float64) + origin,
        np.asarray(mesh["faces"], np.int64),
        np.asarray(placed["matrix"], np.float64),
        table.number(None if visual is None else visual.material),
        None if uv is None else np.asarray(uv, np.float64),
        None if normals is None else np.asarray(normals, np.float64),
        None if colors is None else bytes_of_colors(np.asarray(colors, np.float64)),
    )
