"""Read captions in WebVTT (W3C, www.w3.org/TR/webvtt1), strictly: browsers drop a wrong cue without a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FormatError
from pipeline.messages import Message, message

LARGEST_BYTES = 1_000_000
_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t]+(.*))?")
_SETTING = re.compile(r"(vertical|line|position|size|align|region):\S+")
_NEAR = re.compile(r"(?:\d+:)?\d+:\d+[.,]\d+")
_TAG = re.compile(r"<[^>]*>")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_EXAMPLE = "00:01.000 --> 00:04.000"


@dataclass(frozen=True)
class Cue:
    """What is shown, and when.

    start_s, end_s : seconds from the beginning
    text : without tags
    line : where it is written
    """

    start_s: float
    end_s: float
    text: str
    line: int


def read_captions(path: Path) -> tuple[Cue, ...]:
    """Return the cues of a file, at least one; raises FormatError naming the line of the first mistake."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            cause = message("the file is over %(limit)s MB", limit=LARGEST_BYTES // 10**6)
            raise FormatError(path, "", cause, message("check that it is the right file"))
        content = path.read_bytes()
    except OSError as error:
        cause = message("the file cannot be opened: %(error)s", error=error.strerror or str(error))
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
        cause = message("the file does not start with WEBVTT")
        raise _wrong(path, 1, cause, message("write WEBVTT on a line of its own"))
    at = next((number for number, each in enumerate(lines) if not each.strip()), len(lines))
    for number, each in enumerate(lines[1:at], 2):
        if "-->" in each:
            cause = message("there is no empty line between WEBVTT and the first cue")
            raise _wrong(path, number, cause, message("insert one"))
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
        cause, cure = message("it contains no cues"), message("write the text of each cue below its times")
        raise FormatError(path, "", cause, cure)
    return tuple(cues)


def _wrong(path: Path, line: int, cause: Message, cure: Message) -> FormatError:
    return FormatError(path, message("line %(line)s", line=line), cause, cure)


def _cue(path: Path, lines: list[str], number: int, before: Cue | None) -> Cue:
    """Return the cue of a block of lines, the first of which is numbered so in the file."""
    place = 0 if "-->" in lines[0] else 1
    line = number + place
    if place >= len(lines) or "-->" not in lines[place]:
        cause = message("there are no times above this text")
        raise _wrong(path, number, cause, message("write %(example)s", example=_EXAMPLE))
    start_s, end_s = _times(path, lines[place].strip(), line)
    if end_s <= start_s:
        raise _wrong(path, line, message("the cue ends before it starts"), message("correct its times"))
    if before is not None and start_s < before.start_s:
        cause = message("the cue starts before that of line %(line)s", line=before.line)
        raise _wrong(path, line, cause, message("sort the cues by their times"))
    text = " ".join(lines[place + 1 :]).strip()
    if not text:
        cause = message("the cue has no text")
        raise _wrong(path, line, cause, message("write the text directly below the times"))
    return Cue(start_s, end_s, _TAG.sub("", text), line)


def _times(path: Path, text: str, line: int) -> tuple[float, float]:
    match = _TIMING.fullmatch(text)
    if match is None:
        commas = [each for each in _NEAR.findall(text) if "," in each]
        cause = message("the times contain a comma") if commas else message("the format of the times is wrong")
        raise _wrong(path, line, cause, message("write %(example)s", example=_EXAMPLE))
    for setting in (match[9] or "").split():
        if not _SETTING.fullmatch(setting):
            cause = message("'%(setting)s' is not a cue setting", setting=setting[:40])
            raise _wrong(path, line, cause, message("remove it, or write one such as align:start"))
    return _seconds(match.groups()[:4]), _seconds(match.groups()[4:8])


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
