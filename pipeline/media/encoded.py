"""Hold one form of a medium as bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pipeline.media.probe.look import ENDINGS

ENDING_OF = {**{kind: endings[0][1:] for kind, endings in ENDINGS.items()}, "audio/webm": "webm", "text/vtt": "vtt"}


@dataclass(frozen=True)
class Encoded:
    """A file that is not written yet.

    width, height : pixels, None of sounds and texts
    codec : as in a `codecs` parameter of a media type, of sounds and films
    """

    media_type: str
    content: bytes
    width: int | None = None
    height: int | None = None
    codec: str = ""

    @property
    def sha256(self) -> str:
        """Return the digest that names it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Picture:
    """A picture made ready.

    forms : each width in each format, best format first, smallest width first
    placeholder : a data address of some hundred bytes
    """

    width: int
    height: int
    forms: tuple[Encoded, ...]
    placeholder: str


@dataclass(frozen=True)
class Sound:
    """A sound made ready; forms best first."""

    duration_s: float
    forms: tuple[Encoded, ...]
