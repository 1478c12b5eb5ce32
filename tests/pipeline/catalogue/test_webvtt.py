"""Captions are read as browsers read them, and a mistake that browsers pass over is told with its line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carreau.base.errors import FormatError
from carreau.catalogue.video import Cue, parse_captions, read_captions

GOOD = """WEBVTT - La fosse

NOTE
Une remarque

STYLE
::cue { color: white }

1
00:01.000 --> 00:04.000 align:start line:80%
<v Narratrice>Voici le <i>chevalement</i>.

00:00:04.500 --> 00:00:06.000
Deux
lignes.
"""


def test_cues_are_read_with_their_times(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_captions(tmp_path / "a.vtt") == (
        Cue(1.0, 4.0, "Voici le chevalement.", 10),
        Cue(4.5, 6.0, "Deux lignes.", 13),
    )


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("00:01.000 --> 00:02.000\nOui.\n", 1, "it does not begin with WEBVTT"),
        ("WEBVTT\n00:01.000 --> 00:02.000\nOui.\n", 2, "the first cue directly follows the WEBVTT line"),
        ("WEBVTT\n\n00:01,000 --> 00:02,000\nOui.\n", 3, "the times have a comma"),
        ("WEBVTT\n\n1:2.0 --> 00:02.000\nOui.\n", 3, "the times are not valid"),
        ("WEBVTT\n\n00:61.000 --> 00:62.000\nOui.\n", 3, "the times are not valid"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nOui.\n", 3, "the cue ends before it begins"),
        ("WEBVTT\n\n00:03.000 --> 00:04.000\nA\n\n00:01.000 --> 00:02.000\nB\n", 6, "begins before the one on line 3"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\nOui.\n", 3, "the cue has no text"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nOui.\n\nSeul.\n", 6, "this text has no times above it"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000 align=start\nOui.\n", 3, "'align=start' is not a cue setting"),
        ("WEBVTT\n", None, "it has no cue"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int | None, cause: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse_captions(Path("a.vtt"), text)
    assert cause in caught.value.cause
    assert caught.value.place == (f"line {line}" if line else "")


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\n\xe9t\xe9\n")
    with pytest.raises(FormatError, match=r"a\.vtt, line 4: it is not UTF-8; save it as UTF-8"):
        read_captions(tmp_path / "a.vtt")


@given(st.text(st.sampled_from("WEBVTT \n\r0123:.,->é<NOTE"), max_size=80))
def test_any_text_is_captions_or_told(text: str) -> None:
    cues: tuple[Cue, ...] = ()
    with suppress(FormatError):
        cues = parse_captions(Path("a.vtt"), text)
    assert all(cue.start_s < cue.end_s for cue in cues)
