"""Say when a USD stage needs a sample of what a glTF channel does: it goes straight from one sample to the next."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pipeline.formats.gltf.gltf_motion import Channel, Clip

RATE = 30.0
"""Time codes a second: what Quick Look's pictures a second are a multiple of."""

MOST_SAMPLES = 3600
"""Of a spline: two minutes of it. Apple's rule of thumb is ten seconds."""

_JUST_BEFORE_S = 1e-3


def end_time(clip: Clip) -> float:
    """Return the time code at which a clip ends."""
    return clip.duration_s * RATE


def sample_times(channel: Channel) -> list[float]:
    """Return the seconds at which a channel is to be sampled: its keyframes, and what lies between them of a spline.

    A step is two samples a millisecond apart.
    """
    times = [float(time) for time in channel.times]
    if channel.interpolation == "STEP":
        before = [max(later - _JUST_BEFORE_S, (earlier + later) / 2) for earlier, later in pairwise(times)]
        return sorted({*times, *before})
    if channel.interpolation == "CUBICSPLINE" and times[-1] > times[0]:
        count = min(int(np.ceil((times[-1] - times[0]) * RATE)) + 1, MOST_SAMPLES)
        return sorted({*times, *np.linspace(times[0], times[-1], count).tolist()})
    return times
