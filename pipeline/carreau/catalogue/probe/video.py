"""Videos: whether every phone plays them as they are, because they are not transcoded."""

from __future__ import annotations

from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.catalogue.probe.matroska import read_matroska
from carreau.catalogue.probe.media_info import MediaInfo, checked_media_type, read_head, sniff_media_type
from carreau.catalogue.probe.mp4 import read_mp4

PLAYED = {
    "video/mp4": frozenset({"avc1", "avc3", "mp4a", "Opus"}),
    "video/webm": frozenset({"V_VP8", "V_VP9", "V_AV1", "A_OPUS", "A_VORBIS"}),
}
"""Codecs that phones play, by container; H.265 plays on some of them only."""

_EXPORT = message("export it as MP4 with H.264 and AAC, at 720p")


def probe_video(path: Path) -> MediaInfo:
    """Probe a video by its header; raises FormatError if some phones cannot play it."""
    inside = sniff_media_type(read_head(path))
    if inside.startswith("video/") and inside not in PLAYED:
        raise FormatError(path, "", message("phones do not play %(format)s", format=inside), _EXPORT)
    media_type = checked_media_type(path)
    try:
        info = read_mp4(path) if media_type == "video/mp4" else read_matroska(path)
    except (ValueError, OSError, IndexError) as error:
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again, or copy it again")) from error
    foreign = [codec for codec in info.codecs if codec not in PLAYED[media_type]]
    if foreign:
        raise FormatError(path, "", message("not every phone plays its codec %(codec)s", codec=foreign[0]), _EXPORT)
    if not info.width or not info.height:
        raise FormatError(
            path, "", message("it has no video track"), message("declare it as a sound, or export it again")
        )
    return info
