"""Build the archive level of a scan or an authored model: the complete model as a plain GLB."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import BudgetError
from carreau.base.levels import ARCHIVE
from carreau.base.messages import message
from carreau.base.model import EncodedImage
from carreau.base.options import ModelOptions
from carreau.formats.gltf_scene.scene_writer import WriteOptions
from carreau.models.builders.input_files import place_files
from carreau.models.builders.level_builder import BuiltLevel
from carreau.models.builders.level_pack import GENERATOR, asset_packet
from carreau.models.builders.result import MODEL, PACKAGE
from carreau.models.builders.scan_context import ScanContext
from carreau.models.builders.scene_context import SceneContext
from carreau.models.scenes.scene_textures import as_it_is
from carreau.models.stages.archive import ArchiveAbout, Archived, pack_archive
from carreau.models.stages.check import check_packed
from carreau.models.stages.pack import pack_authored
from carreau.runs.cache import Cache, InputFiles, Task
from carreau.runs.tasks import in_sequence

LABELS = ("pack archive", "check archive")


class ArchiveBuilder:
    """The steps of the archive level of a scan."""

    def __init__(self, files: InputFiles, context: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Take the inputs of the archive."""
        self.files, self.context, self.options, self.cache = files, context, options, cache

    def build(self) -> BuiltLevel:
        """Build the complete model; `write_package` writes the package with the other files.

        Raises BudgetError for more than a GLB holds, ValidationError for one that is not valid glTF.
        """
        step = self._packed()
        archived = step.value()
        # `check_packed` accepts missing tangents: readers compute MikkTSpace, as for the scan's normal maps.
        glb = step.part(lambda packed: packed.glb)
        self.cache.step(check_packed, glb, ARCHIVE, label=LABELS[1]).value()
        facts = {
            "file": MODEL,
            "package": PACKAGE,
            "bytes": len(archived.glb),
            "sha256": hashlib.sha256(archived.glb).hexdigest(),
            "triangles": archived.triangles,
            "vertices": archived.vertices,
            "materials": archived.materials,
            "textures": [
                {"name": t.name, "media_type": t.media_type, "bytes": t.size_bytes, "untouched": t.is_untouched}
                for t in archived.textures
            ],
            "origin": self._origin(),
            "notes": list(archived.notes),
            **self._originals(),
        }
        return BuiltLevel(ARCHIVE, archived.glb, b"", facts)

    def _originals(self) -> dict[str, Any]:
        """Return the files of the scan and its location side files, named from their common folder.

        Some programs write location data into a folder beside that of the scan.
        """
        folder = self.files.folder
        sources = (self.files, place_files(self.files.path, self.cache))
        contents = {os.path.normpath(folder / one.name): one for source in sources for one in source.contents}
        shared = os.path.commonpath([Path(path).parent for path in contents])
        return {
            "originals_in": Path(os.path.relpath(shared, folder)).as_posix(),
            "originals": [
                {"name": Path(path).relative_to(shared).as_posix(), "bytes": one.size_bytes, "sha256": one.sha256}
                for path, one in contents.items()
            ],
        }

    def _packed(self) -> Task[Archived]:
        options, oriented = self.options, self.context.oriented.value()
        extras = {
            "source": options.source,
            "licence": options.licence,
            "credit": options.credit,
            "level": ARCHIVE,
            "scan_to_model": self.context.about["matrix"],
            "geopose": self.context.about["geopose"],
            "origin": self._origin(),
            "unit_m": oriented.unit_m,
            "scale": "fixed" if oriented.unit_known else "free",
        }
        rights = ", ".join(text for text in (options.credit, options.licence) if text)
        about = ArchiveAbout(options.name, rights, GENERATOR, extras, asset_packet(options))
        return self.cache.step(pack_archive, self.context.mesh, about, label=LABELS[0])

    def _origin(self) -> list[float]:
        """Return the origin of the model in the coordinates of the scan, in double precision."""
        matrix = np.array(self.context.about["matrix"], np.float64).reshape(4, 4)
        return [float(part) for part in np.linalg.solve(matrix[:3, :3], -matrix[:3, 3])]


class SceneArchiveBuilder(ArchiveBuilder):
    """The steps of the archive level of an authored model."""

    def __init__(self, files: InputFiles, context: SceneContext, options: ModelOptions, cache: Cache) -> None:
        """Take the inputs of the archive."""
        self.files, self.scene_context, self.options, self.cache = files, context, options, cache

    def build(self) -> BuiltLevel:
        """Build the complete model; `write_package` writes the package with the other files.

        Raises BudgetError for more than a GLB holds, ValidationError for one that is not valid glTF.
        """
        scene = self.scene_context.scene.value()
        pictures = self.scene_context.scene.part(lambda scene: scene.pictures)
        images = [
            self.cache.step(as_it_is, pictures, number, label="plain picture") for number in range(len(scene.pictures))
        ]
        if sum(len(step.value().data) for step in images) >= 1 << 31:
            raise BudgetError(
                message("archive: the textures alone exceed the size of a GLB file; deposit only its original files")
            )
        step = self._pack(images)
        glb = step.value()
        self.cache.step(check_packed, step, ARCHIVE, label=LABELS[1]).value()
        facts = {
            "file": MODEL,
            "package": PACKAGE,
            "bytes": len(glb),
            "sha256": hashlib.sha256(glb).hexdigest(),
            "triangles": scene.triangles,
            "vertices": sum(len(shape.attributes["POSITION"]) for shape in scene.shapes),
            "materials": scene.facts.materials,
            "textures": [
                {
                    "name": picture.texture.name,
                    "media_type": image.value().media_type,
                    "bytes": len(image.value().data),
                    "untouched": len(image.value().data) == picture.texture.size_bytes,
                }
                for picture, image in zip(scene.pictures, images, strict=True)
            ],
            "origin": [0.0, 0.0, 0.0],
            "notes": list(scene.warnings),
            **self._originals(),
        }
        return BuiltLevel(ARCHIVE, glb, b"", facts)

    def _pack(self, images: list[Task[EncodedImage]]) -> Task[bytes]:
        options, scene = self.options, self.scene_context.scene
        rights_of = (options.credit, options.licence, scene.value().copyright)
        extras = {
            "source": options.source,
            "licence": options.licence,
            "credit": options.credit,
            "level": ARCHIVE,
            "unit_m": self.scene_context.size.factor,
            "scale": "fixed",
        }
        rights = ", ".join(dict.fromkeys(text for text in rights_of if text))
        packet = asset_packet(options)
        about = WriteOptions("plain", copyright=rights, generator=GENERATOR, extras=extras, packet=packet)
        return self.cache.step(pack_authored, scene, in_sequence(images), about, label=LABELS[0])
