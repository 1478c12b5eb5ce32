"""Build one level of an authored model: all animations, and as many triangles and texels as the budget allows."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from carreau.base.errors import BudgetError
from carreau.base.levels import Level
from carreau.base.messages import Message, Number, join_messages, message
from carreau.base.model import EncodedImage
from carreau.base.options import ModelOptions
from carreau.formats.gltf.scene import Authored
from carreau.formats.gltf.scene_writer import EncodingPrecision, WriteOptions
from carreau.models.builders.build_context import SceneContext
from carreau.models.builders.level_builder import BuiltLevel, extensions_used
from carreau.models.builders.level_candidates import GENERATOR, asset_packet
from carreau.models.builders.level_context import KTX2, SAFETY, TooLarge, gpu_bytes, is_for_large_screens
from carreau.models.reports.report import rebuilt_smaller
from carreau.models.stages.authored_levels import (
    SceneTexture,
    SceneTextureOptions,
    as_png,
    choose_codec,
    encode_texture,
    pose_file,
    pose_level,
    sized_mesh,
    thin,
    thin_together,
)
from carreau.models.stages.check import LevelFacts, check_budget, check_packed, check_plain
from carreau.models.stages.encode import compress, estimate, read_back
from carreau.models.stages.measure import MeasureOptions, measure, measure_published
from carreau.models.stages.pack import pack_authored
from carreau.runs.cache import Cache, InputFiles, Task
from carreau.runs.fingerprint import digest
from carreau.runs.tasks import in_sequence

TRIES = 8
LEAST_TEXTURE_SHARE = 0.2
"""Least share of a level's bytes for its textures, if it has any."""

GEOMETRY_AIM = 0.75
"""Share of a level's bytes for triangles and keyframes in the next attempt, when they left too little for textures."""

LARGE_DB = 50.0
"""Likeness of a texture to its picture from which on no bytes are spent at a level for large screens: an orthophoto
reaches it at 40 % of the bytes that it takes as UASTC."""

LEAST_SCALE = 1 / 256
"""Least factor of a texture's edge; a model whose textures do not fit then is over the memory of every level."""

MOMENTS = (1 / 3, 2 / 3)
"""Moments of a clip, as shares of its duration, at which a level is measured in addition to its rest pose."""

_NO_IMAGE = EncodedImage(b"", "image/png")

_EACH = ("thin", "pack", "read back", "check plain")
_COMPRESSED = ("estimate", "compress", "pack plain", "check")
_PAIR = ("pack usdz", "check usdz", "read usdz", "scale", "agree")


def labels(level: Level) -> tuple[str, ...]:
    """Return the labels of the steps that each model has at a level; textures and animations have more."""
    verbs = (*_EACH, *(_PAIR if level.is_plain else _COMPRESSED), "measure", "show")
    return tuple(f"{verb} {level.name}" for verb in verbs)


@dataclass(frozen=True)
class LevelVariant:
    """One version of a level.

    triangles : at most
    edges : width and height of each texture, in texels
    codec : of the textures that it supports
    """

    triangles: int
    edges: tuple[tuple[int, int], ...]
    codec: Literal["avif", "webp", "jpeg", "uastc", "etc1s"]


class SceneLevelBuilder:
    """The steps of one level of an authored model."""

    def __init__(
        self, level: Level, context: SceneContext, files: InputFiles, options: ModelOptions, cache: Cache
    ) -> None:
        """Take the inputs of the level."""
        self.level, self.context, self.files, self.options, self.cache = level, context, files, options, cache
        self.scene = context.scene.value()
        self.decisions: list[Message] = []

    def build(self) -> BuiltLevel:
        """Build the level; a version over its budget is rebuilt smaller.

        Raises BudgetError after `TRIES` versions.
        """
        triangles, share, reason = min(self.level.triangles, self.scene.triangles), 1.0, join_messages([])
        codecs: list[Any] = ["uastc", "etc1s"] if self.level.texture_format == "ktx2" else [self.level.texture_format]
        for _ in range(TRIES):
            try:
                return self._attempt(LevelVariant(triangles, self._edges(share), codecs[0]))
            except TooLarge as over:
                reason = over.reason
                self.decisions.append(rebuilt_smaller(reason))
                triangles = max(int(triangles * over.triangle_share), 1)
                if over.texture_share < 1 and len(codecs) > 1:
                    codecs.pop(0)
                else:
                    share *= over.texture_share
        raise BudgetError(
            message(
                "%(level)s: no version fits its budget (%(reason)s); give the model fewer keyframes, triangles or "
                "textures",
                level=self.level.name,
                reason=reason,
            )
        )

    def largest_gpu_bytes(self) -> int:
        """Return the graphics memory of the textures at the sizes that are tried first."""
        return self._gpu_bytes(self._edges(1.0))

    def label(self, verb: str) -> str:
        """Return the label of a step of this level."""
        return f"{verb} {self.level.name}"

    def _edges(self, share: float) -> tuple[tuple[int, int], ...]:
        """Return the sizes of the textures: at most the level's edge, and together within its GPU memory."""
        sizes = [(picture.texture.width, picture.texture.height) for picture in self.scene.pictures]
        capped = [min(1.0, self.level.texture_px / max(size)) for size in sizes]
        fitting = 1.0
        while (taken := self._gpu_bytes(self._scale(capped, fitting))) > self.level.gpu_bytes and fitting > LEAST_SCALE:
            fitting *= min(0.98, math.sqrt(self.level.gpu_bytes / taken))
        if fitting < 1:
            self.decisions.append(
                message(
                    "textures reduced to %(share)s of their size, to fit the level's GPU memory",
                    share=Number(fitting, ".0%"),
                )
            )
        return self._scale(capped, fitting * share)

    def _scale(self, capped: list[float], factor: float) -> tuple[tuple[int, int], ...]:
        return tuple(self._edge(number, factor * scale) for number, scale in enumerate(capped))

    def _edge(self, number: int, factor: float) -> tuple[int, int]:
        texture, grain = self.scene.pictures[number].texture, 4 if self._is_block(number) else 1
        if max(texture.width, texture.height) <= 64:
            return texture.width, texture.height
        width, height = (
            max(grain, min(round(edge * min(factor, 1.0) / grain), self.level.texture_px // grain) * grain)
            for edge in (texture.width, texture.height)
        )
        return width, height

    def _is_block(self, number: int) -> bool:
        return self.level.texture_format == "ktx2" and choose_codec(self.scene.pictures[number], "uastc") == "uastc"

    def _gpu_bytes(self, edges: tuple[tuple[int, int], ...]) -> int:
        return sum(gpu_bytes(*edge, self._is_block(number)) for number, edge in enumerate(edges))

    def _attempt(self, variant: LevelVariant) -> BuiltLevel:
        simplify = thin_together if self.context.is_one_surface else thin
        thinned = self.cache.step(simplify, self.context.scene, variant.triangles, label=self.label("thin"))
        left = self._bytes_left(thinned)
        textures = self._encode_textures(variant, left)
        self._refuse_heavy(textures, left)
        images = in_sequence([step.part(lambda textures: textures.image) for step in textures])
        glb = self._pack(thinned, images, self._extras(digest({"scene": thinned, "images": images})))
        packed = glb if self.level.is_plain else self.cache.step(compress, glb, label=self.label("compress"))
        facts = self._facts(thinned, textures, glb, packed)
        self._refuse_over(facts)
        self._check(thinned, glb)
        brotli = b"" if self.level.is_plain else packed.value()
        built = BuiltLevel(self.level.name, glb.value(), brotli, facts, measure=lambda: self._measure(glb))
        return self._pair(built, glb)

    def _pair(self, built: BuiltLevel, _glb: Task[bytes]) -> BuiltLevel:
        """Return the level with its other files: of the AR pair, the USDZ."""
        return built

    def _bytes_left(self, thinned: Task[Authored]) -> int:
        """Return the bytes that are left for textures. Raises TooLarge if they are too few."""
        bare = self._pack(thinned, (_NO_IMAGE,) * len(self.scene.pictures), {})
        if self.level.is_plain:
            used = len(bare.value())
        else:
            used = self.cache.step(estimate, bare, label=self.label("estimate")).value()
        left = int(self.level.file_bytes * SAFETY) - used
        least = LEAST_TEXTURE_SHARE * self.level.file_bytes if self.scene.pictures else 0
        if left < least:
            aim = GEOMETRY_AIM * self.level.file_bytes
            raise TooLarge(
                message("the triangles and keyframes alone take %(size)s bytes", size=used),
                triangle_share=min(aim / used, 0.85),
            )
        return left

    def _encode_textures(self, variant: LevelVariant, left: int) -> list[Task[SceneTexture]]:
        """Return the tasks that encode the textures: at full quality, else each with a share of the bytes."""
        preferred = [self._encode_texture(variant, number, left) for number in range(len(variant.edges))]
        sizes = [len(step.value().image.data) for step in preferred]
        if sum(sizes) <= left:
            return preferred
        return [
            self._encode_texture(variant, number, int(left * size / sum(sizes))) for number, size in enumerate(sizes)
        ]

    def _encode_texture(self, variant: LevelVariant, number: int, most_bytes: int) -> Task[SceneTexture]:
        (width, height), codec = variant.edges[number], choose_codec(self.scene.pictures[number], variant.codec)
        # The size of KTX2 cannot be limited: two limits would be two keys for the same bytes.
        most = most_bytes if codec in ("avif", "webp", "jpeg") else 0
        options = SceneTextureOptions(width, height, codec, most)
        if is_for_large_screens(self.level):
            options = replace(options, enough_db=LARGE_DB, may_be_jpeg=True)
        pictures = self.context.scene.part(lambda scene: scene.pictures)
        return self.cache.step(encode_texture, pictures, number, options, label=self.label("encode texture of"))

    def _pack(
        self,
        thinned: Task[Authored],
        images: tuple[EncodedImage, ...],
        extras: dict[str, Any],
        plain: bool = False,
    ) -> Task[bytes]:
        """Return the task that packs the scene; without extras it is only weighed, and has no licence."""
        is_plain = plain or self.level.is_plain
        longest = max((max(p.texture.width, p.texture.height) for p in self.scene.pictures), default=2)
        texcoord_bits = max(12, min(16, math.ceil(math.log2(min(longest, self.level.texture_px))) + 3))
        is_whole = self.scene.triangles <= self.level.triangles
        bits = 16 if is_whole else 14
        about = WriteOptions(
            "plain" if is_plain else "compressed",
            EncodingPrecision(bits, texcoord_bits, self._shared_step(bits)),
            self.rights() if extras or plain else "",
            GENERATOR,
            extras,
            asset_packet(self.options) if extras and not is_plain else {},
        )
        label = self.label("pack plain" if plain else "pack")
        return self.cache.step(pack_authored, thinned, images, about, label=label)

    def _shared_step(self, bits: int) -> float:
        """Return the step of all positions of a model whose shapes meet, a power of two; 0 where each has its own."""
        if self.context.step_m:
            return self.context.step_m
        if not self.context.is_one_surface:
            return 0.0
        places = np.concatenate([shape.attributes["POSITION"] for shape in self.scene.shapes])
        side = float((places.max(axis=0) - places.min(axis=0)).max())
        return float(2.0 ** math.floor(math.log2(side / (1 << bits)))) if side > 0 else 0.0

    def rights(self) -> str:
        """Return the copyright: the given credit and licence, and that of the model."""
        owners = (self.options.credit, self.options.licence, self.scene.copyright)
        return ", ".join(dict.fromkeys(text for text in owners if text))

    def _extras(self, key: str) -> dict[str, Any]:
        """Return the metadata of the model; its key is that of what is packed, whoever is credited."""
        return {
            "source": self.options.source,
            "licence": self.options.licence,
            "credit": self.options.credit,
            "level": self.level.name,
            "key": key,
            "scan_to_model": self.context.size.matrix,
        }

    def _facts(
        self,
        thinned: Task[Authored],
        textures: list[Task[SceneTexture]],
        glb: Task[bytes],
        packed: Task[bytes],
    ) -> dict[str, Any]:
        held, level = self.cache.step(read_back, glb, label=self.label("read back")).value(), self.level
        rows = [self._texture(number, step.value()) for number, step in enumerate(textures)]
        before, after = self.scene.triangles, thinned.value().triangles
        if after < before:
            self.decisions.append(
                message(
                    "triangles removed to fit the level: %(count)s of %(total)s", count=before - after, total=before
                )
            )
        budget = {key: getattr(level, key) for key in ("triangles", "texture_px", "file_bytes", "gpu_bytes")}
        return {
            "name": level.name,
            "file": f"{level.name}.glb",
            "bytes": len(glb.value()),
            "brotli_bytes": len(packed.value()),
            "triangles": held.triangles,
            "vertices": held.vertices,
            "looks": "authored",
            "texture": next(iter(rows), None),
            "textures": rows,
            "gpu_bytes": sum(row["gpu_bytes"] for row in rows),
            "texture_px": max((max(row["width"], row["height"]) for row in rows), default=0),
            "texel_m": held.texel_m,
            "extensions": extensions_used(glb.value()),
            "sha256": hashlib.sha256(glb.value()).hexdigest(),
            "budget": budget,
            "decisions": list(dict.fromkeys(self.decisions)),
        }

    def _measure(self, glb: Task[bytes]) -> dict[str, Any]:
        error = self.cache.step(
            measure_published, self.context.mesh, glb, self.context.sighting, label=self.label("measure")
        )
        return {"error": error.value().as_json(), "posed": self._compare_poses(glb)}

    def _texture(self, number: int, textures: SceneTexture) -> dict[str, Any]:
        picture = self.scene.pictures[number]
        is_block = textures.image.media_type == KTX2
        return {
            "slot": "base" if picture.is_color else "data",
            "name": picture.texture.name,
            "width": textures.width,
            "height": textures.height,
            "format": textures.codec,
            "quality": textures.quality or None,
            "bytes": len(textures.image.data),
            "gpu_bytes": gpu_bytes(textures.width, textures.height, is_block),
        }

    def _refuse_over(self, facts: dict[str, Any]) -> None:
        """Raise TooLarge for a level over its budget."""
        level_facts = LevelFacts(facts["triangles"], facts["texture_px"], facts["brotli_bytes"], facts["gpu_bytes"])
        over = check_budget(self.level, level_facts)
        if not over:
            return
        raise TooLarge(over[0], texture_share=0.85, triangle_share=0.9)

    def _refuse_heavy(self, textures: list[Task[SceneTexture]], left: int) -> None:
        """Raise TooLarge if the textures take more bytes than are left, before anything is measured."""
        used = sum(len(step.value().image.data) for step in textures)
        if used > left:
            over = message("the textures take %(size)s bytes, over the %(limit)s left for them", size=used, limit=left)
            raise TooLarge(over, texture_share=min(max(math.sqrt(left / used), 0.4), 0.92))

    def _check(self, thinned: Task[Authored], glb: Task[bytes]) -> None:
        """Check the model with the Khronos validator, before and after compression.

        Raises ValidationError.
        """
        pictures = self.context.scene.part(lambda scene: scene.pictures)
        plain, name = glb, self.level.name
        if not self.level.is_plain:
            images = [
                self.cache.step(as_png, pictures, number, label="plain picture")
                for number in range(len(self.scene.pictures))
            ]
            plain = self._pack(thinned, in_sequence(images), {}, plain=True)
        self.cache.step(check_plain, plain, f"{name} before compression", label=self.label("check plain")).value()
        if not self.level.is_plain:
            self.cache.step(check_packed, glb, name, label=self.label("check")).value()

    def _compare_poses(self, glb: Task[bytes]) -> list[dict[str, Any]]:
        """Return the errors of the level at two moments: of its longest clip and of the next, if there is one."""
        clips = self.scene.facts.clips
        longest = sorted(range(len(clips)), key=lambda number: (-clips[number].duration_s, number))
        errors = []
        for number, share in zip([*longest, *longest][:2], MOMENTS, strict=False):
            time_s = round(clips[number].duration_s * share, 6)
            own = self.cache.step(pose_file, self.files, clips[number].number, time_s, label="pose scan")
            if self.context.size.factor != 1:
                own = self.cache.step(sized_mesh, own, self.context.size.factor, label="size pose")
            posed = self.cache.step(pose_level, glb, number, time_s, label=self.label("pose"))
            options = MeasureOptions(views=6, size_px=384, samples=10_000, lit_views=0)
            error = self.cache.step(measure, own, posed, options, label=self.label("measure posed")).value().as_json()
            errors.append({"clip": clips[number].name, "time_s": time_s, "error": error})
        return errors
