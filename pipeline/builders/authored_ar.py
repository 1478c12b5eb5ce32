"""Make the AR pair of an authored model: a plain GLB with all clips, and the same scene as USDZ with its first."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.builders.authored_level import AuthoredLevel
from pipeline.builders.level_flow import Made
from pipeline.builders.level_pack import GENERATOR
from pipeline.builders.level_work import TooLarge, usdz_too_large
from pipeline.cache.cache import Task
from pipeline.formats.writers.usdz import UsdzAbout
from pipeline.stages.check_usdz import check_usdz
from pipeline.stages.measure import THOROUGH, measure
from pipeline.stages.scene_usdz import pack_usdz, read_usdz


class AuthoredAr(AuthoredLevel):
    """The steps of the pair: those of a level, then the USDZ and how like the model it is."""

    def _extras(self, draft: Task[bytes], error: dict[str, Any]) -> dict[str, Any]:
        return {**super()._extras(draft, error), "scale": "fixed"}

    def _paired(self, made: Made, draft: Task[bytes]) -> Made:
        options = self.options
        said = {"source": options.source, "licence": options.licence, "level": self.level.name, "scale": "fixed"}
        credit = options.credit or self.scene.copyright
        about = UsdzAbout(options.name, credit, options.licence, {**said, "generator": GENERATOR})
        packed = self.cache.step(pack_usdz, draft, about, label=self.label("pack usdz"))
        usdz, left_out, name = packed.value().usdz, packed.value().left_out, f"{self.level.name}.usdz"
        if len(usdz) > self.level.file_bytes:
            over = usdz_too_large(len(usdz), self.level.file_bytes)
            raise TooLarge(over, texture_share=0.85, triangle_share=0.85)
        part = packed.part(lambda packed: packed.usdz)
        self.cache.step(check_usdz, part, name, label=self.label("check usdz")).value()
        shown = self.cache.step(read_usdz, part, label=self.label("read usdz"))
        agreement = self.cache.step(
            measure, self.ground.mesh, shown, THOROUGH, self.ground.sighting, label=self.label("agree")
        )
        made.facts["decisions"] += left_out
        made.others[name] = usdz
        made.facts |= {
            "scale": "fixed",
            "quick_look": "allowsContentScaling=0",
            "scene_viewer": "resizable=false",
            "usdz": {
                "file": name,
                "bytes": len(usdz),
                "sha256": hashlib.sha256(usdz).hexdigest(),
                "agreement": agreement.value().as_json(),
            },
        }
        return made
