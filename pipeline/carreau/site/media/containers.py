"""Films and sounds of phones as MP4: the tracks are copied, without what the phone wrote about them.

mediabunny writes the container (npm, MPL-2.0). H.264 and AAC are copied; uncompressed sound becomes AAC. Nothing here
decodes H.265, ALAC or AAC: the programs that do are GPL, or not free of patents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from carreau.base.errors import FormatError, ToolError
from carreau.base.messages import message
from carreau.base.tools import node_module, run_script
from carreau.catalogue.probe.mp4 import read_mp4

COPIED = frozenset({"avc1", "avc3", "mp4a", "Opus"})
ENCODED = frozenset({"lpcm", "sowt", "twos", "in24", "in32", "fl32", "fl64", "ulaw", "alaw"})
"""Uncompressed sound, as QuickTime names it."""

_DATA = frozenset({"mebx", "tmcd", "tx3g", "text", "gpmd", "camm", "rtmd"})
"""Tracks that are neither picture nor sound; they are left out."""

EXPORT_FILM = message(
    "on an iPhone choose Settings, Camera, Formats, Most Compatible before filming; or export it as MP4 with H.264 and "
    "AAC"
)
EXPORT_SOUND = message("export it as WAV, FLAC or MP3")


def as_mp4(path: Path, tags: Mapping[str, Any] | None = None) -> bytes:
    """Return an MP4 with the tracks of an MP4, M4A or MOV; the same file gives the same bytes.

    tags : what is written into it, nothing where it is None
    Raises FormatError where a track cannot be copied, ToolError where Node.js or mediabunny is missing.
    """
    try:
        look = read_mp4(path)
    except (ValueError, OSError, IndexError) as error:
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again, or copy it again")) from error
    cure = EXPORT_FILM if look.width else EXPORT_SOUND
    foreign = [each for each in look.codecs if each not in COPIED | ENCODED | _DATA]
    if foreign:
        raise FormatError(path, "", message("not every phone plays its codec %(codec)s", codec=foreign[0]), cure)
    modules = node_module("mediabunny").parent
    node_module("@mediabunny/aac-encoder")
    try:
        return run_script("sound.mjs", str(modules), "mp4", json.dumps(tags or {}), data=path.read_bytes())
    except ToolError as error:
        raise FormatError(path, "", message("its tracks cannot be copied"), cure) from error
