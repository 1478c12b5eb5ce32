"""Build one level of a scan, as its texture strategy and its budget ask, and render the pictures of its report."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from threading import Lock
from typing import Any

from carreau.base.errors import BudgetError
from carreau.base.levels import FEWER_BYTES, LEVELS, Level
from carreau.base.messages import Message, Number, join_messages, message
from carreau.base.model import EncodedImage, Mesh
from carreau.base.options import ModelOptions
from carreau.formats.writers.glb import FLOAT_BITS
from carreau.models.builders.build_context import ScanContext
from carreau.models.builders.level_candidates import BYTES_A_TRIANGLE, CLEAR_DB, TextureCandidate, choose, extras, pack
from carreau.models.builders.level_context import (
    KTX2,
    SAFETY,
    LevelContext,
    TooLarge,
    gpu_bytes,
    is_for_large_screens,
    left_out,
    surface_factors,
)
from carreau.models.builders.level_textures import LARGE_DB, encode_images, geometry_bytes
from carreau.models.reports.report import Album, rebuilt_smaller
from carreau.models.stages.check import LevelFacts, check_budget, check_packed, check_plain
from carreau.models.stages.encode import (
    EncodedTexture,
    TrialCodec,
    choose_precision,
    compress,
    measure_rounding,
    read_back,
    score_quantised,
    try_encoding,
)
from carreau.models.stages.measure import measure_published
from carreau.models.stages.pictures import LevelPictures, choose_view, show_level, show_scan, show_ups
from carreau.runs.cache import Cache, Later, Task

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
        texture_share, reason = 1.0, join_messages([])
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
        # Textures are encoded for what the triangles leave, so bits of vertices come first; only then it is known
        # whether exact positions would still fit.
        chosen = fit_candidate(self.context, choose(self.context, triangles, texture_share))
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

    def _surface(self, slots: Collection[str]) -> dict[str, Any]:
        """Return what is known of metal, roughness and emission, where a scan has any."""
        reflectance = self.context.scan.appearance.value().reflectance
        if reflectance.is_plain:
            return {}
        return {"surface": asdict(surface_factors(reflectance)), "left_out": list(left_out(reflectance, slots))}

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


EXACT_SHARE, FINE_SHARE = 0.15, 0.05
"""Largest share of a file that float positions may add, and from `ENOUGH_DB` on: a column is 66.7 dB for 2 % more
bytes, where it was 53.2."""

EXACT_GAIN_DB, ENOUGH_DB = 1.0, 50.0
"""Least gain for which positions are floats, and likeness from which on nothing is gained for the eye, but on large
screens, whose colours are encoded up to `LARGE_DB`; both in the judging views, with the encoded base colour. 16 bits
show along an outline at 53 dB."""

MOST_LOSS_DB = 2.0
"""Loss by encoding that people are told of."""


MATT_NORMAL_BITS = 6
"""Of the smooth normals of a scan that brings none, where nothing shines, on a level that differs from it by more than
they do (49 dB under light): a castle of 80,000 triangles takes 22 kB less than with 8, for 0.02 dB under light. With
5 it takes 38 kB less, for 0.11 dB; without any, the 1.4 dB show."""


def fit_candidate(context: LevelContext, chosen: TextureCandidate) -> TextureCandidate:
    """Return the candidate with the bits that measuring asks for; those of vertex colours and plain files stay."""
    if chosen.skin is None or context.level.is_plain:
        return chosen
    triangles = BYTES_A_TRIANGLE * len(chosen.mesh.value().faces)
    left = max(int(context.level.file_bytes * SAFETY - triangles), 1)
    texture_format = context.level.texture_format
    looked_at = context.scan.reference_views, chosen.mesh, chosen.skin
    noise = context.cache.step(measure_rounding, *looked_at, label=context.label("judge"))
    codec: TrialCodec = "avif" if texture_format == "avif" else "webp"
    trials = context.cache.step(try_encoding, *looked_at, codec, label=context.label("judge"))
    precision = choose_precision(noise.value(), trials.value().trials[0], left, is_lossy=texture_format != "ktx2")
    is_matt = context.scan.appearance.value().reflectance.is_plain
    if is_matt and chosen.psnr_db < CLEAR_DB and context.scan.cleaned.value().mesh.normals is None:
        precision = replace(precision, normal_bits=MATT_NORMAL_BITS)
    return replace(chosen, precision=precision, trials=trials)


def exact(context: LevelContext, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]]) -> TextureCandidate:
    """Return the candidate with positions as floats, if it has all triangles, they show, and they take few bytes."""
    if not chosen.is_whole or chosen.skin is None or context.level.is_plain:
        return chosen
    floats = replace(chosen, precision=replace(chosen.precision, position_bits=FLOAT_BITS))
    size, exact_size = geometry_bytes(context, chosen), geometry_bytes(context, floats)
    total = exact_size + sum(len(step.value().image.data) for step in images.values())
    if exact_size - size > EXACT_SHARE * total or total > SAFETY * context.level.file_bytes:
        return chosen
    score, own = _encoded_db(context, chosen, images["base"]), images["base"].value().psnr_db
    is_fine = is_for_large_screens(context.level) and exact_size - size <= FINE_SHARE * total
    return floats if score < (LARGE_DB if is_fine else ENOUGH_DB) and own - score >= EXACT_GAIN_DB else chosen


def losses(
    context: LevelContext, chosen: TextureCandidate, images: dict[str, Task[EncodedTexture]], published_db: float
) -> list[Message]:
    """Return a warning for a level that encoding makes much less like its scan, else nothing.

    published_db : of the file, over all views; what makes it look lossy is looked at again in the judging views, in
        which the level was measured before encoding
    """
    # A light level is encoded to no more than `CLEAR_DB`, and its vertices are rounded besides.
    enough_db = CLEAR_DB - MOST_LOSS_DB if context.level.texture_format == "avif" else ENOUGH_DB
    if not images or published_db >= min(chosen.psnr_db - MOST_LOSS_DB, enough_db):
        return []
    after = images["base"].value().psnr_db
    if not context.level.is_plain:
        after = min(after, _encoded_db(context, chosen, images["base"]))
    if after >= min(chosen.psnr_db - MOST_LOSS_DB, enough_db):
        return []
    figures = {"before": Number(chosen.psnr_db, ".1f"), "after": Number(after, ".1f")}
    return [
        message(
            "%(level)s: encoding within %(size)s bytes reduces its likeness to the scan from %(before)s to %(after)s "
            "dB; crop the scan to what matters with --crop, or divide it into several models",
            level=context.level.name,
            size=context.level.file_bytes,
            **figures,
        )
    ]


def _encoded_db(context: LevelContext, chosen: TextureCandidate, base: Task[EncodedTexture]) -> float:
    """Return how like the scan the level looks with quantised vertices and its encoded base colour."""
    step = context.cache.step(
        score_quantised,
        context.scan.reference_views,
        chosen.mesh,
        base.part(lambda encoded: encoded.image),
        chosen.precision,
        label=context.label("judge"),
    )
    return step.value()


LEAST_EXCESS = 1.2
"""Bytes of a level, relative to the budget of its lighter encoding, from which on that is worth its build."""

Build = Callable[[], BuiltLevel | None]
"""Builds a level, or returns None where another encoding would save too little."""


def lighter(level: Level, heavier: Build, build: Build, announce: Callable[[str], None]) -> Build:
    """Return a function that builds a lighter encoding, or returns None where the level itself is hardly heavier.

    heavier : builds the level of which it is another encoding, or returns it if it is built
    announce : called with the name of the lighter one before it is built
    """

    def build_if_it_saves() -> BuiltLevel | None:
        own = heavier()
        if own is None or len(own.brotli) <= LEAST_EXCESS * level.file_bytes:
            return None
        announce(level.name)
        return build()

    return build_if_it_saves


def with_lighter(
    names: Sequence[str], build: Callable[[str], Build], announce: Callable[[str], None] = lambda _: None
) -> dict[str, Build]:
    """Return the functions that build levels, in their order; a lighter encoding takes the place of its level.

    One job then builds both in turn, and no other waits for the slow encoder at the end. The level itself comes last,
    when it has long been built.

    build : returns the function that builds a level by its name
    announce : called with the name of a lighter encoding that is built
    """
    built = {name: once(build(name)) for name in names if name not in FEWER_BYTES}
    lighter_of = {FEWER_BYTES[name]: name for name in names if name in FEWER_BYTES}
    functions: dict[str, Build] = {}
    for name in [*built, *(heavier for heavier in lighter_of if heavier not in built)]:
        light = lighter_of.get(name)
        if light is None:
            functions[name] = built[name]
        else:
            heavier = built.get(name) or once(build(name))
            functions[light] = lighter(LEVELS[light], heavier, build(light), announce)
    return {**functions, **{name: built[name] for name in lighter_of if name in built}}


def once(build: Build) -> Build:
    """Return a function that calls another one the first time, in whichever thread, and returns its value each time."""
    lock, values = Lock(), list[BuiltLevel | None]()

    def built() -> BuiltLevel | None:
        with lock:
            if not values:
                values.append(build())
            return values[0]

    return built


PICTURE_LABELS = ("view", "show scan")
"""Labels of the steps that every scan has; those of a level are `show` and its name."""

UPS = "show ups"
"""Label of the step that shows the axes that may be up."""


class PictureBuilder:
    """The steps of the pictures of a report."""

    def __init__(
        self,
        mesh: Later[Mesh],
        reference: Later[Mesh],
        cache: Cache,
        side: tuple[float, float] | Later[tuple[float, float] | None] | None = None,
        up: str = "y",
        candidates: tuple[str, ...] = (),
        *,
        is_part: bool = False,
    ) -> None:
        """Create the tasks; none of them runs yet.

        mesh : for which the viewpoints are chosen
        reference : with which levels are compared
        side : azimuth and elevation of the poster in degrees, None for the side that shows most
        up, candidates : the axis that was taken as up, and those that may be; none when it is sure
        is_part : whether the mesh is part of the reference, which its pictures are of
        """
        self._cache = cache
        self.side_step = cache.step(choose_view, mesh, side, is_part, label=PICTURE_LABELS[0])
        self._shown = cache.step(show_scan, reference, self.side_step, label=PICTURE_LABELS[1])
        self._ups = cache.step(show_ups, reference, up, candidates, label=UPS) if candidates else None
        self._levels: dict[str, LevelPictures] = {}

    def show(self, built: BuiltLevel) -> None:
        """Render the pictures of a level."""
        step = self._cache.step(show_level, self._shown, built.glb, label=f"show {built.name}")
        self._levels[built.name] = step.value()

    @property
    def steps(self) -> tuple[Task[Any], ...]:
        """Return the steps that are not of a level."""
        return (self._shown,) if self._ups is None else (self._shown, self._ups)

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of the steps that are not of a level."""
        return PICTURE_LABELS if self._ups is None else (*PICTURE_LABELS, UPS)

    def view(self) -> dict[str, Any]:
        """Return the viewpoint of the poster, as in `report.json`."""
        return {key: value for key, value in dataclasses.asdict(self.side_step.value()).items() if value is not None}

    def album(self) -> Album:
        """Return the pictures of the scan and of the built levels."""
        ups = self._ups.value() if self._ups else ()
        return Album(self._shown.value().pictures, dict(sorted(self._levels.items())), ups)
