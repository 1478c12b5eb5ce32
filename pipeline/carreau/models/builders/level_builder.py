"""Build one level of a scan: the texture strategy that renders most like it, within the budget."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from carreau.base.errors import BudgetError
from carreau.base.levels import Level
from carreau.base.messages import Message, joined, message
from carreau.base.model import EncodedImage
from carreau.base.options import ModelOptions
from carreau.models.builders.level_context import KTX2, SAFETY, LevelContext, TooLarge
from carreau.models.builders.level_pack import extras, pack
from carreau.models.builders.level_precision import exact, fitted, losses
from carreau.models.builders.level_textures import encode_images, geometry_bytes
from carreau.models.builders.scan_context import ScanContext
from carreau.models.builders.surface_maps import left_out, surface_factors
from carreau.models.builders.texture_budget import gpu_bytes
from carreau.models.builders.texture_strategy import TextureCandidate, choose
from carreau.models.reports.report import rebuilt_smaller
from carreau.models.stages.check import LevelFacts, check_budget, check_packed, check_plain
from carreau.models.stages.compress import compress
from carreau.models.stages.encode import EncodedTexture
from carreau.models.stages.measure import measure_published
from carreau.models.stages.read_back import read_back
from carreau.runs.cache.cache import Cache, Later, Task

TRIES = 8

LEAST_TRIANGLES = 4
"""Of an attempt: the fewest that enclose something."""

LEAST_AGAIN, MOST_AGAIN = 0.25, 0.85
"""Range of the shares of its texture with which a level over its bytes is built again."""


@dataclass
class BuiltLevel:
    """A finished level: its files, and its facts in the report.

    brotli : the compressed copy, empty for a level that is sent uncompressed
    others : files beside the GLB, by name
    measure : returns the facts that are found by comparing the files with the scan; see `complete`
    """

    name: str
    glb: bytes
    brotli: bytes
    facts: dict[str, Any]
    others: dict[str, bytes] = field(default_factory=dict)
    measure: Callable[[], dict[str, Any]] = dict

    def complete(self) -> BuiltLevel:
        """Measure the level, which changes none of its files, and add the results to its facts."""
        self.facts |= self.measure()
        return self

    @property
    def files(self) -> dict[str, bytes]:
        """Return every file of the level by its name."""
        packed = {f"{self.name}.glb.br": self.brotli} if self.brotli else {}
        return {f"{self.name}.glb": self.glb, **packed, **self.others}


class LevelBuilder:
    """The steps of one level of a scan."""

    def __init__(self, level: Level, scan: ScanContext, options: ModelOptions, cache: Cache) -> None:
        """Take the inputs of the level."""
        self.context = LevelContext(level, scan, options, cache)

    def build(self) -> BuiltLevel:
        """Build the level; a version over its budget is rebuilt smaller.

        Raises BudgetError after `TRIES` versions.
        """
        triangles = min(self.context.level.triangles, len(self.context.scan.cleaned.value().mesh.faces))
        texture_share, reason = 1.0, joined([])
        for _ in range(TRIES):
            try:
                return self._attempt(triangles, texture_share)
            except TooLarge as over:
                reason = over.reason
                self.context.decisions.append(rebuilt_smaller(reason))
                texture_share *= over.texture_share
                triangles = max(int(triangles * over.triangle_share), LEAST_TRIANGLES)
        raise BudgetError(
            message(
                "%(level)s: no version fits its budget (%(reason)s); remove loose parts from the scan",
                level=self.context.level.name,
                reason=reason,
            )
        )

    def _attempt(self, triangles: int, texture_share: float) -> BuiltLevel:
        chosen = fitted(self.context, choose(self.context, triangles, texture_share))
        images = encode_images(self.context, chosen, texture_share)
        chosen = exact(self.context, chosen, images)
        parts = image_parts(images)
        glb = pack(self.context, chosen, parts, extras(self.context, chosen, parts))
        packed = self.context.cache.step(compress, glb, label=self.context.label("compress"))
        facts = self._facts(chosen, images, glb, packed)
        over = self._over_budget(facts)
        if over:
            raise TooLarge(over[0], texture_share=self._lighter(chosen, facts, texture_share))
        self._check(chosen, images, glb)
        measure = partial(self._measure, chosen, images, glb)
        return BuiltLevel(self.context.level.name, glb.value(), packed.value(), facts, measure=measure)

    def _measure(
        self, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]], glb: Task[bytes]
    ) -> dict[str, Any]:
        context = self.context
        step = context.cache.step(
            measure_published, context.reference, glb, context.scan.sighting, label=context.label("measure")
        )
        error = step.value()
        return {"error": error.as_json(), "warnings": losses(context, chosen, images, error.psnr_db)}

    def _lighter(self, chosen: TextureCandidate, facts: dict[str, Any], texture_share: float) -> float:
        """Return the share of the texture for the next attempt, so that the file is just within the budget.

        The bytes of a KTX2 texture follow its area; those of a WebP only follow a limit below its present size.
        """
        excess = facts["brotli_bytes"] - SAFETY * self.context.level.file_bytes
        textures = sum(each["bytes"] for each in facts["textures"])
        allowed = textures
        if self.context.level.texture_format != "ktx2":
            allowed = (SAFETY * self.context.level.file_bytes - geometry_bytes(self.context, chosen)) * texture_share
        share = (textures - excess) / max(allowed, 1)
        return min(max(share, LEAST_AGAIN), MOST_AGAIN) if excess > 0 else MOST_AGAIN

    def _facts(
        self,
        chosen: TextureCandidate,
        images: dict[str, Task[EncodedTexture]],
        glb: Task[bytes],
        packed: Task[bytes],
    ) -> dict[str, Any]:
        held = self.context.cache.step(read_back, glb, label=self.context.label("read back")).value()
        encoded = {slot: step.value() for slot, step in images.items()}
        textures = [
            {
                "slot": slot,
                "width": each.width,
                "height": each.height,
                "format": each.codec,
                "quality": each.quality or None,
                "bytes": len(each.image.data),
                "gpu_bytes": gpu_bytes(each.width, each.height, each.image.media_type == KTX2),
            }
            for slot, each in encoded.items()
        ]
        return {
            "name": self.context.level.name,
            "file": f"{self.context.level.name}.glb",
            "bytes": len(glb.value()),
            "brotli_bytes": len(packed.value()),
            "triangles": held.triangles,
            "vertices": held.vertices,
            "looks": chosen.name,
            "texture": next(iter(textures), None),
            "textures": textures,
            "gpu_bytes": sum(int(str(each["gpu_bytes"])) for each in textures),
            "texture_px": held.texture_px,
            "texel_m": held.texel_m,
            "extensions": extensions_used(glb.value()),
            "sha256": hashlib.sha256(glb.value()).hexdigest(),
            "budget": {
                key: getattr(self.context.level, key) for key in ("triangles", "texture_px", "file_bytes", "gpu_bytes")
            },
            "decisions": self.context.decisions,
            **self._surface(encoded),
        }

    def _surface(self, kept: Collection[str]) -> dict[str, Any]:
        """Return what is known of metal, roughness and emission, where a scan has any."""
        reflectance = self.context.scan.appearance.value().reflectance
        if reflectance.is_plain:
            return {}
        return {"surface": asdict(surface_factors(reflectance)), "left_out": list(left_out(reflectance, kept))}

    def _over_budget(self, facts: dict[str, Any]) -> tuple[Message, ...]:
        level_facts = LevelFacts(facts["triangles"], facts["texture_px"], facts["brotli_bytes"], facts["gpu_bytes"])
        return check_budget(self.context.level, level_facts)

    def _check(self, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]], glb: Task[bytes]) -> None:
        """Check the model with the Khronos validator, before and after compression.

        Raises ValidationError.
        """
        context, name = self.context, self.context.level.name
        plain = pack(context, chosen, image_parts(images), {}, plain=True)
        context.cache.step(check_plain, plain, f"{name} before compression", label=context.label("check plain")).value()
        context.cache.step(check_packed, glb, name, label=context.label("check")).value()


def image_parts(images: dict[str, Task[EncodedTexture]]) -> dict[str, Later[EncodedImage]]:
    """Return the images that steps encode, by slot."""
    return {slot: step.part(lambda encoded: encoded.image) for slot, step in images.items()}


def extensions_used(glb: bytes) -> list[str]:
    """Return the extensions that a GLB uses, including those of its metadata."""
    document = json.loads(glb[20 : 20 + int.from_bytes(glb[12:16], "little")])
    return sorted(document.get("extensionsUsed", ()))
