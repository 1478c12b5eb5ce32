"""Pack a level into a GLB, with what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from carreau.base.licences import licence_url
from carreau.base.model import EncodedImage
from carreau.base.options import ModelOptions
from carreau.formats.writers.xmp_packet import named_packet
from carreau.models.builders.level_context import LevelContext, has_small_base, surface_factors
from carreau.models.builders.texture_strategy import TextureCandidate
from carreau.models.stages import pack as packing
from carreau.models.stages.check import STAND_IN
from carreau.models.stages.encode import small_base
from carreau.runs.cache import Later, Task
from carreau.runs.fingerprint import digest
from carreau.runs.tasks import in_mapping

GENERATOR = f"Carreau {version('carreau')}"


def pack(
    context: LevelContext,
    chosen: TextureCandidate,
    images: Mapping[str, Later[EncodedImage]],
    extras: dict[str, Any],
    plain: bool = False,
) -> Task[bytes]:
    """Return the task that packs a level; plain is the model before compression, for the validator, with
    stand-ins for its images.

    Without extras it is only weighed, and has neither name nor licence: for others, nothing is weighed again.
    """
    is_weighed = not plain and not extras
    rights = ", ".join(text for text in (context.options.credit, context.options.licence) if text)
    about = packing.GltfPackOptions(
        flavour="plain" if plain or context.level.is_plain else "compressed",
        precision=chosen.precision,
        surface=surface_factors(context.scan.appearance.value().reflectance),
        name="" if is_weighed else context.options.name,
        copyright="" if is_weighed else rights,
        generator=GENERATOR,
        extras=extras,
        # KHR_xmp_json_ld is not among the extensions that Scene Viewer documents, and it was not tested on a phone.
        packet=asset_packet(context.options) if extras and not context.level.is_plain else {},
    )
    label = context.label("pack plain" if plain else "pack")
    if plain:
        return context.cache.step(packing.pack, chosen.mesh, dict.fromkeys(images, STAND_IN), about, label=label)
    if chosen.skin is None or not images or not has_small_base(context.level):
        return context.cache.step(packing.pack, chosen.mesh, in_mapping(images), about, label=label)
    small = context.cache.step(small_base, chosen.skin, label=context.label("small base of"))
    return context.cache.step(packing.pack, chosen.mesh, in_mapping(images), about, small, label=label)


def asset_packet(options: ModelOptions) -> dict[str, Any]:
    """Return the XMP packet of a published GLB: the given record, or name, source, licence and credit."""
    if options.packet:
        packet: dict[str, Any] = json.loads(options.packet)
        return packet
    url = licence_url(options.licence)
    return named_packet(options.name, options.source, options.licence, options.credit, url)


def extras(
    context: LevelContext, chosen: TextureCandidate, images: Mapping[str, Later[EncodedImage]]
) -> dict[str, Any]:
    """Return the metadata of the model; its key is that of what is packed, whoever is credited."""
    return {
        "source": context.options.source,
        "licence": context.options.licence,
        "credit": context.options.credit,
        "level": context.level.name,
        "key": digest({"mesh": chosen.mesh, "precision": chosen.precision, "images": images}),
        "scan_to_model": context.scan.about["matrix"],
        **_place(context.scan.about),
    }


def _place(about: dict[str, Any]) -> dict[str, Any]:
    return {"geopose": about["geopose"]} if about["geopose"] else {}
