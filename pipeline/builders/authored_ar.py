"""Make the AR pair of an authored model: a plain GLB with all clips, and the same scene as USDZ with its first."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.builders.authored_level import AuthoredLevel
from pipeline.builders.level_flow import Made
from pipeline.builders.level_pack import GENERATOR
from pipeline.builders.level_work import TooLarge, usdz_too_large
from pipeline.cache.cache import Task


class AuthoredAr(AuthoredLevel):
    """The steps of the pair: those of a level, then the USDZ and how like the model it is."""

    def _extras(self, draft: Task[Any], error: dict[str, Any]) -> dict[str, Any]:
        return {**super()._extras(draft, error), "scale": "fixed"}

    def _paired(self, made: Made, draft: Task[Any]) -> Made:
        from pipeline.formats.writers.usdz import UsdzAbout
        from pipeline.stages.measure import THOROUGH

        options = self.options
        said = {"source": options.source, "licence": options.licence, "level": self.level.name, "scale": "fixed"}
        credit = options.credit or self.scene.copyright
        about = UsdzAbout(options.name, credit, options.licence, {**said, "generator": GENERATOR})
        packed = self.step("scene_usdz:pack_usdz", draft, about, verb="pack usdz")
        usdz, left_out, name = packed.value().usdz, packed.value().left_out, f"{self.level.name}.usdz"
        if len(usdz) > self.level.file_bytes:
            over = usdz_too_large(len(usdz), self.level.file_bytes)
            raise TooLarge(over, texture_share=0.85, triangle_share=0.85)
        self.step("check_usdz:check_usdz", packed.part("usdz"), name, verb="check usdz").value()
        shown = self.step("scene_usdz:read_usdz", packed.part("usdz"), verb="read usdz")
        agreement = self.step("measure:measure", self.ground.mesh, shown, THOROUGH, self.ground.sighting, verb="agree")
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
