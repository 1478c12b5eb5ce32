"""Refuse a model that is not valid glTF, or that is over its level's budget."""

from __future__ import annotations

import json
import re
import struct
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from pxr import Tf, Usd, UsdValidation

from carreau.base.errors import ValidationError
from carreau.base.levels import Level
from carreau.base.messages import Message, message, plural_message
from carreau.base.model import EncodedImage
from carreau.base.tools import VALIDATOR, ask_script, node_module
from carreau.formats.images import image_codecs


class Severity(IntEnum):
    """How bad the validator finds it; its own numbers."""

    ERROR = 0
    WARNING = 1
    INFORMATION = 2
    HINT = 3


@dataclass(frozen=True)
class Issue:
    """One finding of the Khronos glTF validator.

    code : of its list, such as ACCESSOR_NON_UNIT
    pointer : JSON pointer to the object, empty for the file as a whole
    text : the validator's own words, in English
    """

    severity: Severity
    code: str
    text: str
    pointer: str = ""

    def __str__(self) -> str:
        """Return it in one line."""
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


UNKNOWN_EXTENSIONS = ("EXT_meshopt_compression", "EXT_texture_avif", "KHR_texture_basisu", "KHR_xmp_json_ld")
"""Extensions we write that the validator (2.0.0-dev.3.10) does not know."""

WITHOUT_TANGENTS = "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE"
"""A packed model leaves tangents to the reader: they would add a third to its geometry, and every reader makes them."""

UNKNOWN_IMAGES = ("image/ktx2", "image/avif")
UNKNOWN_IMAGE_COMPLAINTS = ("VALUE_NOT_IN_LIST", "IMAGE_UNRECOGNIZED_FORMAT", "UNUSED_OBJECT")
"""What it says of such an image because it knows neither KHR_texture_basisu nor EXT_texture_avif: its media type, its
bytes, its use."""

STAND_IN = EncodedImage(image_codecs.encode_jpeg(np.full((4, 4, 3), 128, np.uint8), 90), image_codecs.JPEG_TYPE)
"""In the model before compression, for each of its images: that check is of triangles and materials, and the validator
knows neither KTX2 nor AVIF. The images themselves are decoded when a level is read back and measured."""

AVIF_BRANDS = (b"avif", b"mif1")
"""Of a still image, in the first box of its file (ISO/IEC 14496-12, AV1 Image File Format)."""


def validate(glb: bytes) -> tuple[Issue, ...]:
    """Return what the Khronos glTF validator finds in a GLB, worst first; 0.1 s, then about 0.02 s, and 0.2 s for
    600,000 triangles.

    Raises ValidationError when it is no GLB at all, ToolError when the validator is missing.
    """
    if glb[:4] != b"glTF":
        raise ValidationError(message("the model is not a GLB file"))
    answer = json.loads(ask_script("validate.mjs", str(node_module(VALIDATOR)), data=glb))
    issues = [
        Issue(Severity(item["severity"]), item["code"], item["message"], item.get("pointer", ""))
        for item in answer["messages"]
    ]
    if answer["truncated"]:
        issues.append(Issue(Severity.ERROR, "TOO_MANY_ISSUES", f"only the first {len(issues)} are listed"))
    return tuple(sorted(issues, key=lambda issue: issue.severity))


def check_plain(glb: bytes, name: str = "model") -> None:
    """Raise ValidationError unless a model before compression has no error and no warning."""
    _refuse([issue for issue in validate(glb) if issue.severity <= Severity.WARNING], name)


def check_packed(glb: bytes, name: str = "model") -> None:
    """Raise ValidationError for any error or warning of a compressed model that `is_expected` does not explain.

    The validator does not look into AVIF, so it is decoded here.
    """
    images = _image_types(glb)
    bad = [each for each in validate(glb) if each.severity <= Severity.WARNING or each.code == "UNSUPPORTED_EXTENSION"]
    _refuse([*(issue for issue in bad if not is_expected(issue, images)), *_broken_images(glb)], name)


def is_expected(issue: Issue, images: tuple[str, ...]) -> bool:
    """Return whether a finding only means that the validator lacks an extension, or that tangents are left out.

    images : media type of each image of the file
    """
    if issue.code == "UNSUPPORTED_EXTENSION":
        return any(f"'{name}'" in issue.text for name in UNKNOWN_EXTENSIONS)
    if issue.code == WITHOUT_TANGENTS:
        return True
    image = re.match(r"/images/(\d+)(/mimeType)?$", issue.pointer)
    number = int(image[1]) if image is not None else len(images)
    return number < len(images) and images[number] in UNKNOWN_IMAGES and issue.code in UNKNOWN_IMAGE_COMPLAINTS


def check_budget(level: Level, facts: LevelFacts) -> tuple[Message, ...]:
    """Return a message for each limit of the level that a file exceeds; none when it may be published."""
    return tuple(_list_exceeded(level, facts))


def _list_exceeded(level: Level, facts: LevelFacts) -> Iterator[Message]:
    if facts.triangles > level.triangles:
        yield plural_message(
            "%(count)s triangle, over the limit of %(limit)s",
            "%(count)s triangles, over the limit of %(limit)s",
            facts.triangles,
            limit=level.triangles,
        )
    if facts.texture_px > level.texture_px:
        yield message(
            "a texture with an edge of %(size)s texels, over the limit of %(limit)s",
            size=facts.texture_px,
            limit=level.texture_px,
        )
    if facts.brotli_bytes > level.file_bytes:
        sizes = {"size": facts.brotli_bytes, "limit": level.file_bytes}
        if level.is_plain:
            yield message("a file of %(size)s bytes, over the limit of %(limit)s", **sizes)
        else:
            yield message("a file of %(size)s bytes after Brotli, over the limit of %(limit)s", **sizes)
    if facts.gpu_bytes > level.gpu_bytes:
        yield message(
            "textures of %(size)s bytes in GPU memory, over the limit of %(limit)s",
            size=facts.gpu_bytes,
            limit=level.gpu_bytes,
        )


def _refuse(issues: Sequence[Issue], name: str) -> None:
    if issues:
        raise ValidationError.from_issues(name, "glTF", [str(issue) for issue in issues])


def _image_types(glb: bytes) -> tuple[str, ...]:
    return tuple(image.get("mimeType", "") for image in _read_document(glb)[0].get("images", ()))


def _read_document(glb: bytes) -> tuple[dict[str, Any], int]:
    """Return the JSON of a GLB, and where its binary part starts."""
    length = struct.unpack_from("<I", glb, 12)[0]
    return json.loads(glb[20 : 20 + length]), 20 + length + 8


def _broken_images(glb: bytes) -> Iterator[Issue]:
    """Yield an issue for each image that says it is AVIF, and is not, or cannot be decoded."""
    document, start = _read_document(glb)
    for number, image in enumerate(document.get("images", ())):
        if image.get("mimeType") != image_codecs.AVIF_TYPE:
            continue
        view = document["bufferViews"][image["bufferView"]]
        begin = start + view.get("byteOffset", 0)
        data = glb[begin : begin + view["byteLength"]]
        try:
            if data[4:8] != b"ftyp" or data[8:12] not in AVIF_BRANDS:
                raise ValueError("it is no AVIF file")
            image_codecs.decode_avif(data)
        except (OSError, ValueError) as error:
            yield Issue(Severity.ERROR, "IMAGE_DATA_INVALID", str(error), f"/images/{number}")


def check_usdz(usdz: bytes, name: str = "model") -> int:
    """Return how many validators found nothing: all that USD has.

    Raises ValidationError for any finding, a warning too.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.usdz"
        path.write_bytes(usdz)
        validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
        findings = _findings(path, validators)
    if findings:
        raise ValidationError.from_issues(name, "USDZ", findings)
    return len(validators)


def _findings(path: Path, validators: list[UsdValidation.Validator]) -> list[str]:
    """Return the validators' errors, sorted: they run in parallel, in any order."""
    try:
        stage = Usd.Stage.Open(str(path))
    except Tf.ErrorException as error:
        return [message("it cannot be opened (%(error)s)", error=str(error).splitlines()[0])]
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    return sorted(f"{error.GetName()}: {error.GetMessage()}" for error in errors)
