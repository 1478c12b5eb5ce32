"""Reading of scans in any supported format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from carreau.base.errors import ScanError, cannot_read
from carreau.base.messages import Message, Number, message, printable
from carreau.base.model import Fidelity, Scan
from carreau.formats.gltf import gltf, scene_reader
from carreau.formats.gltf.gltf_plain import no_variants
from carreau.formats.gltf.scene import Authored
from carreau.formats.location.crs import PlacementMetadata
from carreau.formats.location.poses import read_cameras
from carreau.formats.location.scan_toml import notes_file
from carreau.formats.location.sidecars import read_sidecars
from carreau.formats.registry import sniff
from carreau.formats.tiles import find_pieces, find_tiles
from carreau.geometry.location.placement import Placement, merge_placements
from carreau.geometry.render.opacity import settle_modes


def read(path: Path, variant: str = "") -> Scan:
    """Return the scan in a file, or in a folder of tiles, with the files it refers to.

    The format is told by the first bytes, and by the suffix only where they leave it open. Readers are imported when
    they are needed: each brings its own libraries.

    variant : of the materials of a glTF, if not the default ones

    Raises OptionError for a variant that is not there; ScanError, or a narrower one, in one line naming file,
    place, cause and cure; never another exception for anything a file may hold.
    """
    return _read(path, find_tiles, variant)


def read_as_one(path: Path) -> Scan:
    """Return all meshes in a folder as one scan, whatever they are called; raises as `read`."""
    return _read(path, find_pieces)


def _read(path: Path, find: Callable[[Path], tuple[Path, ...] | None], variant: str = "") -> Scan:
    try:
        if variant and (path.is_dir() or sniff(path).name != "gltf"):
            raise no_variants(path.name)
        if path.is_dir() and (tiles := find(path)):
            from carreau.geometry.tile_welding import read_tiles

            scan = read_tiles(path, tiles, read)
        else:
            scan = gltf.read(path, variant=variant) if variant else sniff(path).read(path)
        scan = replace(scan, name=printable(scan.name))
    except OSError as error:
        cause = cannot_read(error)
        raise ScanError(
            error.filename or path, "", cause, message("check that it exists and its permissions")
        ) from error
    scan = _settled(scan)
    warnings = [_coarse(scan.mesh.fidelity)] if scan.mesh.fidelity.step else []
    if scan.cloud is not None and scan.cloud.fidelity.step:
        warnings.append(_coarse_points(scan.cloud.fidelity))
    facts = replace(scan.facts, warnings=tuple(dict.fromkeys([*scan.facts.warnings, *warnings])))
    return replace(scan, facts=facts) if warnings else scan


def _settled(scan: Scan) -> Scan:
    """Return a scan whose materials are opaque, cut out or translucent as its levels are."""
    mesh, decisions, warnings = settle_modes(scan.mesh)
    if mesh is scan.mesh:
        return scan
    facts = replace(
        scan.facts,
        decisions=tuple(dict.fromkeys([*scan.facts.decisions, *decisions])),
        warnings=tuple(dict.fromkeys([*scan.facts.warnings, *warnings])),
    )
    return replace(scan, mesh=mesh, facts=facts)


def _coarse_points(fidelity: Fidelity) -> Message:
    """Return the warning about a point cloud whose own coordinates are too coarse for its points."""
    return message(
        "its coordinates are float32 near %(near)s: steps of %(step)s units, where points are %(spacing)s units apart; "
        "export it with local coordinates or as double",
        near=Number(fidelity.near, ",.0f"),
        step=Number(fidelity.step, ".3g"),
        spacing=Number(fidelity.edge, ".3g"),
    )


def _coarse(fidelity: Fidelity) -> Message:
    """Return the warning about a file whose own coordinates are too coarse for its triangles."""
    return message(
        "its coordinates are float32 near %(near)s: steps of %(step)s units, where edges of triangles have %(edge)s; "
        "export it with local coordinates or as double",
        near=Number(fidelity.near, ",.0f"),
        step=Number(fidelity.step, ".3g"),
        edge=Number(fidelity.edge, ".3g"),
    )


def resolve_placement(scan: Path, given: tuple[PlacementMetadata, ...] = ()) -> Placement:
    """Return what counts: options before scan.toml, before sidecars; the file itself and guesses come later.

    The cameras beside a scan are for such a guess; files of them that cannot be read are ignored with a decision.

    Raises ScanError, or a narrower one, for a sidecar or scan.toml that is broken.
    """
    persons = len(given) + (notes_file(scan) is not None)
    return replace(merge_placements((*given, *read_sidecars(scan)), persons), cameras=read_cameras(scan))


def read_authored(path: Path, variant: str = "") -> Authored:
    """Return the scene of a .glb or .gltf with its animations; see `carreau.formats.gltf.scene_reader.read`."""
    return scene_reader.read(path, variant)
