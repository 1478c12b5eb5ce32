"""Simulate the sound of a winding: three strokes of a bell, then an engine that sets off, runs and stops."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from assets.demonstration.replacing import replace_file

NAME = "winding-engine-simulated"
RATE_HZ = 24_000
BELL_S, ENGINE_S, SEED = 2.6, 14.0, 59
STROKES_S = (0.1, 0.75, 1.4)
PARTIALS = ((1.0, 1.0, 2.2), (2.76, 0.6, 1.3), (5.4, 0.35, 0.7), (8.93, 0.2, 0.4))
"""Of a struck plate: multiple of the lowest pitch, share, and seconds until it has faded to a third."""

PITCH_HZ = 784.0
FASTEST_HZ = 3.4
"""Strokes of steam a second at full speed."""

Wave = NDArray[np.float64]


def make_winding_sound(folder: Path) -> Path:
    """Write the sound into a folder and return its FLAC; the same bytes every time."""
    stream = io.BytesIO()
    soundfile.write(stream, winding(), RATE_HZ, format="FLAC", subtype="PCM_16")
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / f"{NAME}.flac", stream.getvalue())
    return folder / f"{NAME}.flac"


def winding() -> Wave:
    """Return samples -1..1 at RATE_HZ."""
    rng = np.random.default_rng(SEED)
    made = np.zeros(int((BELL_S + ENGINE_S) * RATE_HZ))
    for start_s in STROKES_S:
        _add(made, 0.5 * _stroke(), start_s)
    _add(made, _engine(rng), BELL_S)
    values: Wave = np.tanh(1.2 * made / np.abs(made).max()) * 0.8
    return values


def _add(made: Wave, sound: Wave, start_s: float) -> None:
    first = int(start_s * RATE_HZ)
    last = min(first + len(sound), len(made))
    made[first:last] += sound[: last - first]


def _stroke() -> Wave:
    t = np.arange(int(2.5 * RATE_HZ)) / RATE_HZ
    rings = (share * np.sin(2 * np.pi * PITCH_HZ * ratio * t) * np.exp(-t / fade) for ratio, share, fade in PARTIALS)
    values: Wave = np.sum(list(rings), axis=0) * np.minimum(t / 0.002, 1)
    return values


def _engine(rng: np.random.Generator) -> Wave:
    """Return puffs of steam whose pace rises and falls, over the hum of ropes and drum."""
    t = np.arange(int(ENGINE_S * RATE_HZ)) / RATE_HZ
    speed = np.clip(np.minimum(t / 4.0, (ENGINE_S - 0.6 - t) / 3.0), 0, 1)
    phase = np.cumsum(0.35 + (FASTEST_HZ - 0.35) * speed) / RATE_HZ
    puff = np.exp(-7.0 * (phase % 1)) * np.minimum((phase % 1) / 0.03, 1)
    steam = _softened(rng.standard_normal(len(t)), 9) - _softened(rng.standard_normal(len(t)), 90)
    thump = np.sin(2 * np.pi * 52 * t) * np.exp(-9.0 * (phase % 1))
    turning = np.cumsum(38 + 60 * speed) / RATE_HZ
    hum = np.sin(2 * np.pi * turning) + 0.5 * np.sin(4 * np.pi * turning + 0.4)
    rumble = _softened(rng.standard_normal(len(t)), 220)
    fade = np.clip(np.minimum(t / 0.5, (ENGINE_S - t) / 0.8), 0, 1)
    moving = np.clip(8 * speed, 0, 1)
    strokes = moving * (0.55 * steam * puff + 0.35 * thump)
    values: Wave = fade * (strokes + speed * (0.12 * hum + 0.8 * rumble))
    return values


def _softened(noise: Wave, width: int) -> Wave:
    """Return noise without what is faster than a few samples: the mean of each sample's surroundings."""
    sums = np.cumsum(np.concatenate([np.zeros(width), noise]))
    values: Wave = (sums[width:] - sums[:-width]) / np.sqrt(width)
    return values
