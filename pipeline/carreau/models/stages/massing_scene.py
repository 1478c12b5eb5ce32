"""The model of a file of measured facts as an authored scene: a node for each part, true east, up and south."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carreau.air.massing.massing_file import HYPOTHETICAL, RANGE_ENDING, Massing, MassingPart, massing_stem
from carreau.air.massing.outlines import Solid
from carreau.air.massing.part_solids import part_solids
from carreau.air.massing.read_massing import read_massing
from carreau.base.messages import Message, Number, join_messages, message, plural_message
from carreau.base.model import Mesh
from carreau.formats.gltf.scene import Authored, AuthoredFacts, Shape
from carreau.formats.images.image_codecs import linear_table
from carreau.geometry.location.georeference import TO_EAST_UP_SOUTH

TONES = {"stone": (196, 180, 152), "slate": (142, 148, 158), "iron": (112, 108, 104), "glass": (150, 168, 190)}
"""Colours, sRGB, that say what is a wall, a roof or a frame, and what is supposed: of none is the real colour known."""

_OF_SHAPE = {
    **dict.fromkeys(("gable-roof", "hip-roof", "dome", "spire", "cone"), "slate"),
    "headframe": "iron",
}
TRANSLUCENT = " translucent"
"""Ending of the names of materials of supposed parts."""

SUPPOSED, OPEN = 0.5, 0.32
"""Opacity of a hypothetical part, and of what measures leave open."""


@dataclass(frozen=True, eq=False)
class MadePart:
    """A node of the model.

    part : it is made from
    is_open : whether it is what the measures of the part leave open
    """

    part: MassingPart
    solid: Solid
    is_open: bool

    @property
    def name(self) -> str:
        """Return the name of the node."""
        return self.part.name + (RANGE_ENDING if self.is_open else "")

    @property
    def evidence(self) -> str:
        """Return how sure it is."""
        return HYPOTHETICAL if self.is_open else self.part.evidence


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
    looks = [_look(each) for each in parts]
    materials = list(dict.fromkeys(looks))
    tree: dict[str, Any] = {
        "scene": 0,
        "scenes": [{"nodes": list(range(len(parts)))}],
        "nodes": [{"name": each.name, "mesh": at} for at, each in enumerate(parts)],
        "meshes": [
            {"name": each.name, "primitives": [{"shape": at, "material": materials.index(look)}]}
            for at, (each, look) in enumerate(zip(parts, looks, strict=True))
        ],
        "materials": [_material(*look) for look in materials],
    }
    return Authored(
        text=json.dumps(tree, separators=(",", ":")),
        shapes=tuple(_shape(each.solid.turned(massing.place.turn_deg)) for each in parts),
        tracks=(),
        pictures=(),
        facts=AuthoredFacts(nodes=len(parts), named_nodes=tuple(each.name for each in parts), materials=len(materials)),
        copyright=massing.credit,
    )


def without_translucent(mesh: Mesh) -> Mesh:
    """Return the opaque part of the mesh of such a model."""
    looks_through = np.array([material.name.endswith(TRANSLUCENT) for material in mesh.materials])
    is_opaque = ~looks_through[mesh.face_materials]
    return Mesh(
        mesh.positions,
        mesh.faces[is_opaque],
        tuple(texcoords[is_opaque] for texcoords in mesh.texcoords),
        None if mesh.normals is None else mesh.normals[is_opaque],
        mesh.colors,
        mesh.face_materials[is_opaque],
        mesh.materials,
        mesh.origin,
    )


def _make(part: MassingPart, path: Path) -> Iterator[MadePart]:
    solids = part_solids(part, path)
    if solids.least is not None:
        yield MadePart(part, solids.least, is_open=False)
    if solids.open is not None:
        yield MadePart(part, solids.open, is_open=True)


def _look(modelled: MadePart) -> tuple[str, float]:
    """Return the tone and the opacity of a part."""
    if modelled.is_open:
        return "glass", OPEN
    return (
        ("glass", SUPPOSED) if modelled.evidence == HYPOTHETICAL else (_OF_SHAPE.get(modelled.part.shape, "stone"), 1.0)
    )


def _material(tone: str, opacity: float) -> dict[str, Any]:
    linear = [round(float(linear_table()[channel]), 4) for channel in TONES[tone]]
    surface = {"baseColorFactor": [*linear, opacity], "metallicFactor": 0.0, "roughnessFactor": 1.0}
    if opacity == 1:
        return {"name": tone, "pbrMetallicRoughness": surface}
    name = f"{tone} {opacity:.0%}{TRANSLUCENT}"
    return {"name": name, "pbrMetallicRoughness": surface, "alphaMode": "BLEND"}


def _shape(solid: Solid) -> Shape:
    """Return a solid with flat faces: a vertex for each direction in which faces at a corner look."""
    positions = solid.positions @ TO_EAST_UP_SOUTH.T
    a, b, c = (positions[solid.faces[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    normals = np.round(normals / np.linalg.norm(normals, axis=1, keepdims=True), 6) + 0.0
    corners = np.column_stack([positions[solid.faces.reshape(-1)], np.repeat(normals, 3, axis=0)])
    vertices, indices = np.unique(corners.astype(np.float32), axis=0, return_inverse=True)
    attributes = {"POSITION": np.ascontiguousarray(vertices[:, :3]), "NORMAL": np.ascontiguousarray(vertices[:, 3:])}
    return Shape(attributes, (), indices.reshape(-1).astype(np.uint32))


@dataclass(frozen=True)
class PartInspection:
    """A node of the model.

    size_m : along x, y and z
    ranges : of what measures leave open, their keys with the least and the most
    """

    name: str
    shape: str
    evidence: str
    sources: tuple[str, ...]
    size_m: tuple[float, float, float]
    volume_m3: float
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
    massing = read_massing(path)
    parts = []
    for part in massing.parts:
        solids = part_solids(part, path)
        own = (part.shape, part.evidence, part.sources)
        if solids.least is not None:
            parts.append(PartInspection(part.name, *own, *_measure(solids.least)))
        if solids.open is not None:
            ranges = tuple((key, each.low, each.high) for key, each in part.ranges)
            name = part.name + RANGE_ENDING
            parts.append(PartInspection(name, part.shape, HYPOTHETICAL, part.sources, *_measure(solids.open), ranges))
    place = massing.place
    name = massing.title or massing_stem(path)
    return MassingInspection(name, place.lon, place.lat, place.turn_deg, tuple(parts), dict(massing.sources))


def _measure(solid: Solid) -> tuple[tuple[float, float, float], float, int]:
    x, y, z = (round(float(side), 6) for side in np.ptp(solid.positions, axis=0))
    return (x, y, z), round(solid.volume, 6), len(solid.faces)


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
