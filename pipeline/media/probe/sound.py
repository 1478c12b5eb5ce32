"""Look at a sound: what it is, and how long."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import FormatError
from pipeline.media.probe.look import Look, true_kind

LONGEST_S = 1800.0
"""Half an hour: as samples it has 350 MB, and nobody stands still that long."""


def look_at_sound(path: Path) -> Look:
    """Return what a sound is, from its header; raises FormatError where it cannot be made into one for the web."""
    media_type = true_kind(path)
    duration_s, channels = _header(path)
    if channels > 2:
        raise FormatError(path, "", f"it has {channels} channels", "mix it down to stereo or mono")
    if duration_s <= 0:
        raise FormatError(path, "", "it holds no sound", "export it again")
    if duration_s > LONGEST_S:
        raise FormatError(path, "", f"it lasts {duration_s / 60:,.1f} minutes, over 30", "cut it into parts")
    return Look(media_type, duration_s=duration_s)


def _header(path: Path) -> tuple[float, int]:
    import soundfile

    try:
        found = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError) as error:
        raise FormatError(path, "", "its header is broken", "export it again as FLAC or WAV") from error
    return found.frames / found.samplerate, found.channels
