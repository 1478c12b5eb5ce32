"""Build the AR pair of a scan or an authored model: a plain GLB, and the same model as USDZ."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from carreau.base.levels import AR, Level
from carreau.base.messages import Message, message
from carreau.base.model import EncodedImage, Mesh
from carreau.base.options import ModelOptions
from carreau.formats.writers.usdz import UsdzAbout
from carreau.models.builders.level_builder import BuiltLevel, LevelBuilder, image_parts
from carreau.models.builders.level_context import TooLarge, surface_factors, usdz_too_large
from carreau.models.builders.level_pack import GENERATOR, extras, pack
from carreau.models.builders.level_textures import encode_images
from carreau.models.builders.scan_context import ScanContext
from carreau.models.builders.scene_level import SceneLevelBuilder
from carreau.models.builders.texture_strategy import TextureCandidate, choose
from carreau.models.scenes.ar_pair import TablePair, as_json, compare_ar_pair, compare_glb, make_table_pair, read_usdz
from carreau.models.scenes.ar_pair import pack_usdz as pack_scene_usdz
from carreau.models.stages.check import check_plain, check_usdz
from carreau.models.stages.measure import THOROUGH, measure
from carreau.models.stages.pack import pack_usdz
from carreau.runs.cache import Cache, Later, Task
from carreau.runs.tasks import in_mapping

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
        return context.cache.step(
            pack_usdz, chosen.mesh, in_mapping(images), about, surface, label=context.label("pack usdz")
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

    def _paired(self, built: BuiltLevel, glb: Task[bytes]) -> BuiltLevel:
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
