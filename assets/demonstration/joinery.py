"""Windows, doors, gates and shutters, painted in their openings."""

from __future__ import annotations

import numpy as np

from assets.demonstration.colors import Values, line, mixed, ramp, srgb
from assets.demonstration.noise import chances, smooth_noise
from carreau.base.model import FloatArray

GLASS, SKY, LACE = srgb(28, 34, 40), srgb(150, 172, 190), srgb(214, 208, 196)
IRON, WHITE, TIMBER = srgb(58, 66, 62), srgb(216, 212, 200), srgb(92, 66, 46)
HOUSE_COLORS = np.stack(
    [srgb(52, 92, 84), srgb(122, 48, 40), srgb(58, 82, 122), srgb(124, 104, 62), srgb(64, 98, 62), srgb(88, 84, 78)]
)
TEXEL_M = 0.017


def _bars(across: FloatArray, spacing: float, width: float) -> FloatArray:
    offset = (across / spacing - np.rint(across / spacing)) * spacing
    return line(offset, width, TEXEL_M)


def _glass(x: FloatArray, y: FloatArray, pane_m: float, seed: int) -> FloatArray:
    cell_x, cell_y = np.floor(x / pane_m).astype(np.int64), np.floor(y / pane_m).astype(np.int64)
    value = chances(seed, cell_x, cell_y)
    tilt = smooth_noise(np.stack([x, y, value * 9], axis=1), 1.4, seed, 2)
    return mixed(GLASS, SKY, 0.50 * ramp(tilt + 0.35 * (value - 0.5), 0.35, 0.85))


def iron_window(x: FloatArray, y: FloatArray, edge: FloatArray, seed: int) -> FloatArray:
    """Return (k, 3): many small panes in iron bars, some missing; edge (k,) metres to the opening's rim."""
    broken = chances(seed + 5, np.floor(x / 0.37 + 0.5).astype(np.int64), np.floor(y / 0.46).astype(np.int64)) > 0.9
    colors = _glass(x, y, 0.4, seed)
    colors[broken] = GLASS * 0.35
    frame = np.maximum(_bars(x + 0.185, 0.37, 0.035), _bars(y, 0.46, 0.035))
    return mixed(colors, IRON, np.maximum(frame, ramp(edge, 0.10, 0.06)))


def sash_window(x: FloatArray, y: FloatArray, edge: FloatArray, low: float, high: float, seed: int) -> FloatArray:
    """Return (k, 3): white casements with lace behind the glass."""
    colors = _glass(x, y, 0.5, seed)
    hem = low + (high - low) * (0.34 + 0.025 * np.cos(x * 50) ** 2)
    veil = 0.55 + 0.3 * smooth_noise(np.stack([x * 6, y * 0.6, x * 0], axis=1), 2.0, seed + 1, 2)
    curtain = np.where((y > hem) | (np.abs(x) > 0.36), veil, 0).astype(np.float32)
    colors = mixed(colors, LACE * 0.62, curtain * 0.75)
    cross = np.maximum(line(x, 0.075, TEXEL_M), line(y - (low + 0.68 * (high - low)), 0.06, TEXEL_M))
    return mixed(colors, WHITE, np.maximum(cross, ramp(edge, 0.095, 0.07)))


def house_door(x: FloatArray, y: FloatArray, edge: FloatArray, low: float, house: int) -> FloatArray:
    """Return (k, 3): a panelled door under a fanlight."""
    paint = HOUSE_COLORS[house % len(HOUSE_COLORS)]
    grain = 0.82 + 0.36 * smooth_noise(np.stack([x * 8, y * 0.7, x * 0 + house], axis=1), 3.0, 61, 3)
    colors = (paint * grain[:, None]).astype(np.float32)
    panel_y = np.abs(((y - low - 0.06) / 0.9) % 1 - 0.5) * 0.9
    panel_x = np.abs(np.abs(x) - 0.21)
    groove = np.maximum(line(panel_x - 0.13, 0.03, TEXEL_M), line(panel_y - 0.36, 0.03, TEXEL_M))
    inside = (panel_x < 0.15) & (panel_y < 0.38)
    colors = mixed(colors, paint * 0.35, groove * inside)
    colors = np.where((y > low + 1.86)[:, None], _glass(x, y, 0.3, 62 + house), colors)
    knob = np.hypot(x - 0.36, y - low - 1.0) < 0.035
    colors[knob] = srgb(190, 160, 90)
    rail = np.maximum(line(y - low - 1.86, 0.07, TEXEL_M), ramp(edge, 0.085, 0.06))
    return mixed(colors, WHITE * 0.9, rail)


def timber_gate(x: FloatArray, y: FloatArray, edge: FloatArray) -> FloatArray:
    """Return (k, 3): two leaves of boards with ledges and strap hinges."""
    board = np.floor(x / 0.17)
    tone = 0.7 + 0.5 * chances(63, board.astype(np.int64))
    grain = 0.8 + 0.4 * smooth_noise(np.stack([x * 9, y * 0.5, board], axis=1), 2.0, 64, 3)
    colors = mixed(TIMBER, srgb(74, 92, 82), np.float32(0.55) * np.ones_like(x)) * (tone * grain)[:, None]
    colors = mixed(colors.astype(np.float32), GLASS * 0.4, np.maximum(_bars(x, 0.17, 0.014), line(x, 0.035, TEXEL_M)))
    strap = np.minimum(np.minimum(np.abs(y - 0.6), np.abs(y - 1.9)), np.abs(y - 3.0))
    colors = mixed(colors, IRON * 0.5, line(strap, 0.09, TEXEL_M) * (np.abs(x) > 0.3))
    return mixed(colors, TIMBER * 0.5, ramp(edge, 0.12, 0.08))


def shutter(x: Values, y: FloatArray, house: int) -> FloatArray:
    """Return (k, 3): louvres in the house's colour; x (k,) metres from the leaf's middle."""
    paint = HOUSE_COLORS[house % len(HOUSE_COLORS)] * 1.1
    slat = (y / 0.06) % 1
    worn = 0.8 + 0.4 * smooth_noise(np.stack([x, y, x * 0 + house], axis=1), 7.0, 65, 3)
    colors = paint * ((0.62 + 0.5 * slat) * worn)[:, None]
    return mixed(colors.astype(np.float32), paint * 0.9, (np.abs(x) > 0.2).astype(np.float32))
