"""What is made of the catalogue as a table model: its parts, its file, its pictures and its note."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pygltflib

from carreau.air.relief.relief_table import relief_table
from carreau.air.relief.table_data import TablePart
from carreau.base.files import write_whole
from carreau.base.model import DoubleArray
from carreau.formats.images.srgb import linear_table
from carreau.formats.writers.glb import GlbWriter, index_type
from carreau.site.territory.table_note import CREDIT, LICENCE, NOTE
from carreau.site.territory.table_pictures import FIELD_DEG, Shot, TableView, anchors, corner_view, fitting_view
from carreau.site.territory.table_sources import TableSources

WIDE_PX, TALL_PX, CORNER_PX = (1800, 1000), (860, 1060), (600, 450)
"""Pixels of the pictures of the whole, for wide and narrow screens, and of a place's corner."""
WIDE_TURN_DEG, TALL_TURN_DEG = 24.0, -16.0


def table_parts(sources: TableSources) -> tuple[TablePart, ...]:
    """Return the parts of the model."""
    return relief_table(sources.plates, sources.places, sources.routes, sources.scale)


def table_file(parts: Sequence[TablePart]) -> bytes:
    """Return the model as a GLB that names whom its outlines belong to."""
    return table_glb(parts, f"{CREDIT} – {LICENCE}")


@dataclass(frozen=True, eq=False)
class TablePlan:
    """What is made of a model besides its levels.

    shots : the pictures
    note : the content of `table.json`
    files : more files, by their names
    """

    shots: tuple[Shot, ...]
    note: Mapping[str, Any]
    files: Mapping[str, bytes]


@dataclass(frozen=True, eq=False)
class MeasuredModel:
    """What is known of a relief besides its parts.

    heights_m : from the lowest to the highest point of each measured place, by slug
    files : more files, by their names
    note : the member `relief` of the note
    """

    heights_m: Mapping[str, float]
    files: Mapping[str, bytes]
    note: Mapping[str, Any]


def table_plan(sources: TableSources, parts: Sequence[TablePart], measured: MeasuredModel | None = None) -> TablePlan:
    """Return the pictures to take of a model, and its note.

    measured : None for a model from outlines alone
    """
    by_name = {part.name: part for part in parts}
    raised = {place.name: by_name[place.name] for place in sources.places}
    tied = anchors(raised)
    points = np.array(list(tied.values()))
    views = {
        "wide": fitting_view(points, WIDE_PX, 33.0, (0.06, 0.06, 0.43, 0.12), WIDE_TURN_DEG),
        "tall": fitting_view(points, TALL_PX, 50.0, (0.12, 0.1, 0.14, 0.1), TALL_TURN_DEG),
    }
    corners = {slug: corner_view(part, CORNER_PX, is_on_ground=measured is not None) for slug, part in raised.items()}
    points_of_communes = sources.scale.place(np.array([[*point, 0.0] for _, point in sources.communes.values()]))
    note: dict[str, Any] = {
        "reduction": sources.scale.reduction,
        "exaggeration": sources.scale.exaggeration,
        "places": {
            slug: {
                "point": _triple(tied[slug]),
                "camera": _camera(view),
                "height_m": sources.raised[slug].height_m,
                "is_sourced": sources.raised[slug].is_sourced,
                "picture": f"corner-{slug}.webp",
            }
            for slug, view in corners.items()
        },
        "communes": {
            insee: [name, _triple(point.astype(np.float64))]
            for (insee, (name, _)), point in zip(sources.communes.items(), points_of_communes, strict=True)
        },
        "views": {name: _camera(view) for name, view in views.items()},
    }
    if measured is not None:
        note["relief"] = dict(measured.note)
        for slug, height in measured.heights_m.items():
            note["places"][slug] |= {"height_m": round(height, 1), "is_sourced": False, "is_measured": True}
    shots = (
        *(Shot(f"{name}.webp", view) for name, view in views.items()),
        *(Shot(f"corner-{slug}.webp", view, slug) for slug, view in corners.items()),
    )
    return TablePlan(shots, note, measured.files if measured is not None else {})


def write_table(folder: Path, plan: TablePlan, pictures: Mapping[str, bytes]) -> None:
    """Write the pictures of a model, then its note; raises StorageError."""
    for name, content in {**pictures, **plan.files}.items():
        write_whole(folder / name, content)
    write_whole(folder / NOTE, json.dumps(plan.note, ensure_ascii=False, sort_keys=True, indent=1).encode())


def _camera(view: TableView) -> dict[str, Any]:
    size = {"width": view.width, "height": view.height}
    return {"position": _triple(view.eye), "target": list(view.target), "field_deg": FIELD_DEG, **size}


def _triple(values: DoubleArray) -> list[float]:
    return [round(float(value), 6) for value in values]


_VERTICES, _INDICES = pygltflib.ARRAY_BUFFER, pygltflib.ELEMENT_ARRAY_BUFFER
MATTE, WATER, GROUND = 0, 1, 2


def table_glb(parts: Sequence[TablePart], copyright_: str, picture: bytes = b"") -> bytes:
    """Return the parts as a GLB; equal parts give equal bytes.

    picture : of the ground as PNG, for parts with texture coordinates
    """
    writer = GlbWriter()
    model = writer.model
    model.asset.copyright = copyright_
    model.materials = [_material("table", 0.82), _material("water", 0.5)]
    if picture:
        image = pygltflib.Image(mimeType="image/png", bufferView=writer.view(picture))
        model.images, model.textures = [image], [pygltflib.Texture(source=0, sampler=0)]
        model.samplers = [pygltflib.Sampler(wrapS=pygltflib.CLAMP_TO_EDGE, wrapT=pygltflib.CLAMP_TO_EDGE)]
        model.materials.append(_material("ground", 0.95, pygltflib.TextureInfo(index=0)))
    model.scenes = [pygltflib.Scene(name="table", nodes=list(range(len(parts))))]
    model.scene = 0
    linear = linear_table()
    for part in parts:
        rows = np.full((len(part.colors), 4), 65535, np.uint16)
        rows[:, :3] = np.rint(linear[part.colors] * 65535)
        corners = part.faces.reshape(-1).astype(index_type(len(part.positions)))
        primitive = pygltflib.Primitive(
            attributes=pygltflib.Attributes(
                POSITION=writer.accessor(
                    writer.view(part.positions.tobytes(), _VERTICES), part.positions, has_bounds=True
                ),
                NORMAL=writer.accessor(writer.view(part.normals.tobytes(), _VERTICES), part.normals),
                COLOR_0=writer.accessor(writer.view(rows.tobytes(), _VERTICES), rows, is_normalized=True),
                TEXCOORD_0=None
                if part.texcoords is None
                else writer.accessor(writer.view(part.texcoords.tobytes(), _VERTICES), part.texcoords),
            ),
            indices=writer.accessor(writer.view(corners.tobytes(), _INDICES), corners),
            material=GROUND if part.texcoords is not None else WATER if part.is_water else MATTE,
        )
        model.meshes.append(pygltflib.Mesh(name=part.name, primitives=[primitive]))
        model.nodes.append(pygltflib.Node(name=part.name, mesh=len(model.meshes) - 1))
    return writer.to_bytes()


def _material(name: str, roughness: float, picture: pygltflib.TextureInfo | None = None) -> pygltflib.Material:
    look = pygltflib.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=roughness, baseColorTexture=picture)
    return pygltflib.Material(name=name, pbrMetallicRoughness=look)
