"""Decide which glTF extensions an authored scene keeps: those that the viewer knows (model-viewer 4.4, three.js)."""

from __future__ import annotations

from typing import Any

from pipeline.errors import ScanError
from pipeline.formats.gltf.gltf_json import Element
from pipeline.messages import message

RESOLVED = frozenset(
    {
        "KHR_draco_mesh_compression",
        "EXT_meshopt_compression",
        "KHR_meshopt_compression",
        "KHR_mesh_quantization",
        "KHR_texture_basisu",
        "EXT_texture_webp",
        "EXT_texture_avif",
    }
)
"""Ways of packing: undone when the scene is read, and a level is packed in its own way."""

KEPT = frozenset(
    {
        "EXT_materials_bump",
        "KHR_lights_punctual",
        "KHR_materials_anisotropy",
        "KHR_materials_clearcoat",
        "KHR_materials_dispersion",
        "KHR_materials_emissive_strength",
        "KHR_materials_ior",
        "KHR_materials_iridescence",
        "KHR_materials_sheen",
        "KHR_materials_specular",
        "KHR_materials_transmission",
        "KHR_materials_unlit",
        "KHR_materials_variants",
        "KHR_materials_volume",
        "KHR_texture_transform",
        "KHR_xmp_json_ld",
    }
)


def refuse_unknown(root: Element) -> None:
    """Raise ScanError where the scene cannot be shown without an extension that is not kept."""
    for name in root.texts("extensionsRequired"):
        if name not in RESOLVED | KEPT:
            cause = message("requires the extension %(name)s, which is not supported", name=name[:60])
            raise ScanError(root.file, "extensionsRequired", cause, message("export it without that extension"))


def keep_known(tree: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Take every extension that is not kept out of a glTF's JSON; return the names of those kept, and of those dropped.

    Ways of packing are in neither. What authors put into `extras` is not looked into.
    """
    kept, dropped = set[str](), set[str]()
    waiting: list[Any] = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            found = value.get("extensions")
            if isinstance(found, dict):
                dropped |= set(found) - KEPT - RESOLVED
                value["extensions"] = {name: inner for name, inner in found.items() if name in KEPT}
                kept |= set(value["extensions"])
                if not value["extensions"]:
                    del value["extensions"]
            waiting += [inner for key, inner in value.items() if key != "extras"]
    return sorted(kept), sorted(dropped)
