"""Read `metadata.xml`, in which ContextCapture, iTwin Capture and Metashape say the place of a model.

    <ModelMetadata version="1"><SRS>EPSG:32632</SRS><SRSOrigin>456789,5434567,0</SRSOrigin></ModelMetadata>

`SRS` is an EPSG code, WKT, or `ENU:latitude,longitude` for a local system that counts east, north and up from there;
`SRSOrigin` is added to every coordinate of the model. ContextCapture writes it for every export that has a spatial
reference system, in the folder above `Data` (Bentley, ContextCapture User Guide, "Export format"); Metashape writes it
with `exportModel(…, save_metadata_xml=True)` and its `shift` (Agisoft, Metashape Python Reference).
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import FormatError
from pipeline.formats.location.crs import CrsError, normal_crs
from pipeline.formats.location.metadata import PlacementMetadata
from pipeline.formats.location.sidecar_text import first_text, sidecar_text, triple_of, xml_tree

METADATA = "metadata.xml"
_HEAD_BYTES = 4096


def has_model_metadata(folder: Path) -> bool:
    """Return whether a folder holds a `metadata.xml` that is one of a model and not of anything else."""
    path = folder / METADATA
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return b"<ModelMetadata" in file.read(_HEAD_BYTES)


def find(scan: Path) -> list[Path]:
    """Return the `metadata.xml` of a scan: in its folder, or above `Data` for a tile or the folder of tiles."""
    folder = scan if scan.is_dir() else scan.parent
    above = []
    if folder.name == "Data":
        above = [folder.parent]
    elif folder.name.lower().startswith("tile_"):
        above = [folder.parent, folder.parent.parent]
    return next(([each / METADATA] for each in (folder, *above) if has_model_metadata(each)), [])


def read(paths: list[Path]) -> PlacementMetadata:
    """Return what a `metadata.xml` says; a system that PROJ does not know is a warning, and its origin is left out.

    Raises FormatError naming the line or element.
    """
    path = paths[0]
    tree = xml_tree(path, sidecar_text(path))
    if not any(element.tag == "ModelMetadata" for element in tree.iter()):
        raise FormatError(path, "", "it has no <ModelMetadata>", "export it again, or take it away")
    srs, origin = first_text(tree, "SRS"), first_text(tree, "SRSOrigin")
    offset = triple_of(path, "<SRSOrigin>", origin) if origin else None
    if not srs or srs.upper().startswith("LOCAL"):
        return PlacementMetadata(path.name, offset=offset)
    try:
        return PlacementMetadata(path.name, crs=normal_crs(srs), offset=offset)
    except CrsError as error:
        cure = "say it with epsg in scan.toml"
        return PlacementMetadata(path.name, warnings=(f"{path.name} does not place the scan: {error}; {cure}",))
