"""Take a peer's GLB apart and put it together with another base colour texture."""

import copy
import json
import struct
from dataclasses import dataclass
from typing import Any

SECOND_TEXTURES = ("normalTexture", "occlusionTexture", "emissiveTexture")
WEBP = "EXT_texture_webp"


@dataclass(frozen=True, eq=False)
class Undressed:
    """A GLB without images: its JSON, its binary chunk, and the base colour image it wore."""

    tree: dict[str, Any]
    binary: bytes
    image: bytes | None

    @property
    def triangle_count(self) -> int:
        """Return the triangles of all meshes."""
        parts = [part for mesh in self.tree["meshes"] for part in mesh["primitives"]]
        return sum(self.tree["accessors"][part["indices"]]["count"] // 3 for part in parts)


def split(glb: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the JSON and the binary chunk of a GLB."""
    length = struct.unpack_from("<I", glb, 12)[0]
    tree, rest = json.loads(glb[20 : 20 + length]), glb[20 + length :]
    return tree, rest[8 : 8 + struct.unpack_from("<I", rest)[0]] if rest else b""


def join(tree: dict[str, Any], binary: bytes) -> bytes:
    """Return a GLB of a JSON and a binary chunk."""
    text = json.dumps(tree, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    return head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary


def undress(glb: bytes) -> Undressed:
    """Take every image out of a GLB: normal and occlusion maps go, which leaves a peer more bytes for colour."""
    tree, binary = split(glb)
    image = _base_image(tree, binary)
    _drop_images(tree)
    return Undressed(tree, _repack(tree, binary), image)


def dress(model: Undressed, webp: bytes | None) -> bytes:
    """Return a GLB that wears a WebP image as base colour, or none."""
    tree, binary = copy.deepcopy(model.tree), model.binary + b"\0" * (-len(model.binary) % 4)
    if webp is None:
        for material in tree.get("materials", ()):
            material.get("pbrMetallicRoughness", {}).pop("baseColorTexture", None)
    else:
        tree["bufferViews"].append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(webp)})
        tree["images"] = [{"bufferView": len(tree["bufferViews"]) - 1, "mimeType": "image/webp"}]
        tree["textures"] = [{"extensions": {WEBP: {"source": 0}}}]
        for key in ("extensionsUsed", "extensionsRequired"):
            tree[key] = sorted({*tree.get(key, ()), WEBP})
        binary += webp
    tree["buffers"][0]["byteLength"] = len(binary)
    return join(tree, binary)


def _base_image(tree: dict[str, Any], binary: bytes) -> bytes | None:
    image = None
    for material in tree.get("materials", ()):
        looks = material.get("pbrMetallicRoughness", {})
        looks.pop("metallicRoughnessTexture", None)
        for key in SECOND_TEXTURES:
            material.pop(key, None)
        if "baseColorTexture" in looks:
            texture = tree["textures"][looks["baseColorTexture"]["index"]]
            source = texture.get("extensions", {}).get(WEBP, texture).get("source")
            view = tree["bufferViews"][tree["images"][source]["bufferView"]]
            image = binary[view.get("byteOffset", 0) :][: view["byteLength"]]
            looks["baseColorTexture"]["index"] = 0
    return image


def _drop_images(tree: dict[str, Any]) -> None:
    gone = {image["bufferView"] for image in tree.get("images", ())}
    kept = [index for index in range(len(tree["bufferViews"])) if index not in gone]
    numbers = {old: new for new, old in enumerate(kept)}
    tree["bufferViews"] = [tree["bufferViews"][index] for index in kept]
    for accessor in tree["accessors"]:
        accessor["bufferView"] = numbers[accessor["bufferView"]]
    for key in ("images", "textures", "samplers"):
        tree.pop(key, None)


def _repack(tree: dict[str, Any], binary: bytes) -> bytes:
    """Move what the views need to the front of a new chunk; meshopt keeps the real place in its extension."""
    packed = b""
    for view in tree["bufferViews"]:
        extensions = view.get("extensions", {})
        place = next((extensions[name] for name in extensions if name.endswith("meshopt_compression")), view)
        data = binary[place.get("byteOffset", 0) :][: place["byteLength"]]
        packed += b"\0" * (-len(packed) % 4)
        place["byteOffset"] = len(packed)
        packed += data
    return packed
