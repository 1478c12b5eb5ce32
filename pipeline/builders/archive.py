"""Make what an archive keeps of one scan: the whole mesh as GLB."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.builders.archive_package import MODEL, PACKAGE
from pipeline.builders.input_files import place_files
from pipeline.builders.level_flow import Made
from pipeline.builders.level_pack import GENERATOR, asset_packet
from pipeline.builders.scan_context import ScanContext
from pipeline.cache.cache import Cache, InputFiles, Task
from pipeline.levels import ARCHIVE
from pipeline.options import ModelOptions
from pipeline.stages.archive import ArchiveAbout, Archived, pack_archive
from pipeline.stages.check import check_packed

LABELS = ("pack archive", "check archive")


class ArchiveFlow:
    """The steps of the archive."""

    def __init__(self, files: InputFiles, ground: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Remember what it is made from."""
        self.files, self.ground, self.options, self.cache = files, ground, options, cache

    def make(self) -> Made:
        """Make the whole model; the package is written when it is handed over, see `write_package`.

        Raises BudgetError for more than a GLB holds, ValidationError for one that is not valid glTF.
        """
        step = self._packed()
        found = step.value()
        # `check_packed` lets tangents be left to the reader: the scan's own normal maps were drawn for MikkTSpace.
        glb = step.part(lambda packed: packed.glb)
        self.cache.step(check_packed, glb, ARCHIVE, label=LABELS[1]).value()
        facts = {
            "file": MODEL,
            "package": PACKAGE,
            "bytes": len(found.glb),
            "sha256": hashlib.sha256(found.glb).hexdigest(),
            "triangles": found.triangles,
            "vertices": found.vertices,
            "materials": found.materials,
            "textures": [
                {"name": t.name, "media_type": t.media_type, "bytes": t.size_bytes, "untouched": t.is_untouched}
                for t in found.textures
            ],
            "origin": self._origin(),
            "notes": list(found.notes),
            **self._originals(),
        }
        return Made(ARCHIVE, found.glb, b"", facts)

    def _originals(self) -> dict[str, Any]:
        """Return the scan's files and those that say where it is, named from the folder that holds them all.

        Some programs write what places a scan into a folder beside the scan's.
        """
        folder = self.files.folder
        sources = (self.files, place_files(self.files.path, self.cache))
        found = {os.path.normpath(folder / one.name): one for source in sources for one in source.contents}
        shared = os.path.commonpath([Path(path).parent for path in found])
        return {
            "originals_in": Path(os.path.relpath(shared, folder)).as_posix(),
            "originals": [
                {"name": Path(path).relative_to(shared).as_posix(), "bytes": one.size_bytes, "sha256": one.sha256}
                for path, one in found.items()
            ],
        }

    def _packed(self) -> Task[Archived]:
        options, oriented = self.options, self.ground.oriented.value()
        extras = {
            "source": options.source,
            "licence": options.licence,
            "credit": options.credit,
            "level": ARCHIVE,
            "scan_to_model": self.ground.about["matrix"],
            "geopose": self.ground.about["geopose"],
            "origin": self._origin(),
            "unit_m": oriented.unit_m,
            "scale": "fixed" if oriented.unit_known else "free",
        }
        rights = ", ".join(text for text in (options.credit, options.licence) if text)
        about = ArchiveAbout(options.name, rights, GENERATOR, extras, asset_packet(options))
        return self.cache.step(pack_archive, self.ground.mesh, about, label=LABELS[0])

    def _origin(self) -> list[float]:
        """Return where the model's origin lies in the scan's own coordinates, in double precision."""
        matrix = np.array(self.ground.about["matrix"], np.float64).reshape(4, 4)
        return [float(part) for part in np.linalg.solve(matrix[:3, :3], -matrix[:3, 3])]
