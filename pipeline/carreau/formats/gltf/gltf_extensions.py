"""What happens with the extensions of a glTF: a row for each, for scans and for authored models.

Every extension that a file uses is shown as it says, or named with what it would have changed. Rows are the ratified
extensions of Khronos, those of several vendors (`EXT_`), and those of one vendor that programs of this field write;
source: glTF 2.0 Extension Registry. A row that is not here is unknown, and is named too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from carreau.base.messages import Message, join_messages, message
from carreau.formats.gltf.gltf_document import JsonElement

_NOTHING = join_messages(())


class Use(StrEnum):
    """What a reader does with an extension."""

    APPLIED = "applied"
    """Models look as it says."""
    NEUTRAL = "neutral"
    """Models look the same without it."""
    LEFT_OUT = "left out"
    """Models lack what it says, which a message names."""
    KEPT = "kept"
    """It is in the models as it is in the file."""


@dataclass(frozen=True)
class Extension:
    """A row of the table.

    effect : what a model without it lacks, as a noun, for people; empty where it is never left out
    is_ratified : by Khronos
    """

    name: str
    scans: Use
    authored: Use
    effect: Message = _NOTHING
    is_ratified: bool = False

    @property
    def is_of_materials(self) -> bool:
        """Return whether it changes how a material looks; readers of materials name these by material."""
        return self.name.startswith(_MATERIALS)


_MATERIALS = ("KHR_materials_", "EXT_materials_", "ADOBE_materials_")
SPLATS = "KHR_gaussian_splatting"
"""Splats lie about a surface, not on it: a file that says it is nothing without them is no scan."""

_APPLIED, _NEUTRAL, _LEFT_OUT, _KEPT = Use.APPLIED, Use.NEUTRAL, Use.LEFT_OUT, Use.KEPT
_VARNISH, _GLASS = message("varnish"), message("transparency of glass")
_DATA, _OUTLINES = message("data about its parts"), message("drawn edges")

_ROWS = (
    Extension("KHR_animation_pointer", _LEFT_OUT, _LEFT_OUT, message("animations of anything but nodes"), True),
    Extension("KHR_draco_mesh_compression", _APPLIED, _APPLIED, is_ratified=True),
    Extension(SPLATS, _LEFT_OUT, _LEFT_OUT, message("size of splats, and colours by viewing angle"), True),
    Extension("KHR_interactivity", _LEFT_OUT, _LEFT_OUT, message("reactions to visitors"), True),
    Extension("KHR_lights_punctual", _LEFT_OUT, _KEPT, message("lamps"), True),
    Extension("KHR_materials_anisotropy", _LEFT_OUT, _KEPT, message("reflections of brushed metal"), True),
    Extension("KHR_materials_clearcoat", _LEFT_OUT, _KEPT, _VARNISH, True),
    Extension("KHR_materials_dispersion", _LEFT_OUT, _KEPT, message("colours of refracted light"), True),
    Extension("KHR_materials_emissive_strength", _APPLIED, _KEPT, is_ratified=True),
    Extension("KHR_materials_ior", _LEFT_OUT, _KEPT, message("index of refraction"), True),
    Extension("KHR_materials_iridescence", _LEFT_OUT, _KEPT, message("colours of thin films"), True),
    Extension("KHR_materials_sheen", _LEFT_OUT, _KEPT, message("sheen of cloth"), True),
    Extension("KHR_materials_specular", _LEFT_OUT, _KEPT, message("strength and colour of reflections"), True),
    Extension("KHR_materials_transmission", _LEFT_OUT, _KEPT, _GLASS, True),
    Extension("KHR_materials_unlit", _APPLIED, _KEPT, is_ratified=True),
    Extension("KHR_materials_variants", _APPLIED, _KEPT, is_ratified=True),
    Extension("KHR_materials_volume", _LEFT_OUT, _KEPT, message("thickness and colour of glass"), True),
    Extension("KHR_mesh_quantization", _APPLIED, _APPLIED, is_ratified=True),
    Extension("KHR_meshopt_compression", _APPLIED, _APPLIED, is_ratified=True),
    Extension("KHR_node_hoverability", _LEFT_OUT, _LEFT_OUT, message("reactions to visitors"), True),
    Extension("KHR_node_selectability", _LEFT_OUT, _LEFT_OUT, message("reactions to visitors"), True),
    Extension("KHR_node_visibility", _APPLIED, _APPLIED, is_ratified=True),
    Extension("KHR_texture_basisu", _APPLIED, _APPLIED, is_ratified=True),
    Extension("KHR_texture_transform", _APPLIED, _KEPT, is_ratified=True),
    Extension("KHR_xmp_json_ld", _LEFT_OUT, _KEPT, message("source, licence and other metadata"), True),
    # drafts of Khronos, and what it has archived
    Extension("KHR_materials_diffuse_transmission", _LEFT_OUT, _LEFT_OUT, message("light through thin material")),
    Extension("KHR_materials_pbrSpecularGlossiness", _APPLIED, _LEFT_OUT, message("colours and gloss")),
    Extension("KHR_techniques_webgl", _LEFT_OUT, _LEFT_OUT, message("materials of shaders")),
    Extension("KHR_xmp", _LEFT_OUT, _LEFT_OUT, message("source, licence and other metadata")),
    # of several vendors
    Extension("EXT_instance_features", _LEFT_OUT, _LEFT_OUT, _DATA),
    Extension("EXT_lights_ies", _LEFT_OUT, _LEFT_OUT, message("lamps")),
    Extension("EXT_lights_image_based", _LEFT_OUT, _LEFT_OUT, message("light of the surroundings")),
    Extension("EXT_materials_bump", _LEFT_OUT, _KEPT, message("relief of a bump map")),
    Extension("EXT_mesh_features", _LEFT_OUT, _LEFT_OUT, _DATA),
    Extension("EXT_mesh_gpu_instancing", _APPLIED, _APPLIED),
    Extension("EXT_mesh_manifold", _NEUTRAL, _NEUTRAL),
    Extension("EXT_mesh_primitive_edge_visibility", _LEFT_OUT, _LEFT_OUT, _OUTLINES),
    Extension("EXT_meshopt_compression", _APPLIED, _APPLIED),
    Extension("EXT_structural_metadata", _LEFT_OUT, _LEFT_OUT, _DATA),
    Extension("EXT_texture_avif", _APPLIED, _APPLIED),
    Extension("EXT_texture_webp", _APPLIED, _APPLIED),
    # of one vendor
    Extension("ADOBE_materials_clearcoat_specular", _LEFT_OUT, _LEFT_OUT, _VARNISH),
    Extension("ADOBE_materials_clearcoat_tint", _LEFT_OUT, _LEFT_OUT, _VARNISH),
    Extension("ADOBE_materials_thin_transparency", _LEFT_OUT, _LEFT_OUT, _GLASS),
    Extension("AGI_articulations", _LEFT_OUT, _LEFT_OUT, message("movable parts")),
    Extension("CESIUM_primitive_outline", _LEFT_OUT, _LEFT_OUT, _OUTLINES),
    Extension("CESIUM_RTC", _LEFT_OUT, _LEFT_OUT, message("place on the globe")),
    Extension("FB_geometry_metadata", _NEUTRAL, _NEUTRAL),
    Extension("MSFT_lod", _NEUTRAL, _NEUTRAL),  # the finest level is the node's own
    Extension("MSFT_packing_normalRoughnessMetallic", _NEUTRAL, _NEUTRAL),  # textures are there unpacked as well
    Extension("MSFT_packing_occlusionRoughnessMetallic", _NEUTRAL, _NEUTRAL),
    Extension("MSFT_texture_dds", _NEUTRAL, _NEUTRAL),  # a texture in DDS alone is named as one without an image
)
EXTENSIONS = {row.name: row for row in _ROWS}
KEPT = frozenset(row.name for row in _ROWS if row.authored is Use.KEPT)
"""Extensions that authored models have as the file has them."""


def find_row(name: str) -> Extension:
    """Return the row of an extension; that of an unknown one, which is left out, if it has none."""
    return EXTENSIONS.get(name, Extension(name, Use.LEFT_OUT, Use.LEFT_OUT, message("an unknown extension of glTF")))


def is_supported(name: str) -> bool:
    """Return whether a scan is read that requires an extension: what it lacks without it is named."""
    return (name in EXTENSIONS or name.startswith(_MATERIALS)) and name != SPLATS


def is_supported_in_authored(name: str) -> bool:
    """Return whether an authored model is read that requires an extension."""
    return name in EXTENSIONS and EXTENSIONS[name].authored is not Use.LEFT_OUT


def name_left_out(root: JsonElement, *, authored: bool) -> list[Message]:
    """Return a warning for each extension that a file uses and that models lack, by name.

    Those of materials of scans are named by material instead, see `carreau.formats.gltf.gltf_reflectance`.
    """
    used = {name for holder in _holders(root.members) for name in holder["extensions"]}
    unknown = {name for name in root.texts("extensionsUsed") if name not in EXTENSIONS}  # some have no object
    rows = [find_row(name) for name in sorted(used | unknown)]
    return [
        message("%(extension)s is left out: %(effect)s", extension=row.name[:60], effect=row.effect)
        for row in rows
        if (row.authored if authored else row.scans) is Use.LEFT_OUT and (authored or not row.is_of_materials)
    ]


def _holders(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the objects that have extensions."""
    waiting: list[Any] = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if isinstance(value.get("extensions"), dict):
                yield value
            waiting += [inner for key, inner in value.items() if key != "extras"]


def keep_known(tree: dict[str, Any]) -> list[str]:
    """Remove extensions outside `KEPT` from a glTF's JSON; return the names of those kept."""
    known = set[str]()
    for holder in _holders(tree):
        kept = {name: inner for name, inner in holder["extensions"].items() if name in KEPT}
        known |= set(kept)
        if kept:
            holder["extensions"] = kept
        else:
            del holder["extensions"]
    return sorted(known)
