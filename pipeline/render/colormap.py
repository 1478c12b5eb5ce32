"""Paint numbers so that equal steps look equal to every eye: from dark blue to yellow."""

from __future__ import annotations

import numpy as np

from pipeline.model import ByteArray, FloatArray

RAMP = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
)  # fmt: skip
"""Ten even steps of cividis, uniform for normal and for colour-deficient sight: Nuñez, Anderton & Renslow 2018,
doi:10.1371/journal.pone.0199239."""

_STEPS = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in RAMP], np.float32)


def painted(values: FloatArray, top: float) -> ByteArray:
    """Return (h, w, 4) uint8 colours with alpha of values (h, w): 0 dark blue, `top` and more yellow, NaN nothing."""
    known = ~np.isnan(values)
    share = np.clip(np.where(known, values, 0) / top, 0, 1) * (len(RAMP) - 1)
    low = np.minimum(share.astype(np.intp), len(RAMP) - 2)
    part = (share - low)[..., None].astype(np.float32)
    pixels = np.zeros((*values.shape, 4), np.uint8)
    pixels[..., :3] = np.rint(_STEPS[low] * (1 - part) + _STEPS[low + 1] * part)
    pixels[..., 3] = 255
    pixels[~known] = 0
    return pixels
