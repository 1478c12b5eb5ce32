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
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from carreau.base.errors import FormatError
from carreau.base.messages import message
from carreau.base.model import FloatArray
from carreau.base.tools import node_module, run_script
from carreau.catalogue.probe.sound import AAC, probe_sound
from carreau.site.media.attribution import Attribution, tags
from carreau.site.media.containers import as_mp4
from carreau.site.media.loudness import RATE_HZ, levelled
from carreau.site.media.renditions import EncodedFile, Sound

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
    samples = levelled(_decoded(path))
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


def _decoded(path: Path) -> FloatArray:
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
