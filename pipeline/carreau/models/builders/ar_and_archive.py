"""Build the AR pair and the archive level of a scan or of an authored model."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from carreau.base.errors import BudgetError
from carreau.base.levels import AR, ARCHIVE, Level
from carreau.base.messages import Message, message
from carreau.base.model import EncodedImage, Mesh
from carreau.base.options import ModelOptions
from carreau.formats.gltf.scene_writer import WriteOptions
from carreau.formats.writers.usdz_files import UsdzAbout
from carreau.models.builders.build_context import ScanContext, SceneContext
from carreau.models.builders.inputs import place_files
from carreau.models.builders.level_builder import BuiltLevel, LevelBuilder, image_parts
from carreau.models.builders.level_candidates import (
    GENERATOR,
    TextureCandidate,
    alpha_mode,
    asset_packet,
    choose,
    extras,
    pack,
)
from carreau.models.builders.level_context import TooLarge, surface_factors, usdz_too_large
from carreau.models.builders.level_textures import encode_images
from carreau.models.builders.result import MODEL, PACKAGE
from carreau.models.builders.scene_level import SceneLevelBuilder
from carreau.models.stages.ar_pair import TablePair, as_json, compare_ar_pair, compare_glb, make_table_pair, read_usdz
from carreau.models.stages.ar_pair import pack_usdz as pack_scene_usdz
from carreau.models.stages.authored_levels import as_it_is
from carreau.models.stages.check import check_packed, check_plain, check_usdz
from carreau.models.stages.measure import THOROUGH, measure
from carreau.models.stages.pack import ArchiveAbout, Archived, pack_archive, pack_authored, pack_usdz
from carreau.runs.cache import Cache, InputFiles, Later, Task
from carreau.runs.tasks import in_mapping, in_sequence

FIXED = message("its real size is known: it appears life-size, and visitors cannot scale it")
FREE = message("its real size is unknown: 1 unit is taken as 1 m, and visitors can scale it")


class ArBuilder(LevelBuilder):
    """The steps of the AR pair of a scan: those of a level, then the USDZ and its comparison with the GLB."""

    def __init__(self, scan: ScanContext, options: ModelOptions, cache: Cache, level: Level = AR) -> None:
        """Take the inputs of the pair."""
        super().__init__(level, scan, options, cache)

    def _attempt(self, triangles: int, texture_share: float) -> BuiltLevel:
        context = self.context
        chosen = choose(context, triangles, texture_share)
        encoded = encode_images(context, chosen, texture_share)
        images = image_parts(encoded)
        metadata = {**extras(context, chosen, images), "scale": self._scale()}
        glb, usdz = pack(context, chosen, images, metadata), self._usdz(chosen, images, metadata)
        facts = self._facts(chosen, encoded, glb, glb)
        over = (*self._over_budget(facts), *self._over_bytes(usdz))
        if over:
            raise TooLarge(over[0], texture_share=0.85)
        facts |= self._pair_facts(glb, usdz)
        self._check_pair(glb, usdz)
        name, is_known = context.level.name, self._scale() == "fixed"
        table = _table_pair(context.cache, glb, usdz, is_known, name)
        facts |= _table_facts(name, table)
        others = {f"{name}.usdz": usdz.value(), **_table_files(name, table)}
        return BuiltLevel(name, glb.value(), b"", facts, others, partial(self._measure, chosen, encoded, glb))

    def _scale(self) -> str:
        return "fixed" if self.context.scan.oriented.value().unit_known else "free"

    def _usdz(
        self, chosen: TextureCandidate, images: dict[str, Later[EncodedImage]], metadata: dict[str, Any]
    ) -> Task[bytes]:
        context, options = self.context, self.context.options
        about = UsdzAbout(options.name, options.credit, options.licence, {**metadata, "generator": GENERATOR})
        surface = surface_factors(context.scan.appearance.value().reflectance)
        mode = alpha_mode(context, chosen)
        return context.cache.step(
            pack_usdz, chosen.mesh, in_mapping(images), about, surface, mode, label=context.label("pack usdz")
        )

    def _over_bytes(self, usdz: Task[bytes]) -> tuple[Message, ...]:
        level, used = self.context.level, len(usdz.value())
        over = usdz_too_large(used, level.file_bytes)
        return (over,) if used > level.file_bytes else ()

    def _pair_facts(self, glb: Task[bytes], usdz: Task[bytes]) -> dict[str, Any]:
        """Return the facts of the pair in the report, in addition to those of a level."""
        context = self.context
        agreement = context.cache.step(compare_ar_pair, context.reference, glb, usdz, label=context.label("agree"))
        scale, data = self._scale(), usdz.value()
        self.context.decisions.append(FIXED if scale == "fixed" else FREE)
        return {
            "scale": scale,
            "quick_look": f"allowsContentScaling={int(scale == 'free')}",
            "scene_viewer": f"resizable={'true' if scale == 'free' else 'false'}",
            "usdz": {
                "file": f"{self.context.level.name}.usdz",
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "agreement": as_json(agreement.value()),
            },
        }

    def _check_pair(self, glb: Task[bytes], usdz: Task[bytes]) -> None:
        """Check the GLB with the Khronos validator, and the USDZ with USD's own. Raises ValidationError."""
        name = self.context.level.name
        cache, label = self.context.cache, self.context.label
        cache.step(check_plain, glb, name, label=label("check")).value()
        cache.step(check_usdz, usdz, f"{name}.usdz", label=label("check usdz")).value()


class SceneArBuilder(SceneLevelBuilder):
    """The steps of the AR pair of an authored model: those of a level, then the USDZ and its comparison."""

    def _extras(self, key: str) -> dict[str, Any]:
        return {**super()._extras(key), "scale": "fixed"}

    def _pair(self, built: BuiltLevel, glb: Task[bytes]) -> BuiltLevel:
        options = self.options
        metadata = {"source": options.source, "licence": options.licence, "level": self.level.name, "scale": "fixed"}
        credit = options.credit or self.scene.copyright
        about = UsdzAbout(options.name, credit, options.licence, {**metadata, "generator": GENERATOR})
        packed = self.cache.step(pack_scene_usdz, glb, about, label=self.label("pack usdz"))
        usdz, left_out, name = packed.value().usdz, packed.value().left_out, f"{self.level.name}.usdz"
        if len(usdz) > self.level.file_bytes:
            over = usdz_too_large(len(usdz), self.level.file_bytes)
            raise TooLarge(over, texture_share=0.85, triangle_share=0.85)
        part = packed.part(lambda packed: packed.usdz)
        self.cache.step(check_usdz, part, name, label=self.label("check usdz")).value()
        shown = self.cache.step(read_usdz, part, label=self.label("read usdz"))
        table = _table_pair(self.cache, built.glb, part, True, self.level.name)
        built.facts["decisions"] += left_out
        built.others |= {name: usdz, **_table_files(self.level.name, table)}
        built.facts |= {
            "scale": "fixed",
            "quick_look": "allowsContentScaling=0",
            "scene_viewer": "resizable=false",
            **_table_facts(self.level.name, table),
        }
        facts, measure = {"file": name, "bytes": len(usdz), "sha256": hashlib.sha256(usdz).hexdigest()}, built.measure
        built.measure = lambda: {**measure(), "usdz": {**facts, "agreement": self._agreement(glb, shown)}}
        return built

    def _agreement(self, glb: Task[bytes], shown: Task[Mesh]) -> dict[str, object]:
        """Return what differs between the files, and where this is more than what the USDZ leaves out, how it looks."""
        differing = self.cache.step(compare_glb, glb, shown, label=self.label("agree")).value()
        facts: dict[str, object] = {"differs": list(differing), "psnr_db": None, "views": 0}
        if set(differing) <= {"colors"}:
            return facts
        looks = self.cache.step(
            measure, self.context.mesh, shown, THOROUGH, self.context.sighting, label=self.label("agree")
        )
        return facts | looks.value().as_json()


def _table_pair(cache: Cache, glb: Later[bytes] | bytes, usdz: Later[bytes], is_known: bool, name: str) -> TablePair:
    """Return the pair for a table, checked like the pair itself. Raises ValidationError."""
    task = cache.step(make_table_pair, glb, usdz, is_known, label=f"scale {name}")
    pair = task.value()
    if pair.glb:
        scaled_glb, scaled_usdz = task.part(lambda pair: pair.glb), task.part(lambda pair: pair.usdz)
        cache.step(check_plain, scaled_glb, f"{name}-table", label=f"check table {name}").value()
        cache.step(check_usdz, scaled_usdz, f"{name}-table.usdz", label=f"check table usdz {name}").value()
    return pair


def _table_files(name: str, pair: TablePair) -> dict[str, bytes]:
    return {f"{name}-table.glb": pair.glb, f"{name}-table.usdz": pair.usdz} if pair.glb else {}


def _table_facts(name: str, pair: TablePair) -> dict[str, Any]:
    """Return what the report says: the scale, 1 where the pair itself fits a table, and the files."""
    files = {
        file: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for file, data in _table_files(name, pair).items()
    }
    return {"table": {"scale": pair.scale, "files": files}}


ARCHIVE_LABELS = ("pack archive", "check archive")


class ArchiveBuilder:
    """The steps of the archive level of a scan."""

    def __init__(self, files: InputFiles, context: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Take the inputs of the archive."""
        self.files, self.context, self.options, self.cache = files, context, options, cache

    def build(self) -> BuiltLevel:
        """Build the complete model; `write_package` writes the package with the other files.

        Raises BudgetError for more than a GLB holds, ValidationError for one that is not valid glTF.
        """
        step = self._pack_archive()
        archived = step.value()
        # `check_packed` accepts missing tangents: readers compute MikkTSpace, as for the scan's normal maps.
        glb = step.part(lambda packed: packed.glb)
        self.cache.step(check_packed, glb, ARCHIVE, label=ARCHIVE_LABELS[1]).value()
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

    def _pack_archive(self) -> Task[Archived]:
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
        return self.cache.step(pack_archive, self.context.mesh, about, label=ARCHIVE_LABELS[0])

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
        self.cache.step(check_packed, step, ARCHIVE, label=ARCHIVE_LABELS[1]).value()
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
        return self.cache.step(pack_authored, scene, in_sequence(images), about, label=ARCHIVE_LABELS[0])
