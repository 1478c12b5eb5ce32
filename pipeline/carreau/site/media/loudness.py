"""Level a sound: as loud as the others, without clipping (ITU-R BS.1770-4, as EBU R 128 uses it)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly, sosfilt

from carreau.base.model import FloatArray

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


def levelled(samples: FloatArray) -> FloatArray:
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
