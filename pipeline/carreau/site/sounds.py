"""Convert sounds for the web: Opus and AAC, with normalised loudness and attribution.

Opus is in WebM, which Safari plays since iOS 15; it plays Ogg since iOS 18.4 only. AAC in MP4 is for older devices.

An M4A holds AAC already, which nothing here decodes: its packets are copied, at the loudness that they have.

libsndfile encodes Opus; FFmpeg's own AAC encoder runs as WebAssembly (npm `@mediabunny/aac-encoder`, MPL-2.0, built
from FFmpeg without its GPL parts), and mediabunny writes both containers. PyAV does all of it, but its wheels
contain x264 and x265, which are GPL.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly, sosfilt

from carreau.base.errors import FormatError, ToolError
from carreau.base.messages import message
from carreau.base.model import FloatArray
from carreau.base.tools import node_module, run_script
from carreau.catalogue.video import AAC, probe_sound, read_mp4
from carreau.site.renditions import Attribution, EncodedFile, Sound, tags

OPUS_BITS, AAC_BITS = 40_000, 64_000
"""Bits per second and channel; speech is clear at less than half of it."""

_LEAST_BITS, _MOST_BITS = 6_000, 256_000
"""Bit rates of libsndfile's compression levels 1 and 0 in Opus."""


def make_sound(path: Path, credit: Attribution) -> Sound:
    """Return the forms of a sound; the same file gives the same bytes.

    Raises FormatError where it cannot be decoded, ToolError where the encoder is missing.
    """
    look = probe_sound(path)
    if look.media_type == AAC:
        copied = EncodedFile(AAC, as_mp4(path, tags(credit)), codec="mp4a.40.2")
        return Sound(round(look.duration_s, 3), (copied,))
    samples = level_samples(_decode(path))
    forms = (
        EncodedFile("audio/webm", _opus(samples, credit), codec="opus"),
        EncodedFile("audio/mp4", _aac(samples, credit), codec="mp4a.40.2"),
    )
    return Sound(round(len(samples) / RATE_HZ, 3), forms)


def sound_as_it_is(path: Path, credit: Attribution) -> Sound:  # noqa: ARG001 - called in place of `make_sound`
    """Return a sound in its own form, as a preview plays it until the others are there.

    Raises FormatError for one that cannot be converted.
    """
    look = probe_sound(path)
    return Sound(round(look.duration_s, 3), (EncodedFile(look.media_type, path.read_bytes()),))


def _decode(path: Path) -> FloatArray:
    """Return (n, 1 or 2) samples at 48 kHz; both channels as one where they are the same."""
    try:
        samples, rate_hz = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise FormatError(
            path, "", message("its audio data is corrupt or truncated"), message("export it again")
        ) from error
    if not len(samples) or not np.isfinite(samples).all():
        raise FormatError(path, "", message("its audio data is corrupt or truncated"), message("export it again"))
    if samples.shape[1] == 2 and np.array_equal(samples[:, 0], samples[:, 1]):
        samples = samples[:, :1]
    step = np.gcd(rate_hz, RATE_HZ)
    values = samples if rate_hz == RATE_HZ else resample_poly(samples, RATE_HZ // step, rate_hz // step, axis=0)
    resampled: FloatArray = np.ascontiguousarray(values, np.float32)
    return resampled


def _opus(samples: FloatArray, credit: Attribution) -> bytes:
    stream = io.BytesIO()
    level = 1 - (OPUS_BITS - _LEAST_BITS) / (_MOST_BITS - _LEAST_BITS)
    soundfile.write(stream, samples, RATE_HZ, format="OGG", subtype="OPUS", compression_level=level)
    # Ogg has a serial number made by chance; in another container the same packets are the same bytes.
    return _run("webm", json.dumps(tags(credit)), data=stream.getvalue())


def _aac(samples: FloatArray, credit: Attribution) -> bytes:
    pcm = np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2")
    channels = samples.shape[1]
    rates = (str(RATE_HZ), str(channels), str(AAC_BITS * channels))
    return _run("aac", json.dumps(tags(credit)), *rates, data=pcm.tobytes())


def _run(what: str, *arguments: str, data: bytes) -> bytes:
    modules = node_module("mediabunny").parent
    node_module("@mediabunny/aac-encoder")
    return run_script("sound.mjs", str(modules), what, *arguments, data=data)


RATE_HZ = 48_000
TARGET_LUFS = -16.0
"""Louder than EBU R 128 wants broadcasts (-23): a phone is listened to outdoors, and has a small loudspeaker."""

PEAK_DBTP = -1.0
"""Of the true peak: encoders overshoot a little."""

MOST_GAIN_DB = 20.0
"""More would raise the noise of a room above its voice."""

_SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621)
"""BS.1770-4, tables 1 and 2: how the head and the ear weigh frequencies, at 48 kHz."""

_HOP = RATE_HZ // 10
_BLOCK_HOPS = 4
_CHUNK = 100 * _HOP
_SILENCE_LUFS, _RELATIVE_LU, _OFFSET = -70.0, -10.0, -0.691


def loudness_lufs(samples: FloatArray) -> float:
    """Return how loud (n, channels) samples at 48 kHz are as a whole; -inf for silence, or less than 0.4 s."""
    energies = _energies(samples)
    if len(energies) < _BLOCK_HOPS:
        return -np.inf
    blocks = np.convolve(energies, np.full(_BLOCK_HOPS, 1 / _BLOCK_HOPS), "valid")
    audible = blocks[_lufs(blocks) > _SILENCE_LUFS]
    if not len(audible):
        return -np.inf
    audible = audible[_lufs(audible) > float(_lufs(audible.mean())) + _RELATIVE_LU]
    return float(_lufs(audible.mean()))


def level_samples(samples: FloatArray) -> FloatArray:
    """Return (n, channels) samples at 48 kHz at the target's loudness, or as near as their peaks allow."""
    loudness = loudness_lufs(samples)
    if not np.isfinite(loudness):
        return samples
    gain_db = min(TARGET_LUFS - loudness, PEAK_DBTP - true_peak_dbtp(samples), MOST_GAIN_DB)
    values: FloatArray = samples * np.float32(10 ** (gain_db / 20))
    return values


def true_peak_dbtp(samples: FloatArray) -> float:
    """Return the highest peak between samples too, over four times as many (BS.1770-4, annex 2)."""
    chunks = (samples[start : start + _CHUNK] for start in range(0, len(samples), _CHUNK))
    peak = max((float(np.abs(resample_poly(chunk, 4, 1, axis=0)).max()) for chunk in chunks), default=0.0)
    return float(20 * np.log10(max(peak, 1e-9)))


def _lufs(energy: NDArray[np.float64]) -> NDArray[np.float64]:
    return _OFFSET + 10 * np.log10(np.maximum(energy, 1e-12))


def _energies(samples: FloatArray) -> NDArray[np.float64]:
    """Return the weighted energy of each tenth of a second, all channels together; a piece at a time, for memory."""
    sections = np.array([_SHELF, _HIGH_PASS])
    state = np.zeros((2, 2, samples.shape[1]))
    energies = []
    for start in range(0, len(samples) - _HOP + 1, _CHUNK):
        chunk = samples[start : start + _CHUNK].astype(np.float64)
        weighted, state = sosfilt(sections, chunk, axis=0, zi=state)
        length = len(weighted) // _HOP * _HOP
        energies.append((weighted[:length] ** 2).reshape(-1, _HOP, samples.shape[1]).mean(axis=1).sum(axis=1))
    return np.concatenate(energies) if energies else np.zeros(0)


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
