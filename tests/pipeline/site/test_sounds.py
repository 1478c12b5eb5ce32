"""A sound comes out as Opus and AAC, as loud as the others, with its credit, the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carreau.base.errors import FormatError
from carreau.base.tools import node_modules
from carreau.catalogue.media import sniff_media_type
from carreau.catalogue.video import read_matroska, read_mp4
from carreau.site.renditions import Attribution
from carreau.site.sounds import PEAK_DBTP, TARGET_LUFS, level_samples, loudness_lufs, make_sound, true_peak_dbtp
from tests.conftest import need
from tests.pipeline.site.media_files import flac, tone

CREDIT = Attribution("Équipe d’été", "CC0-1.0", title="Une cloche")


@pytest.fixture(autouse=True)
def _encoder() -> None:
    need((node_modules() / "mediabunny").is_dir(), "the sound encoder is not installed: make setup")


def stereo(seconds: float, rate_hz: int) -> np.ndarray:
    return np.stack([tone(seconds, rate_hz), 0.5 * tone(seconds, rate_hz)], axis=1)


@pytest.mark.parametrize(("rate_hz", "name"), [(48_000, "a.flac"), (22_050, "b.flac")])
def test_it_comes_out_as_opus_and_aac(tmp_path: Path, rate_hz: int, name: str) -> None:
    made = make_sound(flac(tmp_path / name, stereo(2.0, rate_hz), rate_hz), CREDIT)
    assert made.duration_s == 2.0
    opus, aac = made.forms
    assert (opus.media_type, opus.codec) == ("audio/webm", "opus")
    assert (aac.media_type, aac.codec) == ("audio/mp4", "mp4a.40.2")
    (tmp_path / "a.webm").write_bytes(opus.content)
    (tmp_path / "a.m4a").write_bytes(aac.content)
    assert sniff_media_type(opus.content[:1024]) == "video/webm"  # the container is that of films
    assert read_matroska(tmp_path / "a.webm").codecs == ("A_OPUS",)
    assert read_mp4(tmp_path / "a.m4a").codecs == ("mp4a",)
    assert read_matroska(tmp_path / "a.webm").duration_s == pytest.approx(2.0, abs=0.05)
    assert read_mp4(tmp_path / "a.m4a").duration_s == pytest.approx(2.0, abs=0.05)
    for form in made.forms:
        assert "Équipe d’été, CC0-1.0".encode() in form.content
        assert len(form.content) < 40_000


def test_the_same_sound_is_the_same_bytes(tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", tone(0.5))
    assert make_sound(path, CREDIT) == make_sound(path, CREDIT)


def test_what_is_cut_short_is_told(tmp_path: Path) -> None:
    path = flac(tmp_path / "a.flac", np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32))
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(FormatError, match=r"a\.flac: its audio data is corrupt or truncated"):
        make_sound(path, CREDIT)


def test_loudness_is_that_of_the_standard() -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS has -23 LUFS; one channel alone has 3 less."""
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(48_000 * 20) / 48_000)
    both = np.stack([sine, sine], axis=1).astype(np.float32)
    assert loudness_lufs(both) == pytest.approx(-23.0, abs=0.1)
    assert loudness_lufs(both[:, :1]) == pytest.approx(-26.0, abs=0.1)
    assert loudness_lufs(np.zeros((48_000, 1), np.float32)) == -np.inf


def test_silence_between_does_not_count() -> None:
    """EBU Tech 3341, case 3: ten seconds at -36, a minute at -23 and ten at -36 have -23 LUFS."""
    t = np.arange(48_000 * 80) / 48_000
    level = np.where((t < 10) | (t >= 70), -36, -23)
    sine = (10 ** (level / 20) * np.sin(2 * np.pi * 1000 * t)).astype(np.float32)
    assert loudness_lufs(np.stack([sine, sine], axis=1)) == pytest.approx(-23.0, abs=0.1)


def test_a_faint_sound_is_raised_by_twenty_decibels_and_no_more() -> None:
    faint = tone(2.0, level=0.0005)[:, None]
    assert loudness_lufs(faint) < TARGET_LUFS - 40
    np.testing.assert_allclose(level_samples(faint), 10 * faint, rtol=1e-6)


def test_sounds_are_levelled_without_clipping() -> None:
    quiet = level_samples(tone(2.0, level=0.05)[:, None])
    assert loudness_lufs(quiet) == pytest.approx(TARGET_LUFS, abs=0.1)
    loud = np.zeros((96_000, 1), np.float32)
    loud[::4800] = 0.9
    assert true_peak_dbtp(level_samples(loud)) <= PEAK_DBTP + 0.01
    nothing = np.zeros((1000, 1), np.float32)
    assert np.array_equal(level_samples(nothing), nothing)
