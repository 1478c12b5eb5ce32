"""Make one level of one scan: every way it could look, the best of them, as large as its budget."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from pipeline.cache import Cache, Step
from pipeline.errors import BudgetError, ValidationError
from pipeline.levels import Level
from pipeline.options import ModelOptions
from pipeline.texture_room import LEAST_PX, gpu_bytes, room

ATLAS_USE = 0.6
"""Share of an atlas that charts cover, as measured on statues and facades: 0.58 to 0.66."""

BYTES_A_TRIANGLE = 5.2
"""Of packed geometry after Brotli, vertices included; measured 4.2 to 5.7."""

UASTC_BYTES_A_TEXEL = 1.02
"""Of a UASTC texture with its mipmaps after Zstandard; measured 0.7 to 1.1."""

UASTC_LEAST_SHARE = 0.5
"""How much smaller UASTC may become before ETC1S is tried: a statue is 38.9 dB as UASTC at 2560² and 38.0 at 4096² as
ETC1S, which takes half the bytes."""

LEAST_TEXTURE_SHARE = 0.2
"""Share of a level's bytes that its texture is to have at least."""

KTX2 = "image/ktx2"
GENERATOR = f"Carreau {version('carreau')}"
FLOAT_BYTES_A_VERTEX = 5
"""What positions left as floats take more than 16 bits, after Brotli."""

NEARLY_ALL = 0.6
"""From this share of the triangles on, 14 bits are what is seen: a skull at 80 of 100 thousand lost 4.4 dB to them."""

EXACT_SHARE = 0.25
LEAST_MAP_SHARE = 0.25
"""A map below a quarter of the base texture's edge reads across the gutters of its atlas."""

SAFETY = 0.97
TRIES = 6


@dataclass(frozen=True)
class Ground:
    """What all levels of a scan start from.

    scan : as it was read
    oriented : upright, in metres, as it was before cleaning: what levels are measured against
    cleaned : what levels are made from
    looks : what it wears
    seen, sighting : how it looks, for judging and for measuring
    about : what is known once these are made: the matrix from the scan's coordinates to the models'
    """

    scan: Step[Any]
    oriented: Step[Any]
    cleaned: Step[Any]
    looks: Step[Any]
    seen: Step[Any]
    sighting: Step[Any]
    about: dict[str, Any]


@dataclass
class Made:
    """A finished level: its files, and what the report says of it."""

    name: str
    glb: bytes
    brotli: bytes
    facts: dict[str, Any]
    decisions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Candidate:
    """One way a level could look.

    mesh : step or part that gives its LevelMesh
    skin : step that gives its Skin, None for vertex colours
    psnr_db : how like the scan it looks before it is encoded
    is_whole : whether every triangle of the scan is there
    is_exact : whether its positions are kept as they are
    """

    name: str
    mesh: Any
    skin: Step[Any] | None
    texture_px: int
    psnr_db: float
    is_whole: bool
    is_exact: bool = False


class _TooLarge(Exception):  # noqa: N818 - not an error but a turn of the loop
    """A version of the level is over its budget; says how much less of what to try."""

    def __init__(self, reason: str, texture_share: float = 1.0, triangle_share: float = 1.0) -> None:
        """Keep the shares of the texture's size and of the triangles to try next."""
        super().__init__(reason)
        self.texture_share, self.triangle_share = texture_share, triangle_share


class LevelFlow:
    """The steps of one level."""

    def __init__(self, level: Level, ground: Ground, options: ModelOptions, cache: Cache) -> None:
        """Remember what the level is made from."""
        self.level, self.ground, self.options, self.cache = level, ground, options, cache
        self.decisions: list[str] = []
        self.scan, self.clean = ground.oriented.part("mesh"), ground.cleaned.part("mesh")

    def step(self, function: str, *inputs: object, verb: str = "") -> Step[Any]:
        """Return a step of this level, named for a person."""
        verb = verb or function.partition(":")[2].partition("_")[0]
        return self.cache.step(f"pipeline.stages.{function}", *inputs, label=f"{verb} {self.level.name}")

    def make(self) -> Made:
        """Make the level; what comes out over its budget is made again smaller.

        Raises BudgetError when nothing small enough looks like anything.
        """
        triangles, texture_share, reason = self.level.triangles, 1.0, ""
        for _ in range(TRIES):
            try:
                return self._attempt(triangles, texture_share)
            except _TooLarge as over:
                reason = str(over)
                self.decisions.append(f"made again smaller: {reason}")
                texture_share, triangles = texture_share * over.texture_share, int(triangles * over.triangle_share)
        raise BudgetError(f"{self.level.name}: no version fits its budget ({reason}); give the scan fewer loose parts")

    def _attempt(self, triangles: int, texture_share: float) -> Made:
        chosen = self._choose(triangles, texture_share)
        images = self._images(chosen, texture_share)
        chosen = self._exact(chosen, images)
        parts = {slot: step.part("image") for slot, step in images.items()}
        draft = self._pack(chosen, parts, {})
        published = self.step("measure:measure_published", self.scan, draft, self.ground.sighting, verb="measure")
        final = self._pack(chosen, parts, self._extras(draft, published.value().error.as_json()))
        packed = self.step("compress:compress", final)
        facts = self._facts(chosen, images, final, packed, published)
        over = self._over_budget(facts)
        if over:
            raise _TooLarge(over[0], texture_share=0.85)
        self._check(chosen, images, draft, final)
        return Made(self.level.name, final.value(), packed.value(), facts)

    # --- choosing -----------------------------------------------------------------------------------------------

    def _choose(self, triangles: int, texture_share: float) -> Candidate:
        """Return the candidate that looks most like the scan, by measuring; the scan's own layout wins a draw."""
        from pipeline.stages.keep import KeepOptions

        kept_step = self.step("keep:keep", self.clean, KeepOptions(triangles), verb="keep")
        kept = kept_step.value()
        candidates: list[Candidate] = []
        if kept.level is not None:
            candidates.append(self._kept(kept_step, kept, texture_share))
        try:
            candidates.append(self._fresh(triangles, texture_share, kept.is_whole))
        except BudgetError as error:  # more charts than fit on the atlas
            if not candidates:
                raise _TooLarge(str(error), triangle_share=0.7) from error
            self.decisions.append(f"no new atlas: {error}")
        best = max(candidates, key=lambda candidate: candidate.psnr_db)
        self._explain(candidates, best, kept.reason)
        return best

    def _kept(self, step: Step[Any], kept: Any, texture_share: float) -> Candidate:
        mesh = step.part("level")
        if not kept.texture_px:
            return self._judged("its own vertex colours", mesh, None, 0, kept.is_whole)
        px = min(kept.texture_px, self._largest_px(len(kept.level.faces), texture_share))
        skin = self._skin(mesh, px, "own")
        return self._judged("the scan's own atlas", mesh, skin, px, kept.is_whole)

    def _fresh(self, triangles: int, texture_share: float, is_whole: bool) -> Candidate:
        from pipeline.stages.simplify import SimplifyOptions
        from pipeline.stages.unwrap import UnwrapOptions

        reduced = self.step("simplify:simplify", self.clean, SimplifyOptions(triangles))
        px = self._largest_px(triangles, texture_share)
        gutter = 2 if px <= 1024 else 4
        mesh = self.step(
            "unwrap:unwrap_level", reduced.part("positions"), reduced.part("faces"), UnwrapOptions(px, gutter)
        )
        return self._judged("a new atlas", mesh, self._skin(mesh, px, "new"), px, is_whole)

    def _judged(self, name: str, mesh: Any, skin: Step[Any] | None, px: int, is_whole: bool) -> Candidate:
        score = self.step("judge:judge", self.scan, self.ground.seen, mesh, skin).value()
        return Candidate(name, mesh, skin, px, score, is_whole)

    def _skin(self, mesh: Any, px: int, whose: str) -> Step[Any]:
        from pipeline.stages.bake import BakeOptions

        texels = self.ground.looks.value().texels
        samples = max(1, min(4, round(math.sqrt(texels / (px * px * ATLAS_USE)))))
        return self.step("bake:bake", self.clean, mesh, BakeOptions(px, samples), verb=f"bake {whose} atlas of")

    def _largest_px(self, triangles: int, texture_share: float) -> int:
        """Return the edge of a square texture: what the scan is worth, within the level's memory and bytes."""
        looks, level = self.ground.looks.value(), self.level
        if not looks.has_color:
            return min(level.texture_px, 512)
        px = min(level.texture_px, _up(math.sqrt(looks.texels / ATLAS_USE)))
        while gpu_bytes(px, px, level.texture_format == "ktx2") > level.gpu_bytes:
            px -= 64
        if level.texture_format == "ktx2":
            left = level.file_bytes * SAFETY - triangles * BYTES_A_TRIANGLE
            share = 0.55 if looks.has_normal else 1.0
            px = min(px, int(math.sqrt(max(left * share, 0) / UASTC_BYTES_A_TEXEL)) // 64 * 64)
            px = int(px * math.sqrt(texture_share))
        return max(px // 64 * 64, 64)

    def _explain(self, candidates: list[Candidate], best: Candidate, reason: str) -> None:
        scores = ", ".join(f"{each.name} {each.psnr_db:.2f} dB" for each in candidates)
        if len(candidates) == 1:
            self.decisions.append(f"{best.name}: {reason}")
        else:
            self.decisions.append(f"{best.name}, chosen by measuring before encoding: {scores}")

    # --- encoding -----------------------------------------------------------------------------------------------

    def _images(self, chosen: Candidate, texture_share: float) -> dict[str, Step[Any]]:
        """Return the encoded images by slot, base first: it has the first word on bytes and memory."""
        if chosen.skin is None:
            return {}
        bare = self._pack(chosen, {}, {})
        geometry = self.step("compress:estimate", bare, verb="estimate").value()
        left = int(self.level.file_bytes * SAFETY - geometry)
        if left < LEAST_TEXTURE_SHARE * self.level.file_bytes:
            raise _TooLarge(f"the triangles alone take {geometry:,} bytes", triangle_share=0.8)
        left = left if self.level.texture_format == "ktx2" else int(left * texture_share)
        looks = self.ground.looks.value()
        base = self._base(chosen, int(left * (0.55 if looks.has_normal and looks.has_color else 1.0)))
        images = {"base": base}
        left -= len(base.value().image.data)
        return {**images, **self._relief(chosen, base.value(), left)}

    def _base(self, chosen: Candidate, most_bytes: int) -> Step[Any]:
        from pipeline.stages.encode import EncodeOptions

        def encoded(codec: Any) -> Step[Any]:
            return self.step(
                "encode:encode_base", self.scan, self.ground.seen, chosen.mesh, chosen.skin,
                EncodeOptions(codec, most_bytes), verb=f"encode {codec}",
            )  # fmt: skip

        if self.level.texture_format == "webp":
            return encoded("webp")
        fine = encoded("uastc")
        if fine.value().is_within:
            return fine
        size = len(fine.value().image.data)
        reason = f"UASTC takes {size:,} bytes, over {most_bytes:,}"
        if most_bytes > UASTC_LEAST_SHARE * size:
            raise _TooLarge(reason, texture_share=SAFETY * most_bytes / size)
        coarse = encoded("etc1s")
        if not coarse.value().is_within:
            raise _TooLarge(
                f"ETC1S takes {len(coarse.value().image.data):,} bytes, over {most_bytes:,}", texture_share=0.6
            )
        self.decisions.append(
            f"ETC1S: {reason}; {coarse.value().psnr_db:.2f} dB in place of {fine.value().psnr_db:.2f}"
        )
        return coarse

    def _relief(self, chosen: Candidate, base: Any, left: int) -> dict[str, Step[Any]]:
        from pipeline.stages.relief import ReliefOptions

        looks, is_ktx2 = self.ground.looks.value(), base.image.media_type == KTX2
        wants_occlusion = looks.has_occlusion or not looks.has_color
        space = room(self.level, base.width, is_ktx2, True, wants_occlusion)
        normal_px, occlusion_px = space.normal_px, space.occlusion_px
        if is_ktx2:  # its bytes follow from its size, so the size must follow from the bytes
            most = int(math.sqrt(max(left, 0) * 0.8 / UASTC_BYTES_A_TEXEL)) // 64 * 64
            normal_px, occlusion_px = min(normal_px, most), min(occlusion_px, most // 2)
        least = max(LEAST_PX, LEAST_MAP_SHARE * base.width)
        normal_px, occlusion_px = (px if px >= least else 0 for px in (normal_px, occlusion_px))
        if max(normal_px, occlusion_px) == 0:
            if looks.has_normal or looks.has_occlusion:
                self.decisions.append("the scan's own normal or occlusion map finds no room beside the base texture")
            return {}
        relief = self.step("relief:relief", self.clean, chosen.mesh, ReliefOptions(normal_px, occlusion_px))
        found = relief.value()
        self.decisions += found.reasons
        return self._maps(relief, "uastc" if is_ktx2 else "webp", left)

    def _maps(self, relief: Step[Any], codec: Any, left: int) -> dict[str, Step[Any]]:
        """Return the normal and occlusion maps there are, encoded within the bytes left."""
        from pipeline.stages.encode import DataOptions

        images: dict[str, Step[Any]] = {}
        for slot, share in (("normal", 0.85), ("occlusion", 1.0)):
            if getattr(relief.value(), slot) is None:
                continue
            options = DataOptions(codec, int(left * share))
            step = self.step("encode:encode_data", relief.part(slot), options, verb=f"encode {slot} of")
            if step.value().is_within:
                images[slot] = step
                left -= len(step.value().image.data)
            else:
                self.decisions.append(f"no {slot} map: it takes more than the {int(left * share):,} bytes left")
        return images

    def _exact(self, chosen: Candidate, images: dict[str, Step[Any]]) -> Candidate:
        """Keep the positions of a whole mesh as they are where that is a small part of the file."""
        if not chosen.is_whole or not images:
            return chosen
        total = sum(len(step.value().image.data) for step in images.values())
        extra = len(chosen.mesh.value().positions) * FLOAT_BYTES_A_VERTEX
        return replace(chosen, is_exact=extra <= EXACT_SHARE * (total + extra))

    # --- publishing ---------------------------------------------------------------------------------------------

    def _pack(
        self, chosen: Candidate, images: dict[str, Any], extras: dict[str, Any], plain: bool = False
    ) -> Step[Any]:
        from pipeline.formats.glb_geometry import FLOAT_BITS, Precision
        from pipeline.stages.pack import PackOptions

        texcoords = max(12, min(16, math.ceil(math.log2(max(chosen.texture_px, 2))) + 3))
        fine = FLOAT_BITS if chosen.is_exact else 16
        precision = (
            Precision(fine, 8, 16, 16) if chosen.is_whole else Precision(self._position_bits(), 8, texcoords, 12)
        )
        about = PackOptions(
            flavour="plain" if plain else "compressed",
            precision=precision,
            name=self.options.name,
            copyright=", ".join(text for text in (self.options.credit, self.options.licence) if text),
            generator=GENERATOR,
            extras=extras,
        )
        return self.step("pack:pack", chosen.mesh, images, about, verb="pack plain" if plain else "pack")

    def _position_bits(self) -> int:
        """Return enough bits that quantising moves a vertex less than simplifying did."""
        nearly_all = self.level.triangles >= NEARLY_ALL * len(self.ground.cleaned.value().mesh.faces)
        return 16 if nearly_all else 14

    def _facts(
        self, chosen: Candidate, images: dict[str, Step[Any]], final: Step[Any], packed: Step[Any], published: Step[Any]
    ) -> dict[str, Any]:
        found = published.value()
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
            "name": self.level.name,
            "file": f"{self.level.name}.glb",
            "bytes": len(final.value()),
            "brotli_bytes": len(packed.value()),
            "triangles": found.triangles,
            "vertices": found.vertices,
            "looks": chosen.name,
            "texture": next(iter(textures), None),
            "textures": textures,
            "gpu_bytes": sum(int(str(each["gpu_bytes"])) for each in textures),
            "texture_px": found.texture_px,
            "extensions": list(found.extensions),
            "error": found.error.as_json(),
            "sha256": hashlib.sha256(final.value()).hexdigest(),
            "budget": {key: getattr(self.level, key) for key in ("triangles", "texture_px", "file_bytes", "gpu_bytes")},
            "decisions": self.decisions,
        }

    def _over_budget(self, facts: dict[str, Any]) -> tuple[str, ...]:
        from pipeline.stages.check import LevelFacts, check_budget

        found = LevelFacts(facts["triangles"], facts["texture_px"], facts["brotli_bytes"], facts["gpu_bytes"])
        return check_budget(self.level, found)

    def _extras(self, draft: Step[Any], error: dict[str, object]) -> dict[str, Any]:
        """Return what the model says of itself; its error is that of the draft, which has the same binary part."""
        return {
            "source": self.options.source,
            "licence": self.options.licence,
            "credit": self.options.credit,
            "level": self.level.name,
            "key": draft.key,
            "error": error,
            "scan_to_model": self.ground.about["matrix"],
        }

    def _check(self, chosen: Candidate, images: dict[str, Step[Any]], draft: Step[Any], final: Step[Any]) -> None:
        """Have the Khronos validator look at the model before and after compression.

        Raises ValidationError.
        """
        if binary_part(draft.value()) != binary_part(final.value()):
            raise ValidationError(f"{self.level.name}: what would be published is not what was measured")
        pictures = {
            slot: self.step("encode:plain_image", step.part("image"), verb=f"plain {slot} of")
            for slot, step in images.items()
        }
        plain = self._pack(chosen, pictures, {}, plain=True)
        self.step("check:check_plain", plain, f"{self.level.name} before compression", verb="check plain").value()
        self.step("check:check_packed", final, self.level.name, verb="check").value()


def binary_part(glb: bytes) -> bytes:
    """Return all of a GLB but its JSON."""
    return glb[20 + int.from_bytes(glb[12:16], "little") :]


def _up(px: float) -> int:
    return max(256, math.ceil(px / 64) * 64)
