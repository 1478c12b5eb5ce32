"""Sidecars: the files in which photogrammetry programs write where a scan lies.

- `metadata.xml` of ContextCapture, iTwin Capture and Metashape
- `*.rcInfo` and `*.rsInfo` of RealityCapture and RealityScan
- `coords.txt` of OpenDroneMap
- an offset alone, of Pix4D, Skycatch and 3D Survey Collection
- `*.prj`, the coordinate system as WKT

A team's own `scan.toml` comes before all of them (see `carreau.formats.location.scan_toml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.formats.location.crs import CrsError, PlacementMetadata, Triple, normal_crs, not_located
from carreau.formats.location.scan_toml import notes_file, read_notes
from carreau.formats.location.text_files import (
    EMPTY,
    EXPORT_OR_DELETE,
    SET_EPSG,
    WRITE_WKT,
    first_text,
    in_folder,
    number_lines,
    parse_triple,
    sidecar_text,
    xml_tree,
)

MODEL_METADATA = "metadata.xml"
_HEAD_BYTES = 4096
ODM_FOLDER = "odm_georeferencing"
ODM_COORDS = ("coords.txt", "odm_georeferencing_model_geo.txt")
ODM_PROJ = "proj.txt"
_UTM = re.compile(r"WGS\s*84\s+UTM\s+(?:zone\s+)?(\d{1,2})\s*([NS])", re.IGNORECASE)
_EPSG = re.compile(r"epsg:\s*(\d+)", re.IGNORECASE)
_AXIS_LABEL = re.compile(r"^\s*[XYZ](?:\s*axis)?\s*[:=]", re.IGNORECASE)
_IDENTITY = tuple(float(row == column) for row in range(4) for column in range(4))


@dataclass(frozen=True)
class Sidecar:
    """A kind of sidecar.

    find : returns the files of this kind that belong to a scan, the main one first
    read : returns what these files state
    """

    find: Callable[[Path], list[Path]]
    read: Callable[[list[Path]], PlacementMetadata]


def sidecar_files(scan: Path) -> tuple[Path, ...]:
    """Return all files that state where a scan lies, its `scan.toml` and files of cameras, without reading them.

    Raises OSError when its folder cannot be listed.
    """
    notes = notes_file(scan)
    paths = [path for kind in SIDECARS for path in kind.find(scan)]
    return tuple(dict.fromkeys([*([notes] if notes else []), *paths, *camera_files(scan)]))


def read_sidecars(scan: Path) -> tuple[PlacementMetadata, ...]:
    """Return what the `scan.toml` and the sidecars of a scan state, in order of precedence.

    Raises ScanError, or a narrower one, for a broken file: ignoring it could put the scan in the wrong place.
    """
    notes = notes_file(scan)
    own = [read_notes(notes).placement] if notes else []
    return (*own, *(kind.read(paths) for kind in SIDECARS if (paths := kind.find(scan))))


def find_model_metadata(scan: Path) -> list[Path]:
    """Return the `metadata.xml` of a scan: in its folder, or above `Data` for a tile or the folder of tiles."""
    folder = scan if scan.is_dir() else scan.parent
    above = []
    if folder.name == "Data":
        above = [folder.parent]
    elif folder.name.lower().startswith("tile_"):
        above = [folder.parent, folder.parent.parent]
    return next(([each / MODEL_METADATA] for each in (folder, *above) if has_model_metadata(each)), [])


def has_model_metadata(folder: Path) -> bool:
    """Tell whether a folder has a `metadata.xml` about a model; it may be about something else."""
    path = folder / MODEL_METADATA
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b"<ModelMetadata" in file.read(_HEAD_BYTES)


def read_model_metadata(paths: list[Path]) -> PlacementMetadata:
    """Return what a `metadata.xml` states; for a system that PROJ does not know, a warning without the offset.

        <ModelMetadata version="1"><SRS>EPSG:32632</SRS><SRSOrigin>456789,5434567,0</SRSOrigin></ModelMetadata>

    `SRS` is an EPSG code, WKT, or `ENU:latitude,longitude` for a local system in metres east, north and up.
    `SRSOrigin` is added to every coordinate of the model. ContextCapture writes the file above `Data` for every export
    with a spatial reference system (Bentley, ContextCapture User Guide, "Export format"); Metashape writes it with
    `exportModel(…, save_metadata_xml=True)` and its `shift` (Agisoft, Metashape Python Reference).

    Raises FormatError naming the line or element.
    """
    path = paths[0]
    tree = xml_tree(path, sidecar_text(path))
    if not any(element.tag == "ModelMetadata" for element in tree.iter()):
        cause = message("it has no <%(element)s> element", element="ModelMetadata")
        raise FormatError(path, "", cause, EXPORT_OR_DELETE)
    srs, origin = first_text(tree, "SRS"), first_text(tree, "SRSOrigin")
    offset = parse_triple(path, "<SRSOrigin>", origin) if origin else None
    if not srs or srs.upper().startswith("LOCAL"):
        return PlacementMetadata(path.name, offset=offset)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(srs), offset=offset)
    except CrsError as error:
        return PlacementMetadata(path.name, warnings=(not_located(path.name, error.reason, SET_EPSG),))


def find_info_file(scan: Path) -> list[Path]:
    """Return the RealityCapture info file of a scan, or of the first tile in a folder that has one."""
    if scan.is_dir():
        infos = (path for path in sorted(scan.iterdir()) if path.suffix.lower() in (".rcinfo", ".rsinfo"))
        return [path for path in infos if path.is_file()][:1]
    names = [f"{name}.{kind}info" for name in (scan.name, scan.stem) for kind in ("rs", "rc")]
    return in_folder(scan.parent, names)[:1]


def read_info_file(paths: list[Path]) -> PlacementMetadata:
    """Return what an info file of RealityCapture states; a warning for a model in a system of its own.

        <Model globalCoordinateSystemName="epsg:2154 - RGF93 / Lambert-93" exportCoordinateSystemType="1"
           transformToModel="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1">…</Model><ModelExport …/>

    The name is the project's system; the vertices are in it where `transformToModel` is the identity (RealityCapture
    Help, "Model Export", Export an info file). Other matrices (grid plane, same as XMP, shifted) are not documented,
    and real files contradict each other, so they are not applied. Vertices 6,400 km from zero are geocentric, whatever
    the name says.

    Raises FormatError naming the line or attribute.
    """
    path = paths[0]
    tree = xml_tree(path, sidecar_text(path))
    model = next((element for element in tree.iter() if element.tag == "Model"), None)
    if model is None:
        raise FormatError(path, "", message("it has no <%(element)s> element", element="Model"), EXPORT_OR_DELETE)
    name = model.get("globalCoordinateSystemName", "") or first_text(model, "globalCoordinateSystemName")
    code = _EPSG.match(name.strip())
    if code is None:  # "local:1 - Euclidean": the project is not georeferenced
        return PlacementMetadata(path.name)
    if not _has_identity(path, model):
        reason = message("the model has its own coordinate system, whose transformation is not documented")
        cure = message("export it in the project's output coordinate system, or set offset in scan.toml")
        return PlacementMetadata(path.name, warnings=(not_located(path.name, reason, cure),))
    try:
        return PlacementMetadata(path.name, crs=normal_crs(code[1]))
    except CrsError as error:
        cure = message("export it again in a known coordinate system")
        raise FormatError(path, "globalCoordinateSystemName", error.reason, cure) from error


def _has_identity(path: Path, model: Element) -> bool:
    text = model.get("transformToModel") or first_text(model, "transformToModel")
    try:
        numbers = tuple(float(word) for word in text.split())
    except ValueError:
        numbers = (0.0,)
    if numbers and len(numbers) != 16:
        raise FormatError(path, "transformToModel", message("it is not 16 numbers"), EXPORT_OR_DELETE)
    return not numbers or all(abs(one - other) < 1e-9 for one, other in zip(numbers, _IDENTITY, strict=True))


def find_odm_coords(scan: Path) -> list[Path]:
    """Return the `coords.txt` of OpenDroneMap and, if present, its `proj.txt`; none for a model without "_geo"."""
    if "_geo" not in scan.stem.lower() or scan.is_dir():
        return []
    for folder in (scan.parent, scan.parent / ODM_FOLDER, scan.parent.parent / ODM_FOLDER):
        coords = in_folder(folder, ODM_COORDS)[:1]
        if coords:
            return [*coords, *in_folder(folder, [ODM_PROJ])]
    return []


def read_odm_coords(paths: list[Path]) -> PlacementMetadata:
    """Return what OpenDroneMap states about `odm_textured_model_geo.obj`.

        WGS84 UTM 16N
        367257 4759982

    `coords.txt` (`odm_georeferencing_model_geo.txt` in older versions) has the system, then the eastings and northings
    that were subtracted, then a line for each photograph. Heights are complete. WebODM's viewer reads the second line
    in the same way (`loadGeoreferencingOffset`). `proj.txt` has the system as a PROJ string, for a first line without
    a UTM zone. The GLB has Z up as the OBJ has, contrary to glTF.

    Raises FormatError naming the line.
    """
    path = paths[0]
    lines = list(number_lines(sidecar_text(path)))[:2]
    if len(lines) < 2:
        cause = message("it does not contain a coordinate system and an offset")
        raise FormatError(path, "", cause, message("copy coords.txt from odm_georeferencing again, or delete the file"))
    offset = parse_triple(path, message("line %(line)s", line=lines[1][0]), lines[1][1], (2, 3))
    crs = _odm_crs(path, *lines[0], paths[1:])
    return PlacementMetadata(f"{ODM_FOLDER}/{path.name}", up="z", crs=crs, offset=offset)


def _odm_crs(path: Path, number: int, line: str, proj_files: list[Path]) -> str:
    if match := _UTM.fullmatch(line):
        zone = int(match[1])
        if not 1 <= zone <= 60:
            cause = message("UTM zone %(zone)s does not exist", zone=str(zone))
            raise FormatError(path, message("line %(line)s", line=number), cause, message("copy the file again"))
        return f"EPSG:{(326 if match[2].upper() == 'N' else 327) * 100 + zone}"
    proj = [text for _, text in number_lines(sidecar_text(proj_files[0]))][:1] if proj_files else []
    try:
        return normal_crs(line)
    except CrsError as error:
        if proj:
            return _proj_crs(proj_files[0], proj[0])
        cure = message("write WGS84 UTM 31N, an EPSG code or a PROJ string")
        raise FormatError(path, message("line %(line)s", line=number), error.reason, cure) from error


def _proj_crs(path: Path, text: str) -> str:
    try:
        return normal_crs(text)
    except CrsError as error:
        cure = message("write a PROJ string, or delete the file")
        raise FormatError(path, message("line %(line)s", line=1), error.reason, cure) from error


def find_offset(scan: Path) -> list[Path]:
    """Return the offset file of a scan, and the WKT of the same project beside it."""
    folder = scan if scan.is_dir() else scan.parent
    params = [parent / "1_initial" / "params" for parent in list(folder.parents)[:2]]
    for place in (folder, *params):
        offset = _offset_in(place, scan.stem)
        if offset:
            project = offset[0].name.lower().removesuffix("offset.xyz")
            return [*offset, *in_folder(place, [f"{project}wkt.prj"] if offset[0].suffix.lower() == ".xyz" else [])]
    return []


def _offset_in(folder: Path, stem: str) -> list[Path]:
    """Return the offset file in a folder: of the project that the scan is named after, or the only one."""
    plain = in_folder(folder, ["offset.xyz", "offset.txt", "SHIFT.txt"])
    try:
        named = [path for path in sorted(folder.iterdir()) if path.name.lower().endswith("_offset.xyz")]
    except OSError:
        return []
    own = [path for path in named if stem.lower().startswith(path.name.lower().removesuffix("_offset.xyz"))]
    only = named if len(named) == 1 else []
    return [path for path in (*own, *only, *plain) if path.is_file()][:1]


def read_offset(paths: list[Path]) -> PlacementMetadata:
    """Return the offset that a program subtracted from a scan's coordinates.

    - Pix4D: `project_offset.xyz` with three numbers, in the export's folder or `../../1_initial/params`, and the system
      as WKT in `project_wkt.prj` (Pix4D, "How to visualize the 3D textured mesh with georeference").
    - Skycatch and others: `offset.txt`, "X axis: 656059.00" or three numbers.
    - 3D Survey Collection, between Metashape and Blender: `SHIFT.txt`, "EPSG::32633 372000 4999000 40" (3DSC
      documentation, "SHIFT.txt configuration").

    Raises FormatError naming the line.
    """
    path = paths[0]
    lines = list(number_lines(sidecar_text(path)))
    if not lines:
        raise FormatError(path, "", EMPTY, message("write three numbers into it, or delete it"))
    if path.name.lower() == "shift.txt":
        return _shift(path, *lines[0])
    crs = ""
    if len(paths) > 1:
        try:
            crs = normal_crs(sidecar_text(paths[1]))
        except CrsError as error:
            raise FormatError(paths[1], "", error.reason, WRITE_WKT) from error
    return PlacementMetadata(path.name, up="z", crs=crs, offset=_offset(path, lines))


def _offset(path: Path, lines: list[tuple[int, str]]) -> Triple:
    number, text = lines[0]
    if _AXIS_LABEL.match(text):
        text = " ".join(_AXIS_LABEL.sub("", line) for _, line in lines[:3])
    return parse_triple(path, message("line %(line)s", line=number), text)


def _shift(path: Path, number: int, line: str) -> PlacementMetadata:
    name, _, numbers = line.partition(" ")
    offset = parse_triple(path, message("line %(line)s", line=number), numbers)
    if not re.search(r"\d", name):  # a keyword of 3DSC, for scans without a georeference
        return PlacementMetadata(path.name)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(name), offset=offset)
    except CrsError as error:
        cure = message("write EPSG::2154 and three numbers, or delete the file")
        raise FormatError(path, message("line %(line)s", line=number), error.reason, cure) from error


def find_prj(scan: Path) -> list[Path]:
    """Return `mill.prj` beside `mill.obj`."""
    return [] if scan.is_dir() else in_folder(scan.parent, [f"{scan.stem}.prj", f"{scan.name}.prj"])[:1]


def read_prj(paths: list[Path]) -> PlacementMetadata:
    """Return the coordinate system of a `.prj`; a warning for one that is local, or that PROJ does not know.

    Raises FormatError for a file that is not WKT.
    """
    path = paths[0]
    text = sidecar_text(path).strip()
    if not text:
        raise FormatError(path, "", EMPTY, WRITE_WKT)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(text))
    except CrsError as error:
        if "[" not in text:
            raise FormatError(path, "", error.reason, WRITE_WKT) from error
        return PlacementMetadata(path.name, warnings=(not_located(path.name, error.reason, SET_EPSG),))


SIDECARS = (
    Sidecar(find_model_metadata, read_model_metadata),
    Sidecar(find_info_file, read_info_file),
    Sidecar(find_odm_coords, read_odm_coords),
    Sidecar(find_offset, read_offset),
    Sidecar(find_prj, read_prj),
)
"""Kinds of sidecar, in order of precedence: a later one fills in only what earlier ones leave out."""

CAMERA_FILES = (
    "images.bin", "images.txt", "cameras.xml", "sfm_data.json", "reconstruction.json", "bundle.out", "transforms.json",
    "scene.mvs", "shots.geojson",
)  # fmt: skip
"""Their names; see `carreau.formats.location.poses.READERS`."""

FOLDERS = (".", "sparse", "sparse/0", "../opensfm", "../odm_report")
"""Their folders, from that of a scan: COLMAP's sparse model, and two folders of OpenDroneMap."""


def camera_files(scan: Path) -> list[Path]:
    """Return the files beside a scan that have the names of files of cameras, without reading them."""
    folder = scan if scan.is_dir() else scan.parent
    places = [folder / name for name in FOLDERS]
    return [path for place in places if place.is_dir() for path in in_folder(place, CAMERA_FILES)]
