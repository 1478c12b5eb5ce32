"""Pack a level, as a draft to be measured and as what is published."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pipeline.builders.candidates import Candidate
from pipeline.builders.level_work import LevelWork
from pipeline.cache.cache import Later, Task
from pipeline.cache.tasks import in_mapping
from pipeline.exports.records.rights import licence_url
from pipeline.formats.writers.glb_geometry import FLOAT_BITS, Precision
from pipeline.formats.writers.xmp import named_packet
from pipeline.model import EncodedImage
from pipeline.options import ModelOptions
from pipeline.stages import pack as packing

GENERATOR = f"Carreau {version('carreau')}"

NEARLY_ALL = 0.6
"""From this share of the triangles on, 14 bits are what is seen: a skull at 80 of 100 thousand lost 4.4 dB to them."""


def pack(
    work: LevelWork,
    chosen: Candidate,
    images: Mapping[str, Later[EncodedImage]],
    extras: dict[str, Any],
    plain: bool = False,
) -> Task[bytes]:
    """Return the step that packs a level; plain is the model before compression, for the validator.

    What is neither published nor checked carries no name and no licence: another licence then measures nothing again.
    """
    texcoords = max(12, min(16, math.ceil(math.log2(max(chosen.texture_px, 2))) + 3))
    fine = FLOAT_BITS if chosen.is_exact else 16
    precision = Precision(fine, 8, 16, 16) if chosen.is_whole else Precision(_position_bits(work), 8, texcoords, 12)
    is_draft = not plain and not extras
    rights = ", ".join(text for text in (work.options.credit, work.options.licence) if text)
    about = packing.PackOptions(
        flavour="plain" if plain or work.level.is_plain else "compressed",
        precision=precision,
        name="" if is_draft else work.options.name,
        copyright="" if is_draft else rights,
        generator=GENERATOR,
        extras=extras,
        # Scene Viewer's own list of extensions does not have it, and no telephone was there to try.
        packet=asset_packet(work.options) if extras and not work.level.is_plain else {},
    )
    label = work.label("pack plain" if plain else "pack")
    return work.cache.step(packing.pack, chosen.mesh, in_mapping(images), about, label=label)


def asset_packet(options: ModelOptions) -> dict[str, Any]:
    """Return what every published GLB says for programs that read XMP: its record, or name, source, licence, credit."""
    if options.packet:
        said: dict[str, Any] = json.loads(options.packet)
        return said
    url = licence_url(options.licence)
    return named_packet(options.name, options.source, options.licence, options.credit, url)


def _position_bits(work: LevelWork) -> int:
    """Return enough bits that quantising moves a vertex less than simplifying did."""
    nearly_all = work.level.triangles >= NEARLY_ALL * len(work.ground.cleaned.value().mesh.faces)
    return 16 if nearly_all else 14


def extras(work: LevelWork, draft: Task[bytes], error: dict[str, object]) -> dict[str, Any]:
    """Return what the model says of itself; its error is that of the draft, which has the same binary part."""
    return {
        "source": work.options.source,
        "licence": work.options.licence,
        "credit": work.options.credit,
        "level": work.level.name,
        "key": draft.key,
        "error": error,
        "scan_to_model": work.ground.about["matrix"],
        **_place(work.ground.about),
    }


def _place(about: dict[str, Any]) -> dict[str, Any]:
    return {"geopose": about["geopose"]} if about["geopose"] else {}
