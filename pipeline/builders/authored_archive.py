"""Make what an archive keeps of an authored model: all of it as a plain GLB, and a BagIt bag with its own files."""

from __future__ import annotations

import hashlib

from pipeline.builders.archive import LABELS, ArchiveFlow
from pipeline.builders.archive_package import MODEL, PACKAGE
from pipeline.builders.authored_ground import AuthoredGround
from pipeline.builders.level_flow import Made
from pipeline.builders.level_pack import GENERATOR, asset_packet
from pipeline.cache.cache import Cache, InputFiles, Task
from pipeline.cache.tasks import in_sequence
from pipeline.errors import BudgetError
from pipeline.formats.gltf_scene.writing import WriteOptions
from pipeline.levels import ARCHIVE
from pipeline.messages import message
from pipeline.model import EncodedImage
from pipeline.options import ModelOptions
from pipeline.stages.check import check_packed
from pipeline.stages.scene_pack import pack_authored
from pipeline.stages.scene_textures import as_it_is


class AuthoredArchive(ArchiveFlow):
    """The steps of the archive."""

    def __init__(self, files: InputFiles, ground: AuthoredGround, options: ModelOptions, cache: Cache) -> None:
        """Remember what it is made from."""
        self.files, self.authored, self.options, self.cache = files, ground, options, cache

    def make(self) -> Made:
        """Make the whole model; the package is written when it is handed over.

        Raises BudgetError for more than a GLB holds, ValidationError for one that is not valid glTF.
        """
        scene = self.authored.scene.value()
        pictures = self.authored.scene.part(lambda scene: scene.pictures)
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
        return Made(ARCHIVE, glb, b"", facts)

    def _pack(self, images: list[Task[EncodedImage]]) -> Task[bytes]:
        options, scene = self.options, self.authored.scene
        said = (options.credit, options.licence, scene.value().copyright)
        extras = {
            "source": options.source,
            "licence": options.licence,
            "credit": options.credit,
            "level": ARCHIVE,
            "unit_m": 1.0,
            "scale": "fixed",
        }
        rights = ", ".join(dict.fromkeys(text for text in said if text))
        packet = asset_packet(options)
        about = WriteOptions("plain", copyright=rights, generator=GENERATOR, extras=extras, packet=packet)
        return self.cache.step(pack_authored, scene, in_sequence(images), about, label=LABELS[0])
