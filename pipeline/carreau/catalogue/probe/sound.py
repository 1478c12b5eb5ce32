"""Sounds: format and duration."""

from __future__ import annotations

from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import Number, message, plural_message
from carreau.catalogue.probe.media_info import MediaInfo, checked_media_type
from carreau.catalogue.probe.mp4 import read_mp4

AAC = "audio/mp4"
LONGEST_S = 1800.0
"""Half an hour: its samples take 350 MB, and visitors do not listen longer."""


def probe_sound(path: Path) -> MediaInfo:
    """Probe a sound by its header; raises FormatError if it cannot be converted for the web."""
    media_type = checked_media_type(path)
    duration_s, channels = _tracks(path) if media_type == AAC else _header(path)
    if channels > 2:
        cause = plural_message("it has %(count)s channel", "it has %(count)s channels", channels)
        raise FormatError(path, "", cause, message("mix it down to stereo or mono"))
    if duration_s <= 0:
        raise FormatError(path, "", message("it has no audio"), message("export it again"))
    if duration_s > LONGEST_S:
        cause = message("it lasts %(minutes)s minutes, more than 30", minutes=Number(duration_s / 60, ",.1f"))
        raise FormatError(path, "", cause, message("cut it into parts"))
    return MediaInfo(media_type, duration_s=duration_s)


def _tracks(path: Path) -> tuple[float, int]:
    """Return the duration of an M4A; its channels are not looked at, because it is published as it is."""
    try:
        look = read_mp4(path)
    except (ValueError, OSError, IndexError) as error:
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again as FLAC or WAV")) from error
    foreign = [each for each in look.codecs if each != "mp4a"]
    if look.width or foreign:
        cause = message("not every phone plays its codec %(codec)s", codec=(foreign or look.codecs)[0])
        raise FormatError(path, "", cause, message("export it again as FLAC or WAV"))
    return look.duration_s, 2


def _header(path: Path) -> tuple[float, int]:
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError) as error:
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again as FLAC or WAV")) from error
    return info.frames / info.samplerate, info.channels
