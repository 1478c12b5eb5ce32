"""Find what lies beside a scan and says where it is, whatever program wrote it."""

from __future__ import annotations

from pathlib import Path

from pipeline.formats.location import local_origin, model_metadata, odm_georeferencing, prj, reality_capture
from pipeline.formats.location.metadata import PlacementMetadata
from pipeline.formats.location.scan_toml import notes_file, read_notes

KINDS = (model_metadata, reality_capture, odm_georeferencing, local_origin, prj)
"""Kinds of sidecar, in their order: what an earlier one says, a later one does not change."""


def sidecar_files(scan: Path) -> tuple[Path, ...]:
    """Return every file that says where a scan lies, `scan.toml` too, without reading them.

    Raises OSError when its folder cannot be listed.
    """
    notes = notes_file(scan)
    found = [path for kind in KINDS for path in kind.find(scan)]
    return tuple(dict.fromkeys([*([notes] if notes else []), *found]))


def all_said(scan: Path) -> tuple[PlacementMetadata, ...]:
    """Return what `scan.toml` and the sidecars of a scan say, the one that counts most first.

    Raises ScanError, or a narrower one, for a file that is broken: what it meant to say could matter.
    """
    notes = notes_file(scan)
    own = [read_notes(notes).said] if notes else []
    return (*own, *(kind.read(paths) for kind in KINDS if (paths := kind.find(scan))))
