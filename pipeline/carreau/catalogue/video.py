"""Films and sounds, whether every phone plays them as they are, and their captions in WebVTT."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import Message, Number, message, plural_message
from carreau.base.tools import require_sounds
from carreau.catalogue.media import MediaInfo, checked_media_type, read_head, sniff_media_type

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


AAC = "audio/mp4"
LONGEST_S = 1800.0
"""Half an hour: its samples take 350 MB, and visitors do not listen longer."""


def probe_sound(path: Path) -> MediaInfo:
    """Probe a sound by its header; raises FormatError if it cannot be converted, PartError if nothing can."""
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
    require_sounds()
    import soundfile

    try:
        info = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError) as error:
        cause = message("its header is corrupt or truncated")
        raise FormatError(path, "", cause, message("export it again as FLAC or WAV")) from error
    return info.frames / info.samplerate, info.channels


_MOST_BYTES = 64 << 20
"""Of `moov`: an hour of film has about 2 MB there."""

_DEEPEST = 8
_INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
Box = tuple[bytes, bytes]


def read_mp4(path: Path) -> MediaInfo:
    """Return size, duration and codecs of an MP4; raises ValueError or OSError where its header makes no sense."""
    with path.open("rb") as file:
        movie = _movie(file)
    duration_s, width, height, codecs = 0.0, 0, 0, []
    for kind, body in _boxes(movie):
        if kind == b"mvhd":
            duration_s = _duration(body)
        elif kind == b"tkhd":
            width, height = max((width, height), _size(body))
        elif kind == b"stsd":
            codecs += _codecs(body)
    if not codecs:
        raise ValueError("no track")
    return MediaInfo("video/mp4", width, height, duration_s, tuple(codecs))


def _movie(file: BinaryIO) -> bytes:
    """Return the box `moov`, which many cameras write last."""
    at, end = 0, file.seek(0, 2)
    while at + 8 <= end:
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        if size == 1:
            size = struct.unpack(">Q", file.read(8))[0]
        size = size or end - at
        if size < 8 or at + size > end:
            break
        if kind == b"moov" and size <= _MOST_BYTES:
            file.seek(at)
            return file.read(size)
        at += size
    raise ValueError("no moov")


def _boxes(data: bytes, depth: int = 0) -> Iterator[Box]:
    """Yield the boxes in data, and those nested in container boxes."""
    at = 0
    while at + 8 <= len(data) and depth < _DEEPEST:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = 8
        if size == 1 and at + 16 <= len(data):
            size, start = struct.unpack_from(">Q", data, at + 8)[0], 16
        if size < start or at + size > len(data):
            raise ValueError("a box is longer than what holds it")
        body = data[at + start : at + size]
        yield kind, body
        if kind in _INSIDE:
            yield from _boxes(body, depth + 1)
        at += size


def _duration(body: bytes) -> float:
    form = ">8xIQ" if body[:1] == b"\1" else ">8xII"
    scale, units = struct.unpack_from(form, body, 4 + (8 if body[:1] == b"\1" else 0))
    return float(units / scale) if scale else 0.0


def _size(body: bytes) -> tuple[int, int]:
    """Return the size a track is shown at: the last two numbers of `tkhd`, in 16.16, its matrix before them."""
    if len(body) < 44:
        raise ValueError("tkhd is cut short")
    a, b = struct.unpack_from(">ii", body, len(body) - 44)
    width, height = (number >> 16 for number in struct.unpack_from(">II", body, len(body) - 8))
    return (height, width) if a == 0 and b != 0 else (width, height)


def _codecs(body: bytes) -> list[str]:
    return [kind.decode("latin-1") for kind, _ in _boxes(body[8:])]


_HEADER_BYTES = 4 << 20
"""Info and Tracks come before the first Cluster."""

SEGMENT, INFO, TRACKS, ENTRY, VIDEO, CLUSTER = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0, 0x1F43B675
SCALE, DURATION, CODEC, WIDTH, HEIGHT = 0x2AD7B1, 0x4489, 0x86, 0xB0, 0xBA
_EBML_INSIDE = {SEGMENT, INFO, TRACKS, ENTRY, VIDEO}
_EBML_DEEPEST = 6


def read_matroska(path: Path) -> MediaInfo:
    """Return size, duration and codecs of a WebM; raises ValueError or IndexError where its header is invalid."""
    with path.open("rb") as file:
        data = file.read(_HEADER_BYTES)
    scale, length, width, height = 1_000_000, 0.0, 0, 0
    codecs = []
    for name, body in _elements(data):
        if name == SCALE:
            scale = int.from_bytes(body)
        elif name == DURATION:
            length = struct.unpack(">f" if len(body) == 4 else ">d", body[:8].rjust(4 if len(body) == 4 else 8, b"\0"))[
                0
            ]
        elif name == CODEC:
            codecs.append(" ".join(body.rstrip(b"\0").decode("latin-1").split()))
        elif name == WIDTH:
            width = max(width, int.from_bytes(body))
        elif name == HEIGHT:
            height = max(height, int.from_bytes(body))
    if not codecs:
        raise ValueError("no track")
    return MediaInfo("video/webm", width, height, length * scale / 1e9, tuple(codecs))


def _elements(data: bytes, depth: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield id and body of elements, and of the elements nested in them, up to the first cluster."""
    at = 0
    while at < len(data) and depth < _EBML_DEEPEST:
        name, at = _number(data, at, keep_marker=True)
        size, at = _number(data, at)
        if name == CLUSTER:
            return
        body = data[at : at + size]
        yield name, body
        if name in _EBML_INSIDE:
            yield from _elements(body, depth + 1)
        at += size


def _number(data: bytes, at: int, keep_marker: bool = False) -> tuple[int, int]:
    """Return a variable-length number, and the position after it."""
    first = data[at]
    count = 9 - first.bit_length()
    if count > 8:
        raise ValueError("no number")
    value = int.from_bytes(data[at : at + count])
    if not keep_marker:
        value &= (1 << 7 * count) - 1
        if value == (1 << 7 * count) - 1:  # of unknown length, as live recordings are: up to the end
            value = len(data)
    return value, at + count


LARGEST_BYTES = 1_000_000
_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+(.*))?")
_SETTING = re.compile(r"(vertical|line|position|size|align|region):\S+")
_NEAR = re.compile(r"(?:\d{1,9}:)?\d{1,9}:\d{1,9}[.,]\d{1,9}")
_TAG = re.compile(r"<[^<>]*>")
_BLOCKS = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True)
class Cue:
    """A caption and its time.

    start_s, end_s : seconds from the beginning
    text : without tags
    line : line number in the file
    """

    start_s: float
    end_s: float
    text: str
    line: int


def read_captions(path: Path) -> tuple[Cue, ...]:
    """Return the cues of a file, at least one; raises FormatError naming the line of the first mistake."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise FormatError(
                path, "", message("it is larger than 1 MB, too large for captions"), message("put the right file there")
            )
        content = path.read_bytes()
    except OSError as error:
        cause = cannot_read(error)
        raise FormatError(path, "", cause, message("check its name and its permissions")) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _wrong(path, line, message("it is not UTF-8"), message("save it as UTF-8")) from error
    return parse_captions(path, text)


def parse_captions(path: Path, text: str) -> tuple[Cue, ...]:
    """Return the cues of a text; path is for messages."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise _wrong(path, 1, message("it does not begin with WEBVTT"), message("write only WEBVTT on the first line"))
    at = next((number for number, each in enumerate(lines) if not each.strip()), len(lines))
    for number, each in enumerate(lines[1:at], 2):
        if "-->" in each:
            cause = message("the first cue directly follows the WEBVTT line")
            raise _wrong(path, number, cause, message("put an empty line between them"))
    cues: list[Cue] = []
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        end = next((number for number in range(at, len(lines)) if not lines[number].strip()), len(lines))
        if not lines[at].startswith(_BLOCKS) or "-->" in lines[at]:
            cues.append(_cue(path, lines[at:end], at + 1, cues[-1] if cues else None))
        at = end
    if not cues:
        raise FormatError(
            path, "", message("it has no cue"), message("write the spoken text as cues, each below its times")
        )
    return tuple(cues)


def overlap_in(cues: Sequence[Cue]) -> tuple[Cue, Cue] | None:
    """Return the first two cues of which the second begins before the first ends, None where there are none.

    >>> overlap_in([Cue(0, 2, "a", 3), Cue(1.5, 4, "b", 6)])
    (Cue(start_s=0, end_s=2, text='a', line=3), Cue(start_s=1.5, end_s=4, text='b', line=6))
    """
    return next(((one, other) for one, other in pairwise(cues) if other.start_s < one.end_s), None)


def _wrong(path: Path, line: int, cause: Message, cure: Message) -> FormatError:
    return FormatError(path, message("line %(line)s", line=line), cause, cure)


def _cue(path: Path, lines: list[str], number: int, before: Cue | None) -> Cue:
    """Return the cue of a block of lines, the first of which is numbered so in the file."""
    place = 0 if "-->" in lines[0] else 1
    line = number + place
    if place >= len(lines) or "-->" not in lines[place]:
        raise _wrong(
            path,
            number,
            message("this text has no times above it"),
            message("write times such as 00:01.000 --> 00:04.000"),
        )
    start_s, end_s = _times(path, lines[place].strip(), line)
    if end_s <= start_s:
        raise _wrong(path, line, message("the cue ends before it begins"), message("swap or correct its times"))
    if before is not None and start_s < before.start_s:
        cause = message("the cue begins before the one on line %(line)s", line=before.line)
        raise _wrong(path, line, cause, message("sort the cues by time"))
    text = " ".join(lines[place + 1 :]).strip()
    if not text:
        raise _wrong(path, line, message("the cue has no text"), message("write its text right below the times"))
    return Cue(start_s, end_s, _TAG.sub("", text), line)


def _times(path: Path, text: str, line: int) -> tuple[float, float]:
    match = _TIMING.fullmatch(text)
    if match is None:
        commas = [each for each in _NEAR.findall(text) if "," in each]
        cause = message("the times have a comma") if commas else message("the times are not valid")
        raise _wrong(path, line, cause, message("write times such as 00:01.000 --> 00:04.000"))
    for setting in (match[9] or "").split():
        if not _SETTING.fullmatch(setting):
            cause = message("'%(setting)s' is not a cue setting", setting=setting[:40])
            raise _wrong(path, line, cause, message("remove it, or write one such as align:start"))
    try:
        return _seconds(match.groups()[:4]), _seconds(match.groups()[4:8])
    except (ValueError, OverflowError) as error:  # an hour with more digits than Python reads
        cause, cure = message("the times are not valid"), message("write times such as 00:01.000 --> 00:04.000")
        raise _wrong(path, line, cause, cure) from error


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
