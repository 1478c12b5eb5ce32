"""Read captions in WebVTT (W3C, www.w3.org/TR/webvtt1), strictly: browsers drop a wrong cue without a word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from carreau.base.errors import FormatError, cannot_read
from carreau.base.messages import Message, message

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
