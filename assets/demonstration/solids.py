"""Exact triangles of bars, rings and chimneys, for models that are drawn and not scanned.

`trimesh.creation` is not used: its corners are shared, so that flat and round sides would need their normals computed
and their corners split again, its bars are not cut into pieces, and the published bytes would change.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from assets.demonstration.shapes import Beam, Box, Drum
from assets.demonstration.surface import Surface
from carreau.base.model import DoubleArray, FloatArray

PIECE_M = 2.5
"""Longest piece of a bar: light is kept at corners, and changes along a raking leg."""

_SIDES = ((1, 1), (1, -1), (2, 1), (2, -1))
SEGMENTS = 32
"""Of a whole turn."""


def quads(corners: DoubleArray, normals: DoubleArray, owner: int) -> Surface:
    """Return quads (q, 4, 3), counterclockwise from outside, each with its own corners; normals (q, 3) or (q, 4, 3)."""
    count = len(corners)
    positions = corners.reshape(-1, 3).astype(np.float32)
    spread = normals if normals.ndim == 3 else np.repeat(normals[:, None], 4, axis=1)
    first = 4 * np.arange(count)[:, None]
    faces = np.concatenate([first + np.array(half) for half in ((0, 1, 2), (0, 2, 3))]).astype(np.int32)
    owners = np.full(len(positions), owner, np.int16)
    return Surface(positions, positions, spread.reshape(-1, 3).astype(np.float32), owners, faces)


def joined(parts: Iterable[Surface]) -> Surface:
    """Return several surfaces as one."""
    pieces = list(parts)
    starts = np.cumsum([0] + [len(piece.positions) for piece in pieces[:-1]])
    return Surface(
        np.concatenate([piece.positions for piece in pieces]),
        np.concatenate([piece.places for piece in pieces]),
        np.concatenate([piece.normals for piece in pieces]),
        np.concatenate([piece.owners for piece in pieces]),
        np.concatenate([piece.faces + int(start) for piece, start in zip(pieces, starts, strict=True)]).astype(
            np.int32
        ),
    )


def bar(beam: Beam, owner: int) -> Surface:
    """Return a bar in pieces, and its two ends."""
    along, across, upright = beam.axes * [[beam.length / 2], [beam.width / 2], [beam.height / 2]]
    middle = np.add(beam.start, beam.end) / 2
    knots = np.linspace(-1, 1, int(np.ceil(beam.length / PIECE_M)) + 1)
    corners, normals = [], []
    for axis, sign in _SIDES:
        out, aside = (across, upright) if axis == 1 else (upright, -across)
        out, aside = out * sign, aside * sign
        for low, high in pairwise(knots):
            ends = [along * low - aside, along * high - aside, along * high + aside, along * low + aside]
            corners.append([middle + out + end for end in ends])
            normals.append(out / np.linalg.norm(out))
    for sign in (1, -1):
        ends = [-across - upright, across - upright, across + upright, -across + upright][::sign]
        corners.append([middle + along * sign + end for end in ends])
        normals.append(along * sign / np.linalg.norm(along))
    return _outward(np.array(corners), np.array(normals), owner)


def box(shape: Box, owner: int) -> Surface:
    """Return the six sides of a box."""
    low, high = np.array(shape.low), np.array(shape.high)
    middle, size = (low + high) / 2, high - low
    reach = np.array([size[0] / 2, 0, 0])
    start, end = middle - reach, middle + reach
    return bar(Beam(tuple(start), tuple(end), float(size[2]), float(size[1])), owner)


def ring(shape: Drum, owner: int) -> Surface:
    """Return a cylinder, or a ring where it has an inner radius, along one axis."""
    inner = max(shape.inner, 0.0)
    half = shape.half_length
    profile = [(inner, -half), (shape.radius, -half), (shape.radius, half), (inner, half)]
    if inner > 0:
        profile.append(profile[0])
    return revolved(np.array(profile), np.array(shape.center), shape.axis, owner)


def revolved(profile: DoubleArray, center: DoubleArray, axis: int, owner: int, segments: int = SEGMENTS) -> Surface:
    """Return what a profile (k, 2) of radius and height makes when it turns about an axis through a place."""
    turns = np.linspace(0, 2 * np.pi, segments + 1)
    first, second = (axis + 1) % 3, (axis + 2) % 3
    points = np.zeros((len(profile), len(turns), 3))
    points[..., axis] = profile[:, 1:]
    points[..., first] = profile[:, :1] * np.cos(turns)
    points[..., second] = profile[:, :1] * np.sin(turns)
    run, rise = np.diff(profile[:, 0]), np.diff(profile[:, 1])
    out = np.zeros((len(profile) - 1, len(turns), 3))
    out[..., axis] = -run[:, None]
    out[..., first] = rise[:, None] * np.cos(turns)
    out[..., second] = rise[:, None] * np.sin(turns)
    out /= np.maximum(np.linalg.norm(out, axis=-1, keepdims=True), 1e-9)
    corners = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)
    normals = np.stack([out[:, :-1], out[:, 1:], out[:, 1:], out[:, :-1]], axis=2)
    return _outward(corners.reshape(-1, 4, 3) + center, normals.reshape(-1, 4, 3), owner)


def _outward(corners: DoubleArray, normals: DoubleArray, owner: int) -> Surface:
    """Return quads turned so that they are seen from where their normals point."""
    facing = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    main = normals if normals.ndim == 2 else normals.mean(axis=1)
    wrong = np.sum(facing * main, axis=1) < 0
    corners[wrong] = corners[wrong, ::-1]
    if normals.ndim == 3:
        normals[wrong] = normals[wrong, ::-1]
    return quads(corners, normals, owner)


def moved(surface: Surface, by: FloatArray | DoubleArray) -> Surface:
    """Return a surface whose places are counted from another origin."""
    return Surface(
        (surface.positions - by).astype(np.float32), surface.places, surface.normals, surface.owners, surface.faces
    )
