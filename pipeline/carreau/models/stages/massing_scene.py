"""The model of a file of measured facts as an authored scene: a node for each part, true east, up and south."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carreau.air.massing.massing_file import HYPOTHETICAL, RANGE_ENDING, Massing, MassingPart, massing_stem
from carreau.air.massing.materials import ABSTRACT, MATERIALS
from carreau.air.massing.outlines import Solid
from carreau.air.massing.part_solids import part_solids
from carreau.air.massing.pieces import Piece
from carreau.air.massing.read_massing import read_massing
from carreau.air.massing.reconstructed_part import part_pieces
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.base.model import DoubleArray, Mesh
from carreau.formats.gltf.scene import Authored, AuthoredFacts, Shape
from carreau.formats.images.image_codecs import linear_table
from carreau.geometry.location.georeference import TO_EAST_UP_SOUTH

_OF_SHAPE = {
    **dict.fromkeys(("gable-roof", "hip-roof", "dome", "spire", "cone"), "plain-slate"),
    "headframe": "iron",
}
"""Materials of solids of measures, which say what is a wall, a roof or a frame: of none is the real colour known."""

TRANSLUCENT = " translucent"
"""Ending of the names of materials of supposed parts."""

SUPPOSED, OPEN = 0.5, 0.32
"""Opacity of a hypothetical part, and of what measures leave open."""


STANDING_M = 1.5
"""Height above the lowest of a model from which on a thing is what its picture is of, and not the ground before it."""


@dataclass(frozen=True, eq=False)
class MadePart:
    """A node of the model.

    part : it is made from
    pieces : its triangles, a piece for each material
    is_open : whether it is what the measures of the part leave open
    volume_m3 : of a solid; None for surfaces with materials, which need not be closed
    """

    part: MassingPart
    pieces: tuple[Piece, ...]
    is_open: bool = False
    volume_m3: float | None = None

    @property
    def name(self) -> str:
        """Return the name of the node."""
        return self.part.name + (RANGE_ENDING if self.is_open else "")

    @property
    def evidence(self) -> str:
        """Return how sure it is."""
        return HYPOTHETICAL if self.is_open else self.part.evidence

    @property
    def size_m(self) -> DoubleArray:
        """Return its size along x, y and z in metres, (3,)."""
        return np.asarray(np.ptp(np.concatenate([each.positions for each in self.pieces]), axis=0))

    @property
    def triangles(self) -> int:
        """Return the number of its triangles."""
        return sum(len(each.positions) // 3 for each in self.pieces)


@dataclass(frozen=True, eq=False)
class ModelledMassing:
    """The content of a file of measured facts, and the solids of its parts."""

    massing: Massing
    parts: tuple[MadePart, ...]


def model_massing(path: Path) -> ModelledMassing:
    """Return the solids of a file of measured facts; raises FormatError for anything the file may hold."""
    massing = read_massing(path)
    return ModelledMassing(massing, tuple(modelled for part in massing.parts for modelled in _make(part, path)))


def massing_scene(modelled: ModelledMassing) -> Authored:
    """Return the scene of a model, in metres about its point, y up, x to the true east.

    The ground is taken as level: at 500 m from the point the Earth has dropped by 2 cm.
    """
    massing, parts = modelled.massing, modelled.parts
    turn = massing.place.turn_deg
    drawn = [(at, look, piece) for at, each in enumerate(parts) for look, piece in _looks(each)]
    materials = list(dict.fromkeys(look for _, look, _ in drawn))
    primitives: list[list[dict[str, int]]] = [[] for _ in parts]
    for shape, (at, look, _) in enumerate(drawn):
        primitives[at].append({"shape": shape, "material": materials.index(look)})
    tree: dict[str, Any] = {
        "scene": 0,
        "scenes": [{"nodes": list(range(len(parts)))}],
        "nodes": [{"name": each.name, "mesh": at} for at, each in enumerate(parts)],
        "meshes": [{"name": each.name, "primitives": own} for each, own in zip(parts, primitives, strict=True)],
        "materials": [_material(*look) for look in materials],
    }
    return Authored(
        text=json.dumps(tree, separators=(",", ":")),
        shapes=tuple(_shape(piece.turned(turn) if turn else piece) for _, _, piece in drawn),
        tracks=(),
        pictures=(),
        facts=AuthoredFacts(nodes=len(parts), named_nodes=tuple(each.name for each in parts), materials=len(materials)),
        copyright=massing.credit,
    )


def without_translucent(mesh: Mesh) -> Mesh:
    """Return the opaque part of the mesh of such a model."""
    looks_through = np.array([material.name.endswith(TRANSLUCENT) for material in mesh.materials])
    return _of_faces(mesh, ~looks_through[mesh.face_materials])


def subject(mesh: Mesh, modelled: ModelledMassing) -> Mesh:
    """Return what of the mesh of such a model fills its picture: the parts that its file names, or all that stands.

    Of a mesh that lies flat it is all.
    """
    corners = mesh.positions[mesh.faces].astype(np.float64) + mesh.origin
    boxes = [_box(each, modelled.massing.place.turn_deg) for each in modelled.parts]
    chosen = [
        box for box, each in zip(boxes, modelled.parts, strict=True) if each.part.name in modelled.massing.view.parts
    ]
    is_subject = np.zeros(len(mesh.faces), np.bool_)
    for low, high in chosen:
        is_subject |= ((corners >= low - 0.1) & (corners <= high + 0.1)).all(axis=(1, 2))
    if not chosen:
        height = corners[..., 1].max(axis=1)
        is_subject = height > corners[..., 1].min(initial=np.inf) + STANDING_M
    return _of_faces(mesh, is_subject) if is_subject.any() else mesh


def chosen_side(modelled: ModelledMassing) -> tuple[float, float] | None:
    """Return the azimuth, from the south towards the east, and the elevation that the file's view has, in degrees."""
    view = modelled.massing.view
    return None if view.from_deg is None else (180.0 - view.from_deg, view.above_deg)


def _box(made: MadePart, turn_deg: float) -> tuple[DoubleArray, DoubleArray]:
    """Return the lowest and the highest corner (3,) of a part in the axes of the model."""
    corners = np.concatenate([each.turned(turn_deg).positions for each in made.pieces]) @ TO_EAST_UP_SOUTH.T
    return corners.min(axis=0), corners.max(axis=0)


def _of_faces(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    return Mesh(
        mesh.positions,
        mesh.faces[which],
        tuple(texcoords[which] for texcoords in mesh.texcoords),
        None if mesh.normals is None else mesh.normals[which],
        mesh.colors,
        mesh.face_materials[which],
        mesh.materials,
        mesh.origin,
    )


def _make(part: MassingPart, path: Path) -> Iterator[MadePart]:
    if part.has_materials:
        yield MadePart(part, part_pieces(part))
        return
    solids = part_solids(part, path)
    if solids.least is not None:
        material = _OF_SHAPE.get(part.shape, "stone")
        yield MadePart(part, (_piece(solids.least, material),), volume_m3=solids.least.volume)
    if solids.open is not None:
        yield MadePart(part, (_piece(solids.open, "supposed"),), is_open=True, volume_m3=solids.open.volume)


def _piece(solid: Solid, material: str) -> Piece:
    corners = solid.positions[solid.faces.reshape(-1)]
    return Piece(material, corners, np.full((len(corners), 2), np.nan))


def _looks(modelled: MadePart) -> Iterator[tuple[tuple[str, float], Piece]]:
    """Yield the material and the opacity of each piece of a part; what is supposed shows no material."""
    if modelled.evidence != HYPOTHETICAL:
        yield from (((each.material, 1.0), each) for each in modelled.pieces)
        return
    positions = np.concatenate([each.positions for each in modelled.pieces])
    opacity = OPEN if modelled.is_open else SUPPOSED
    yield ("supposed", opacity), Piece("supposed", positions, np.full((len(positions), 2), np.nan))


def _material(name: str, opacity: float) -> dict[str, Any]:
    material = MATERIALS[name]
    linear = [round(float(linear_table()[channel]), 4) for channel in material.color]
    surface = {
        "baseColorFactor": [*linear, opacity],
        "metallicFactor": material.metallic,
        "roughnessFactor": material.roughness,
    }
    # Surfaces with materials need not be closed: a leaf, a sheet or a fence is seen from behind as well.
    sides = {} if name in ABSTRACT else {"doubleSided": True}
    if opacity == 1:
        return {"name": name, "pbrMetallicRoughness": surface, **sides}
    name = f"{name} {opacity:.0%}{TRANSLUCENT}"
    return {"name": name, "pbrMetallicRoughness": surface, "alphaMode": "BLEND", **sides}


def _shape(piece: Piece) -> Shape:
    """Return a piece with flat faces, without those that have no area: a vertex per direction in which corners look."""
    triangles = (piece.positions @ TO_EAST_UP_SOUTH.T).reshape(-1, 3, 3)
    a, b, c = triangles.swapaxes(0, 1)
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    has_area = lengths[:, 0] > 0
    positions = triangles[has_area].reshape(-1, 3)
    normals = np.round(normals[has_area] / lengths[has_area], 6) + 0.0
    corners = np.column_stack([positions, np.repeat(normals, 3, axis=0)])
    vertices, indices = np.unique(corners.astype(np.float32), axis=0, return_inverse=True)
    attributes = {"POSITION": np.ascontiguousarray(vertices[:, :3]), "NORMAL": np.ascontiguousarray(vertices[:, 3:])}
    return Shape(attributes, (), indices.reshape(-1).astype(np.uint32))


@dataclass(frozen=True)
class PartInspection:
    """A node of the model.

    size_m : along x, y and z
    volume_m3 : None for surfaces with materials, which need not be closed
    ranges : of what measures leave open, their keys with the least and the most
    """

    name: str
    shape: str
    evidence: str
    sources: tuple[str, ...]
    size_m: tuple[float, float, float]
    volume_m3: float | None
    triangles: int
    ranges: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True)
class MassingInspection:
    """What a file of measured facts holds.

    turn_deg : of its y axis from true north, clockwise
    sources : texts by key
    """

    name: str
    lon: float
    lat: float
    turn_deg: float
    parts: tuple[PartInspection, ...]
    sources: dict[str, str]

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return dataclasses.asdict(self)

    def lines(self) -> list[str]:
        """Return the same as messages, a fact a line."""
        place = message(
            "%(lat)s, %(lon)s, turned by %(turn)s°",
            lat=Number(self.lat, ".5f"), lon=Number(self.lon, ".5f"), turn=Number(self.turn_deg, "g"),
        )  # fmt: skip
        triangles = sum(part.triangles for part in self.parts)
        count = plural_message("%(count)s triangle", "%(count)s triangles", triangles)
        facts = [(message("massing model"), message("measured facts")), (message("place"), place)]
        lines: list[str] = [self.name]
        lines += [message("  %(label)s: %(value)s", label=label, value=value) for label, value in facts]
        lines += [message("  %(label)s: %(value)s", label=message("model"), value=count), "", message("Parts")]
        lines += [message("  %(label)s: %(value)s", label=part.name, value=_describe(part)) for part in self.parts]
        lines += ["", message("Sources")]
        lines += [message("  %(label)s: %(value)s", label=key, value=text) for key, text in self.sources.items()]
        return lines


def inspect_massing(path: Path) -> MassingInspection:
    """Return what a file of measured facts holds; raises FormatError for anything that cannot be built."""
    modelled = model_massing(path)
    massing = modelled.massing
    parts = tuple(_inspect(each) for each in modelled.parts)
    place = massing.place
    name = massing.title or massing_stem(path)
    return MassingInspection(name, place.lon, place.lat, place.turn_deg, parts, dict(massing.sources))


def _inspect(modelled: MadePart) -> PartInspection:
    part = modelled.part
    x, y, z = (round(float(side), 6) for side in modelled.size_m)
    volume = None if modelled.volume_m3 is None else round(modelled.volume_m3, 6)
    has_range = modelled.is_open or part.has_materials
    ranges = tuple((key, each.low, each.high) for key, each in part.ranges) if has_range else ()
    known = (part.shape, modelled.evidence, part.sources, (x, y, z))
    return PartInspection(modelled.name, *known, volume, modelled.triangles, ranges)


def _describe(part: PartInspection) -> Message:
    x, y, z = (Number(side, ",.5g") for side in part.size_m)
    texts = [
        message("%(text)s", text=part.shape),
        message("%(x)s × %(y)s × %(z)s m", x=x, y=y, z=z),
        message("%(text)s", text=part.evidence),
    ]
    texts += [
        message("%(measure)s between %(low)s and %(high)s", measure=key, low=Number(low, ",g"), high=Number(high, ",g"))
        for key, low, high in part.ranges
    ]
    texts += [message("%(text)s", text=f"[{', '.join(part.sources)}]")] if part.sources else []
    return join_messages(texts, ", ")
