"""Choose the model that suits whoever asks best: the best one that its device and its limits can carry."""

from __future__ import annotations

from dataclasses import dataclass

from server.asked import Asked
from server.errors import NotThereError, UnfitError

SCREEN = ("desktop", "phone", "preview")
"""Levels for a screen, best first."""
HINTS = ("Save-Data", "Sec-CH-Device-Memory", "Device-Memory")

# Textures of 23 MB on the graphics side are little for 8 GB and much for 2 GB: phones crash on memory before bytes.
_MEMORY_GB = ((1.0, "preview"), (4.0, "phone"))


@dataclass(frozen=True)
class Offer:
    """A level that was built.

    bytes : that go over the wire to whoever asks
    """

    level: str
    sha256: str
    ext: str
    bytes: int
    gpu_bytes: int


def offers(asked: Asked, site: int, state: str) -> list[Offer]:
    """Return the levels of a state."""
    query = "SELECT level, sha256, ext, bytes, brotli_bytes, gpu_bytes FROM level WHERE site = ? AND state = ?"
    return [
        Offer(level, sha256, ext, packed if packed is not None and asked.takes_brotli else size, gpu)
        for level, sha256, ext, size, packed, gpu in asked.bundle.all(query, site, state)
    ]


def ceiling(asked: Asked) -> str:
    """Return the best level for the device that asks, by what it says of itself.

    Whoever saves data sees the preview first.
    """
    if asked.header(b"save-data").strip().lower() == "on":
        return "preview"
    said = asked.header(b"sec-ch-device-memory") or asked.header(b"device-memory")
    try:
        memory_gb = float(said)
    except ValueError:
        return "desktop"
    return next((level for most, level in _MEMORY_GB if memory_gb <= most), "desktop")


def best(asked: Asked, there: list[Offer], use: str, max_bytes: int | None, max_gpu_bytes: int | None) -> Offer:
    """Return the best level; raises NotThereError when none is for this use, UnfitError when all are too large."""
    if use in SCREEN:
        order = SCREEN[max(SCREEN.index(use), SCREEN.index(ceiling(asked))) :]
        # A scan that is smaller than a preview has only larger names: better one of these than none.
        order = (*order, *(level for level in reversed(SCREEN) if level not in order))
    else:
        order = (use,)
    fit = [offer for level in order for offer in there if offer.level == level]
    if not fit:
        raise NotThereError("model")
    for offer in fit:
        if (max_bytes is None or offer.bytes <= max_bytes) and (
            max_gpu_bytes is None or offer.gpu_bytes <= max_gpu_bytes
        ):
            return offer
    least = min(fit, key=lambda offer: (offer.bytes, offer.gpu_bytes))
    values = {"bytes": least.bytes, "gpu_bytes": least.gpu_bytes}
    raise UnfitError("unfit", values, headers={"Vary": "Accept-Encoding"})
