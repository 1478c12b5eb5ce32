"""Refuse a model that is not valid glTF, or that is over its level's budget."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from enum import IntEnum

from pipeline.errors import ValidationError
from pipeline.levels import Level
from pipeline.tools import node_module, run_script


class Severity(IntEnum):
    """How bad the validator finds it; its own numbers."""

    ERROR = 0
    WARNING = 1
    INFORMATION = 2
    HINT = 3


@dataclass(frozen=True)
class Message:
    """One finding of the Khronos glTF validator.

    code : of its list, such as ACCESSOR_NON_UNIT
    pointer : JSON pointer to what it is about, empty for the file as a whole
    """

    severity: Severity
    code: str
    text: str
    pointer: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.severity.name.lower()} {self.code} {self.pointer}: {self.text}"


@dataclass(frozen=True)
class LevelFacts:
    """What a level's file turned out to be.

    texture_px : longest edge of any texture, 0 without one
    brotli_bytes : length of the file after Brotli; as it lies for a plain level
    gpu_bytes : of all textures in GPU memory, mipmaps included
    """

    triangles: int
    texture_px: int
    brotli_bytes: int
    gpu_bytes: int


UNKNOWN_EXTENSIONS = ("EXT_meshopt_compression", "KHR_texture_basisu", "KHR_xmp_json_ld")
"""Extensions we write that the validator (2.0.0-dev.3.10) does not know."""

WITHOUT_TANGENTS = "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE"
"""A packed model leaves tangents to the reader: they would add a third to its geometry, and every reader makes them."""

KTX2 = "image/ktx2"
KTX2_COMPLAINTS = ("VALUE_NOT_IN_LIST", "IMAGE_UNRECOGNIZED_FORMAT", "UNUSED_OBJECT")
"""What it says of a KTX2 image because it does not know KHR_texture_basisu: its media type, its bytes, its use."""


def validate(glb: bytes) -> tuple[Message, ...]:
    """Return what the Khronos glTF validator finds in a GLB, worst first; about 0.1 s, and 0.2 s for 600,000 triangles.

    Raises ValidationError when it is no GLB at all, ToolError when the validator is missing.
    """
    if glb[:4] != b"glTF":
        raise ValidationError("the model does not begin as a GLB does")
    found = json.loads(run_script("validate.mjs", str(node_module("gltf-validator")), data=glb))
    messages = [
        Message(Severity(item["severity"]), item["code"], item["message"], item.get("pointer", ""))
        for item in found["messages"]
    ]
    if found["truncated"]:
        messages.append(Message(Severity.ERROR, "TOO_MANY_ISSUES", f"there is more than these {len(messages)}"))
    return tuple(sorted(messages, key=lambda message: message.severity))


def check_plain(glb: bytes, name: str = "model") -> None:
    """Raise ValidationError unless a model before compression has no error and no warning."""
    _refuse([message for message in validate(glb) if message.severity <= Severity.WARNING], name)


def check_packed(glb: bytes, name: str = "model") -> None:
    """Raise ValidationError for any error or warning of a compressed model that `is_expected` does not explain."""
    images = _image_types(glb)
    bad = [m for m in validate(glb) if m.severity <= Severity.WARNING or m.code == "UNSUPPORTED_EXTENSION"]
    _refuse([message for message in bad if not is_expected(message, images)], name)


def is_expected(message: Message, images: tuple[str, ...]) -> bool:
    """Say whether a finding only means that the validator knows no extension we write, or that tangents are out.

    images : media type of each image of the file
    """
    if message.code == "UNSUPPORTED_EXTENSION":
        return any(f"'{name}'" in message.text for name in UNKNOWN_EXTENSIONS)
    if message.code == WITHOUT_TANGENTS:
        return True
    image = re.match(r"/images/(\d+)(/mimeType)?$", message.pointer)
    number = int(image[1]) if image is not None else len(images)
    return number < len(images) and images[number] == KTX2 and message.code in KTX2_COMPLAINTS


def check_budget(level: Level, facts: LevelFacts) -> tuple[str, ...]:
    """Return one sentence for each limit of the level that a file is over; none when it may be published."""
    measures = (
        ("triangles", facts.triangles, level.triangles),
        ("texels on a texture's longest edge", facts.texture_px, level.texture_px),
        ("bytes" if level.is_plain else "bytes after Brotli", facts.brotli_bytes, level.file_bytes),
        ("bytes of texture in GPU memory", facts.gpu_bytes, level.gpu_bytes),
    )
    over = ((what, used, most) for what, used, most in measures if used > most)
    return tuple(f"{level.name} has {used:,} {what}, and may have {most:,}" for what, used, most in over)


def _refuse(messages: list[Message], name: str) -> None:
    if messages:
        more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
        raise ValidationError(f"{name} is not valid glTF: {messages[0]}{more}")


def _image_types(glb: bytes) -> tuple[str, ...]:
    length = struct.unpack_from("<I", glb, 12)[0]
    return tuple(image.get("mimeType", "") for image in json.loads(glb[20 : 20 + length]).get("images", ()))
