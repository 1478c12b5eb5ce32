"""Linear light of pictures in sRGB (IEC 61966-2-1), and back."""

from __future__ import annotations

import numpy as np

from carreau.air.airborne.trees.greens import LUMA
from carreau.base.model import ByteArray, FloatArray

_CODED = np.arange(256) / 255
_LINEAR = np.where(_CODED <= 0.04045, _CODED / 12.92, ((_CODED + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_light(pixels: ByteArray) -> FloatArray:
    """Return linear light (…) float32, 0 to 1, of sRGB (…) uint8."""
    return np.asarray(_LINEAR[pixels])


def srgb(light: FloatArray) -> ByteArray:
    """Return sRGB (…) uint8 of linear light (…), clipped to 0 and 1."""
    values = np.clip(light, 0, 1)
    coded = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** np.float32(1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * coded).astype(np.uint8))


def brightness(light: FloatArray) -> FloatArray:
    """Return the brightness (…) of light (…, 3)."""
    return np.asarray(light @ LUMA)


def blueness(light: FloatArray) -> FloatArray:
    """Return by how much (…) blue exceeds red, as a share of all light (…, 3)."""
    return np.asarray((light[..., 2] - light[..., 0]) / np.maximum(light.sum(axis=-1), np.float32(1e-4)))
