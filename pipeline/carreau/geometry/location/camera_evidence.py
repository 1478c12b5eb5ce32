"""Evidence for the up axis of a scan in the poses of its photographs.

A picture is taken level, or rolled by a quarter turn (portrait), whatever its pitch; a drone also looks straight down,
where roll means nothing. One picture leaves many directions open; all of them together leave few. What a whole capture
fits is compared between directions by the mean of its logarithms, as if there were `STRENGTH` independent pictures,
because neighbouring pictures repeat each other.

The scores of single pictures, and not densities, are compared: a drone that looks down is no more probable than a
photographer before a facade only because its pitch varies less. Between those two the places decide, weakly: cameras
lie in a level layer rather than in an upright one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, IntArray, Mesh
from carreau.formats.location.cameras import CamerasBeside, CameraSet
from carreau.geometry.extent import Box
from carreau.geometry.location.up_evidence import UP_DIRECTIONS

FEWEST = 3
"""Fewest cameras that say anything."""

MOST = 192
"""Most cameras that are compared, evenly over the set."""

STRENGTH = 10.0
"""Number of independent pictures that a capture counts as, at most."""

LEVEL_DEG = 8.0
"""Spread of the roll of pictures that people and gimbals hold level."""

NADIR_DEG = 12.0
"""Spread of the direction of pictures that look straight down."""

UPWARD_DEG = (20.0, 30.0)
"""Pitch up to which pictures look up as often as down, and the spread beyond."""

PORTRAIT = 0.8
"""Score of pictures that are rolled by a quarter turn, relative to level ones."""

UPSIDE_DOWN = 0.1
"""The same of pictures that are rolled by half a turn."""

ODD = 0.03
"""Score of a picture that fits nothing: it may be misaligned, or show a detail."""

LAYER = 3.0
"""Log-odds of directions across a layer of cameras against directions along a line of them."""

TILTS = ((0.7, 10.0), (0.3, 25.0))
"""Shares and spreads, degrees, of the angle between up and the nearest axis, as programs leave it."""

AGREEING = (0.4, 0.6)
"""Least score of a picture that agrees, and least share of them in a capture that does."""

SEEN = 0.35
"""Least share of the surface that the cameras of a scan see; a closed model has sides that no picture shows."""

LOOKING = 0.3
"""Least share of the cameras that have a part of the scan in their pictures; it may be a detail of a large capture."""

SAME_SYSTEM = 20.0
"""Odds that cameras lie in the system of the scan beside them, and that it was not turned after them."""

TURNED = 40.0
"""Log-odds against it for each unit of what they see better if they are turned about the axes, 0 to 1.

Measured on six scans and ten captures each, as they are and cut to what the pictures show: cameras of the same system
see less than 0.05 better in 9 of 10 cases, cameras of one that is turned by a quarter or a half more in 4 of 5.
"""

ELSEWHERE = message("they do not look at the scan; they may be in another coordinate system")

_FACING = 0.17
"""Least cosine between a normal and the way to a camera that sees it."""

_WIDE = 0.77
"""Least cosine between the direction of a camera and what it sees: 40 degrees."""

_SAMPLES = 600
_Places: TypeAlias = tuple[DoubleArray, DoubleArray]
"""(n, 3) places on the surface and their normals."""

_DIRECTIONS = 2000


@dataclass(frozen=True)
class CameraEvidence:
    """What the cameras beside a scan say.

    shares : how likely each direction is to be up, by the cameras alone; empty if they say nothing
    source, count : name of their file, and how many cameras it has
    decisions : one sentence each, for the report
    """

    shares: dict[str, float]
    source: str = ""
    count: int = 0
    decisions: tuple[Message, ...] = ()


def camera_evidence(mesh: Mesh, faces: IntArray, box: Box, cameras: CamerasBeside) -> CameraEvidence:
    """Return what the cameras that see most of a scan say; 192 cameras take 0.2 s on one core."""
    decisions = list(cameras.decisions)
    places = _samples(mesh, faces, box) if cameras.sets else None
    heard: list[tuple[float, CameraSet, dict[str, float]]] = []
    ignored: dict[str, Message] = {}
    for each in cameras.sets:
        said = _said(each, places, mesh) if places is not None else ELSEWHERE
        if isinstance(said, Message):
            ignored[each.source] = said
        else:
            heard.append((max(said.values()), each, said))
    sources = {each.source for _, each, _ in heard}
    decisions += [
        message("the cameras of %(file)s are ignored: %(reason)s", file=source, reason=reason)
        for source, reason in ignored.items()
        if source not in sources
    ]
    if not heard:
        return CameraEvidence({}, decisions=tuple(decisions))
    _, chosen, shares = max(heard, key=lambda each: each[0])
    best = max(shares, key=lambda up: shares[up])
    text = message(
        "%(count)s cameras beside the scan (%(file)s) say that %(axis)s is up (%(share)s likely)",
        count=chosen.count,
        file=chosen.source,
        axis=best,
        share=Number(shares[best], ".0%"),
    )
    return CameraEvidence(shares, chosen.source, chosen.count, (*decisions, text))


def _said(cameras: CameraSet, places: _Places, mesh: Mesh) -> dict[str, float] | Message:
    """Return the shares of a set of cameras, or the reason why it says nothing about the scan."""
    if cameras.count < FEWEST:
        return message("fewer than %(count)s say nothing", count=FEWEST)
    some = _some(cameras)
    centers, forward = cameras.centers[some] - mesh.origin, cameras.axes[some, 2]
    seen, views = _seen(places, centers, forward)
    if seen < SEEN:
        return ELSEWHERE
    shares = up_shares(cameras)
    if not shares:
        return message("they do not agree on which way is up")
    axis, _ = UP_DIRECTIONS[max(shares, key=lambda up: shares[up])]
    turned = max(_seen(places, centers @ turn.T, forward @ turn.T)[1] for turn in _turns_of(axis))
    odds = SAME_SYSTEM * float(np.exp(TURNED * min(views - turned, 0.0)))
    if odds < 1:
        return ELSEWHERE
    trust = odds / (1 + odds)
    return {up: trust * share + (1 - trust) / len(shares) for up, share in shares.items()}


def _some(cameras: CameraSet) -> IntArray:
    """Return at most `MOST` numbers of cameras, evenly over the set."""
    count = len(cameras.centers)
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).astype(np.int32))


def _samples(mesh: Mesh, faces: IntArray, box: Box) -> _Places | None:
    """Return places evenly over the surface in the box; None without any surface."""
    corners = mesh.positions[faces].astype(np.float64)
    middles = corners.mean(axis=1)
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sizes = np.linalg.norm(areas, axis=1)
    sizes[~((middles >= box.low) & (middles <= box.high)).all(axis=1)] = 0
    ends = np.cumsum(sizes)
    if not ends[-1] > 0:
        return None
    picked = np.searchsorted(ends, (np.arange(_SAMPLES) + 0.5) / _SAMPLES * ends[-1])
    picked = picked[picked < len(sizes)]
    picked = picked[sizes[picked] > 0]
    return middles[picked], areas[picked] / sizes[picked, None]


def _seen(places: _Places, centers: DoubleArray, forward: DoubleArray) -> tuple[float, float]:
    """Return the share of the places that any camera sees, and how evenly and often all are seen, both 0 to 1.

    A camera sees what faces it within its picture; what is between them is not looked for. Nothing is seen where fewer
    than `LOOKING` of the cameras have any of the places in their pictures.
    """
    points, normals = places
    ways = centers[None] - points[:, None]
    ways /= np.maximum(np.linalg.norm(ways, axis=2, keepdims=True), np.finfo(np.float64).tiny)
    facing = np.einsum("pci,pi->pc", ways, normals)
    in_picture = np.einsum("pci,ci->pc", ways, forward) < -_WIDE
    if np.mean(in_picture.any(axis=0)) < LOOKING:
        return 0.0, 0.0
    views = (in_picture & (facing > _FACING)).sum(axis=1)
    return float(np.mean(views > 0)), float(np.mean(np.log1p(views)) / np.log1p(len(centers)))


def _turns_of(axis: int) -> list[DoubleArray]:
    """Return the quarter and half turns that move an axis: what programs do between Y and Z up."""
    turns = []
    for about in range(3):
        if about == axis:
            continue
        b, c = (about + 1) % 3, (about + 2) % 3
        quarter = np.zeros((3, 3))
        quarter[about, about], quarter[b, c], quarter[c, b] = 1, -1, 1
        turns += [quarter, quarter.T, quarter @ quarter]
    return turns


def up_shares(cameras: CameraSet) -> dict[str, float]:
    """Return how likely each direction is to be up; empty where the pictures contradict each other."""
    some = _some(cameras)
    ways = _sphere()
    scores = _scores(np.einsum("nij,mj->nim", cameras.axes[some], ways))
    fit = np.log(scores).mean(axis=0) * min(float(len(some)), STRENGTH) + _layer(cameras.centers[some], ways)
    least, most = AGREEING
    if np.mean(scores[:, fit.argmax()] >= least) < most:
        return {}
    powers = np.exp(fit - fit.max())
    shares = {}
    for up, (axis, sign) in UP_DIRECTIONS.items():
        angle = np.degrees(np.arccos(np.clip(sign * ways[:, axis], -1, 1)))
        near = sum(share / spread**2 * np.exp(-((angle / spread) ** 2) / 2) for share, spread in TILTS)
        shares[up] = float(powers @ near)
    total = sum(shares.values())
    return {up: share / total for up, share in shares.items()}


def _scores(ups: DoubleArray) -> DoubleArray:
    """Return how well each picture fits each direction being up, 0 to 1.

    ups : (n, 3, m), of n pictures and m directions: the direction along right, up and forward of the picture
    """
    right, up, forward = ups[:, 0], ups[:, 1], ups[:, 2]
    bank, lift, pitch = (np.degrees(np.arcsin(np.clip(each, -1, 1))) for each in (right, up, forward))
    start, spread = UPWARD_DEG
    usual = _bell(np.maximum(pitch - start, 0), spread)
    level = _bell(bank, LEVEL_DEG) * _bell(np.minimum(lift, 0), LEVEL_DEG)
    portrait = PORTRAIT * _bell(lift, LEVEL_DEG)
    reverse = UPSIDE_DOWN * _bell(bank, LEVEL_DEG)
    down = _bell(90 + pitch, NADIR_DEG)
    best = np.maximum(np.maximum(level, portrait), reverse) * usual
    return np.asarray(np.maximum(np.maximum(best, down), ODD))


def _bell(angle: DoubleArray, spread: float) -> DoubleArray:
    return np.asarray(np.exp(-((angle / spread) ** 2) / 2))


def _layer(centers: DoubleArray, ways: DoubleArray) -> DoubleArray:
    """Return the (m,) log-odds of directions by how thin the cameras lie along them, without the farthest."""
    beside = centers - np.median(centers, axis=0)
    distance = np.linalg.norm(beside, axis=1)
    near = beside[distance <= np.quantile(distance, 0.95)]
    spread = near.T @ near
    total = float(np.trace(spread))
    if not total > 0:
        return np.zeros(len(ways))
    return np.asarray(-LAYER * np.einsum("mi,ij,mj->m", ways, spread / total, ways))


def _sphere() -> DoubleArray:
    """Return directions evenly over the sphere, about 5 degrees apart (Fibonacci lattice)."""
    steps = np.arange(_DIRECTIONS) + 0.5
    height = 1 - 2 * steps / _DIRECTIONS
    turn = np.pi * (3 - np.sqrt(5)) * steps
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1)
