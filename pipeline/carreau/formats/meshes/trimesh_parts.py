"""Merge the parts of a scene that trimesh has loaded into one mesh."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np

from carreau.base.errors import FormatError
from carreau.base.messages import Message, message
from carreau.base.model import ByteArray, DoubleArray, FloatArray, IntArray, Material, Mesh
from carreau.formats.origin import local_surface

MOST_REPEATED = 20_000_000
"""Limit for triangles that instances repeat; a file may have more only without instances."""
EXPORT_AGAIN = message("the file may be damaged or incomplete; copy or export it again")
# Its warnings would otherwise be printed between the lines of the console.
logging.getLogger("trimesh").addHandler(logging.NullHandler())

_MOST_CORNERS = 2**31 - 1
_PRECISE_TO = 1e-6


@dataclass(frozen=True, eq=False)
class PlacedMesh:
    """A mesh in its place in the scene.

    vertices : (n, 3) float64
    faces : (m, 3) int64, indices into vertices
    matrix : (4, 4) float64, from the mesh's own coordinates to the scene's
    material : index into the materials of the scene
    texcoords : (n, 2) float64, v upwards, or None
    normals : (n, 3) float64, or None
    colors : (n, 3) uint8 sRGB, or None
    """

    vertices: DoubleArray
    faces: IntArray
    matrix: DoubleArray
    material: int = 0
    texcoords: DoubleArray | None = None
    normals: DoubleArray | None = None
    colors: ByteArray | None = None


def load_parts(path: Path, load: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what a loader of trimesh returns.

    Raises FormatError for any exception of the loader: it parses untrusted bytes, and documents none.
    """
    try:
        return load()
    except Exception as error:
        cause = message("it cannot be read (%(reason)s)", reason=f"trimesh: {type(error).__name__}: {one_line(error)}")
        raise FormatError(path, "", cause, EXPORT_AGAIN) from error


def one_line(error: object) -> str:
    """Return the first 120 characters of an error, on one line."""
    return " ".join(str(error).split())[:120]


def merge(path: Path, parts: Sequence[PlacedMesh], materials: tuple[Material, ...]) -> Mesh:
    """Return one mesh in the coordinates of the scene; raises FormatError for indices out of range or no triangle."""
    for number, part in enumerate(parts):
        _check(path, number, part)
    if not sum(len(part.faces) for part in parts):
        raise FormatError(path, "", message("there are no faces"), message("export it as a mesh"))
    if sum(len(part.vertices) for part in parts) > _MOST_CORNERS:
        raise FormatError(path, "", message("there are too many vertices"), message("split the scan into parts"))
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    mirrored = [np.linalg.det(part.matrix[:3, :3]) < 0 for part in parts]
    faces = np.concatenate(
        [
            (part.faces[:, ::-1] if is_mirrored else part.faces) + start
            for part, start, is_mirrored in zip(parts, starts[:-1], mirrored, strict=True)
        ]
    ).astype(np.int32)
    with np.errstate(over="ignore", invalid="ignore"):
        places = np.concatenate([part.vertices @ part.matrix[:3, :3].T + part.matrix[:3, 3] for part in parts])
    local = local_surface(places, faces)
    return Mesh(
        local.positions,
        faces,
        texcoords=_texcoords(parts, faces),
        normals=_normals(parts, faces),
        colors=_colors(parts),
        face_materials=np.concatenate([np.full(len(part.faces), part.material, np.int32) for part in parts]),
        materials=materials,
        origin=local.origin,
        fidelity=local.fidelity,
    )


def _check(path: Path, number: int, part: PlacedMesh) -> None:
    if len(part.faces) and (part.faces.min() < 0 or part.faces.max() >= len(part.vertices)):
        cause = index_out_of_range(_outside(part), len(part.vertices))
        raise FormatError(path, message("mesh %(number)s", number=number + 1), cause, EXPORT_AGAIN)
    if not np.isfinite(part.matrix).all():
        place = message("mesh %(number)s", number=number + 1)
        raise FormatError(path, place, message("the transform is not finite"), EXPORT_AGAIN)


def index_out_of_range(index: int, count: int) -> Message:
    """Return the cause of an error for a vertex index that no vertex has."""
    return message("vertex index %(index)s is out of range (vertices: %(count)s)", index=index, count=count)


def too_many_instances(triangles: int, repeated: int, instances: int) -> Message:
    """Return the cause of an error for a scene that repeats its triangles too often."""
    return message(
        "too many instances (instances: %(instances)s, triangles in the file: %(triangles)s, repeated: %(repeated)s)",
        triangles=triangles,
        repeated=repeated,
        instances=instances,
    )


def _outside(part: PlacedMesh) -> int:
    return int(part.faces.min()) if part.faces.min() < 0 else int(part.faces.max()) + 1


def rounding(mesh: Mesh) -> float:
    """Return by how much float32 may have rounded the coordinates, in their unit; 0 where it is below 1e-6 of the size.

    For loaders that read coordinates as float32, before an origin could be taken out.
    """
    finite = mesh.positions[np.isfinite(mesh.positions).all(axis=1)] + mesh.origin
    if not len(finite):
        return 0.0
    step = float(np.abs(finite).max()) * 2.0**-24
    return step if step > _PRECISE_TO * float(np.ptp(finite, axis=0).max()) else 0.0


def _texcoords(parts: Sequence[PlacedMesh], faces: IntArray) -> tuple[FloatArray, ...]:
    """Return (m, 3, 2), v downwards as glTF has it; NaN where a part has none."""
    if all(part.texcoords is None for part in parts):
        return ()
    pairs = np.concatenate(
        [np.full((len(part.vertices), 2), np.nan) if part.texcoords is None else part.texcoords for part in parts]
    ).astype(np.float32)
    pairs[:, 1] = 1 - pairs[:, 1]
    return (pairs[faces],)


def _normals(parts: Sequence[PlacedMesh], faces: IntArray) -> FloatArray | None:
    """Return (m, 3, 3) unit vectors, None where a part has none or one of them has no direction."""
    turned = []
    for part in parts:
        if part.normals is None or np.linalg.det(part.matrix[:3, :3]) == 0:
            return None
        with np.errstate(over="ignore", invalid="ignore"):  # normals that are no numbers
            turned.append(part.normals @ np.linalg.inv(part.matrix[:3, :3]))
    vectors = np.concatenate(turned)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        return None
    units: FloatArray = (vectors / lengths).astype(np.float32)
    return units[faces]


def _colors(parts: Sequence[PlacedMesh]) -> ByteArray | None:
    if all(part.colors is None for part in parts):
        return None
    return np.concatenate(
        [np.full((len(part.vertices), 3), 255, np.uint8) if part.colors is None else part.colors for part in parts]
    )


def bytes_of_colors(values: DoubleArray, *, are_bytes: bool = False) -> ByteArray:
    """Return (n, 3) uint8 of colours in 0..1, or in 0..255, clamped; alpha is left out, NaN is black."""
    scaled = np.nan_to_num(values[:, :3], nan=0.0) * (1.0 if are_bytes else 255.0)
    rounded: ByteArray = np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)
    return rounded


SAFE: dict[str, bool] = {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": True}
"""Options of lxml. `huge_tree` lifts its limits, which the arrays of valid scans exceed; XML without a document type
does not expand."""


class _PrologEndError(Exception):
    """The prolog has ended without a document type."""


def refuse_doctype(path: Path, data: bytes, place: str = "") -> None:
    """Raise FormatError if XML declares a document type or is damaged before its first element.

    Entities are declared in a document type only. So a document without one cannot expand, or name another file.
    """

    def end(*_: object) -> None:
        raise _PrologEndError

    def refuse(*_: object) -> None:
        cause = message("it has a document type declaration, which is not allowed")
        raise FormatError(path, place, cause, message("export it without a document type"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except _PrologEndError:
        return
    except (expat.ExpatError, ValueError, LookupError) as error:
        cause = message("the XML is not well formed (%(reason)s)", reason=one_line(error))
        raise FormatError(path, place, cause, EXPORT_AGAIN) from error
