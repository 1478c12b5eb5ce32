"""Make the AR pair of one scan: a plain GLB for Android and any reader, and the same as USDZ for iPhones."""

from __future__ import annotations

import hashlib
from typing import Any

from pipeline.builders.candidates import Candidate, choose
from pipeline.builders.level_flow import LevelFlow, Made, binary_part, image_parts
from pipeline.builders.level_images import encode_images
from pipeline.builders.level_pack import GENERATOR, extras, pack
from pipeline.builders.level_work import TooLarge, not_as_measured, usdz_too_large
from pipeline.builders.scan_context import ScanContext
from pipeline.cache.cache import Cache, Later, Task
from pipeline.cache.tasks import in_mapping
from pipeline.errors import ValidationError
from pipeline.formats.writers.usdz import UsdzAbout
from pipeline.levels import AR, Level
from pipeline.messages import Message, message
from pipeline.model import EncodedImage
from pipeline.options import ModelOptions
from pipeline.stages.check import check_plain
from pipeline.stages.check_usdz import check_usdz
from pipeline.stages.compare_ar_pair import as_json, compare_ar_pair
from pipeline.stages.usdz import pack_usdz

FIXED = message("its real size is known: it appears life-size, and visitors cannot scale it")
FREE = message("its real size is unknown: 1 unit is taken as 1 m, and visitors can scale it")


class ArFlow(LevelFlow):
    """The steps of the AR pair: those of a level, then the USDZ and the proof that both show the same."""

    def __init__(self, ground: ScanContext, options: ModelOptions, cache: Cache, level: Level = AR) -> None:
        """Remember what the pair is made from."""
        super().__init__(level, ground, options, cache)

    def _attempt(self, triangles: int, texture_share: float) -> Made:
        work = self.work
        chosen = choose(work, triangles, texture_share)
        encoded = encode_images(work, chosen, texture_share)
        images = image_parts(encoded)
        draft = pack(work, chosen, images, {})
        published = self._measured(draft)
        said = {**extras(work, draft, published.value().error.as_json()), "scale": self._scale()}
        final, usdz = pack(work, chosen, images, said), self._usdz(chosen, images, said)
        facts = self._facts(chosen, encoded, final, final, published)
        over = (*self._over_budget(facts), *self._over_bytes(usdz))
        if over:
            raise TooLarge(over[0], texture_share=0.85)
        facts |= self._pair_facts(draft, usdz)
        self._check_pair(draft, final, usdz)
        name = work.level.name
        return Made(name, final.value(), b"", facts, {f"{name}.usdz": usdz.value()})

    def _scale(self) -> str:
        return "fixed" if self.work.ground.oriented.value().unit_known else "free"

    def _usdz(self, chosen: Candidate, images: dict[str, Later[EncodedImage]], said: dict[str, Any]) -> Task[bytes]:
        work, options = self.work, self.work.options
        about = UsdzAbout(options.name, options.credit, options.licence, {**said, "generator": GENERATOR})
        return work.cache.step(pack_usdz, chosen.mesh, in_mapping(images), about, label=work.label("pack usdz"))

    def _over_bytes(self, usdz: Task[bytes]) -> tuple[Message, ...]:
        level, used = self.work.level, len(usdz.value())
        over = usdz_too_large(used, level.file_bytes)
        return (over,) if used > level.file_bytes else ()

    def _pair_facts(self, draft: Task[bytes], usdz: Task[bytes]) -> dict[str, Any]:
        """Return what the report says of the pair beside what it says of every level; see `docs` in README.

        The agreement is that of the draft GLB, which has the same binary part as the published one.
        """
        work = self.work
        agreement = work.cache.step(compare_ar_pair, work.scan, draft, usdz, label=work.label("agree"))
        scale, data = self._scale(), usdz.value()
        self.work.decisions.append(FIXED if scale == "fixed" else FREE)
        return {
            "scale": scale,
            "quick_look": f"allowsContentScaling={int(scale == 'free')}",
            "scene_viewer": f"resizable={'true' if scale == 'free' else 'false'}",
            "usdz": {
                "file": f"{self.work.level.name}.usdz",
                "bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "agreement": as_json(agreement.value()),
            },
        }

    def _check_pair(self, draft: Task[bytes], final: Task[bytes], usdz: Task[bytes]) -> None:
        """Have the Khronos validator look at the GLB, and USD's own at the USDZ. Raises ValidationError."""
        name = self.work.level.name
        if binary_part(draft.value()) != binary_part(final.value()):
            raise ValidationError(not_as_measured(name))
        cache, label = self.work.cache, self.work.label
        cache.step(check_plain, final, name, label=label("check")).value()
        cache.step(check_usdz, usdz, f"{name}.usdz", label=label("check usdz")).value()
