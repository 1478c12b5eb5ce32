"""The likely up axis of a scan whose file does not state it, and evidence in the poses of its photographs.

`trimesh.poses.compute_stable_poses` was measured beside `footings`, with the same centre of gravity. It returns how a
dropped body comes to rest: its most probable pose is upright for one of four scans (a statue, a dinosaur and a column
lie on their sides); `footings` is right for all four. 600,000 triangles take 0.2 s here and 0.8 s there; a rough ball
of 82,000, with 3,459 poses, 0.02 s and 9.9 s.

A picture is taken level, or rolled by a quarter turn (portrait), whatever its pitch; a drone also looks straight down,
where roll means nothing. One picture leaves many directions open; all of them together leave few. What a whole capture
fits is compared between directions by the mean of its logarithms, as if there were `STRENGTH` independent pictures,
because neighbouring pictures repeat each other.

The scores of single pictures, and not densities, are compared: a drone that looks down is no more probable than a
photographer before a facade only because its pitch varies less. Between those two the places decide, weakly: cameras
lie in a level layer rather than in an upright one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import DoubleArray, IntArray, Mesh
from carreau.formats.location.poses import NO_CAMERAS, CamerasBeside, CameraSet
from carreau.geometry.location.up_evidence import UP_DIRECTIONS, Evidence, evidence
from carreau.geometry.mesh_parts import Box, find_body, finite_faces
from carreau.geometry.render.camera import GOLDEN_ANGLE_RAD, sphere_spiral

__all__ = ["UP_DIRECTIONS", "LikelyUp", "UpCandidate", "likely_up", "projected_up"]

WEIGHTS = {"base": 1.8, "footing": 3.6, "footing_lead": 3.8, "opening": 3.7, "ground": 1.2}
"""Log-odds of a direction for each kind of evidence, 0 to 1.

Fitted as a softmax over the six directions to 35 scans and 52 variants of them (leaning by 8 degrees, inside out), with
a ridge of 0.03; the scans of one thing count as one. On scans left out of the fit, the best direction is right for 58
of 87. It is likely to 0.8 or more for 28, all of them right; the likeliest wrong one has 0.69.
"""

SURE = 0.8
"""Least likelihood of a direction that is taken without a warning; see `WEIGHTS`."""

STANDING = 0.4
"""Least height, relative to the longest side, of an upright scan: a lower one may be a front on its back.

Its evidence counts half, and it is never sure: land seen from above and a front seen from before it have one shape."""

HABITS = {"y": 0.5, "z": 0.3, "-y": 0.1, "-z": 0.04, "x": 0.03, "-x": 0.03}
"""How often programs write each axis up, as far as anyone knows; it decides what to take, never what is sure.

Y is up in glTF, OBJ and most programs for pictures, Z in surveying; Y is down in the cameras of COLMAP and OpenMVG,
whose models are often exported as they are.
"""

PROJECTED = 10_000.0
"""Least easting and northing of projected coordinates, and greatest height, metres."""


@dataclass(frozen=True)
class UpCandidate:
    """A direction that may be up.

    up : a key of `UP_DIRECTIONS`
    share : how likely it is, 0 to 1; those of the six add up to 1
    """

    up: str
    share: float


@dataclass(frozen=True)
class LikelyUp:
    """The likely up axis.

    up : a key of `UP_DIRECTIONS`
    confident : whether the evidence is strong: from `SURE`, measured, no wrong one was
    reason : a clause for a sentence
    candidates : the six directions, the most likely first; empty if nothing was guessed
    cameras : what the cameras beside the scan say, or why they are ignored, one sentence each
    """

    up: str
    confident: bool
    reason: Message
    candidates: tuple[UpCandidate, ...] = ()
    cameras: tuple[Message, ...] = ()

    @property
    def share(self) -> float:
        """Return how likely `up` is, 0 to 1."""
        return next((candidate.share for candidate in self.candidates if candidate.up == self.up), 1.0)


def likely_up(mesh: Mesh, cameras: CamerasBeside = NO_CAMERAS) -> LikelyUp:
    """Return the up axis from projected coordinates, else from the shape of the scan and the cameras beside it.

    Y if there is neither.
    """
    horizontal = projected_up(mesh)
    if horizontal is not None:
        reason = message(
            "its coordinates look like eastings and northings, with heights along %(axis)s", axis=horizontal
        )
        return LikelyUp(horizontal, True, reason)
    whole = finite_faces(mesh)
    faces = mesh.faces if whole.all() else mesh.faces[whole]
    if not len(faces):
        return LikelyUp("y", False, message("it has no surface"))
    box = find_body(mesh)
    facts = evidence(mesh, faces, box)
    seen = camera_evidence(mesh, faces, box, cameras)
    return replace(_weigh(facts, seen), cameras=seen.decisions)


def _weigh(facts: dict[str, Evidence], seen: CameraEvidence) -> LikelyUp:
    by_shape = _likelihoods(facts)
    # Shape and cameras are independent evidence: their likelihoods multiply.
    shares = _product(by_shape, seen.shares) if seen.shares else by_shape
    best = max(shares, key=lambda up: shares[up])
    by_cameras = seen.shares.get(best, 0.0)
    # Habits of programs decide between weak guesses, and never make one sure.
    if shares[best] >= SURE and (facts[best].tallness >= STANDING or by_cameras >= SURE):
        reason = _camera_reason(seen) if by_cameras > by_shape[best] else _reason(facts[best])
        return LikelyUp(best, True, reason, rank_candidates(shares))
    candidates = rank_candidates(cap_shares({up: HABITS[up] * share for up, share in shares.items()}))
    share = Number(candidates[0].share, ".0%")
    reason = message("no side is clearly its base, and this one is the likeliest (%(share)s)", share=share)
    return LikelyUp(candidates[0].up, False, reason, candidates)


def _product(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    products = {up: one[up] * other[up] for up in one}
    return {up: each / sum(products.values()) for up, each in products.items()}


def _camera_reason(seen: CameraEvidence) -> Message:
    return message("so say %(count)s cameras beside the scan (%(file)s)", count=seen.count, file=seen.source)


def _likelihoods(facts: dict[str, Evidence]) -> dict[str, float]:
    scores = {up: _score(each) for up, each in facts.items()}
    powers = {up: float(np.exp(score - max(scores.values()))) for up, score in scores.items()}
    return {up: power / sum(powers.values()) for up, power in powers.items()}


def cap_shares(shares: dict[str, float]) -> dict[str, float]:
    """Return shares that add up to 1, none above `SURE`: of 16 weak guesses on the measured scans, 13 were right."""
    total = sum(shares.values())
    best = max(shares, key=lambda up: shares[up])
    most = min(shares[best] / total, SURE)
    rest = total - shares[best]
    return {up: most if up == best else (1 - most) * share / rest for up, share in shares.items()}


def _score(facts: Evidence) -> float:
    total = sum(weight * float(getattr(facts, name)) for name, weight in WEIGHTS.items())
    return total if facts.tallness >= STANDING else total / 2


def rank_candidates(shares: dict[str, float]) -> tuple[UpCandidate, ...]:
    """Return the candidates, the most likely first; equal ones in the order of habit."""
    ranked = sorted(shares, key=lambda up: (-round(shares[up], 4), -HABITS[up]))
    return tuple(UpCandidate(up, round(shares[up], 4)) for up in ranked)


def _reason(facts: Evidence) -> Message:
    """Return the strongest evidence as a clause."""
    parts = {name: WEIGHTS[name] * float(getattr(facts, name)) for name in ("base", "opening", "ground")}
    strongest = max(parts, key=lambda name: parts[name])
    if parts[strongest] < 0.5:
        return message("it would topple over on any other side")
    if strongest == "opening":
        return message("it is open on the opposite side, where nobody could scan it")
    if strongest == "ground":
        return message("it stands on level ground")
    return message("it has a flat or open base, as no other side has")


def weak_up_warning(likely: LikelyUp) -> Message | None:
    """Return the warning about a guess on weak evidence, with the options for the other candidates; None if sure."""
    if likely.confident or not likely.candidates:
        return None
    others = [f"--up {candidate.up}" for candidate in likely.candidates if candidate.up != likely.up][:2]
    return message(
        "the scan does not state which side is up, and its shape does not tell for certain: %(axis)s is taken "
        "(%(share)s likely); if the model does not stand upright, build it again with %(first)s or %(second)s",
        axis=likely.up,
        share=Number(likely.share, ".0%"),
        first=others[0],
        second=others[1],
    )


def projected_up(mesh: Mesh) -> str | None:
    """Return the axis of heights if the other two look like eastings and northings, else None."""
    box = find_body(mesh)
    place = np.abs((box.low + box.high) / 2 + mesh.origin)
    far = (place >= PROJECTED) & (place >= 2 * float(box.sides.max()))
    if far.sum() != 2 or place[~far][0] >= PROJECTED:
        return None
    return {0: None, 1: "y", 2: "z"}[int(np.flatnonzero(~far)[0])]


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
"""Score of pictures that are rolled by half a turn, relative to level ones."""

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
        verdict = _weigh_cameras(each, places, mesh) if places is not None else ELSEWHERE
        if isinstance(verdict, Message):
            ignored[each.source] = verdict
        else:
            heard.append((max(verdict.values()), each, verdict))
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


def _weigh_cameras(cameras: CameraSet, places: _Places, mesh: Mesh) -> dict[str, float] | Message:
    """Return how likely each direction is by a set of cameras, or the reason why the set is ignored."""
    if cameras.count < FEWEST:
        return message("fewer than %(count)s say nothing", count=FEWEST)
    some = _some(cameras)
    centers, forward = cameras.centers[some] - mesh.origin, cameras.axes[some, 2]
    seen, views = _measure_views(places, centers, forward)
    if seen < SEEN:
        return ELSEWHERE
    shares = up_shares(cameras)
    if not shares:
        return message("they do not agree on which way is up")
    # Cameras of another coordinate system, turned by a quarter or a half, would see the scan better once turned back.
    axis, _ = UP_DIRECTIONS[max(shares, key=lambda up: shares[up])]
    turned = max(_measure_views(places, centers @ turn.T, forward @ turn.T)[1] for turn in _list_turns(axis))
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


def _measure_views(places: _Places, centers: DoubleArray, forward: DoubleArray) -> tuple[float, float]:
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


def _list_turns(axis: int) -> list[DoubleArray]:
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
    ways = sphere_spiral(GOLDEN_ANGLE_RAD * (np.arange(_DIRECTIONS) + 0.5))
    scores = _scores(np.einsum("nij,mj->nim", cameras.axes[some], ways))
    fit = np.log(scores).mean(axis=0) * min(float(len(some)), STRENGTH) + _layer(cameras.centers[some], ways)
    least, most = AGREEING
    if np.mean(scores[:, fit.argmax()] >= least) < most:
        return {}
    # Every direction of the sphere votes, by how well all pictures fit it, for the axis it may stand for: see `TILTS`.
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
    # How far up leans out of the picture to the right, along its upper edge, and along the view.
    bank, lift, pitch = (np.degrees(np.arcsin(np.clip(each, -1, 1))) for each in (right, up, forward))
    start, spread = UPWARD_DEG
    usual = _bell(np.maximum(pitch - start, 0), spread)
    level = _bell(bank, LEVEL_DEG) * _bell(np.minimum(lift, 0), LEVEL_DEG)
    portrait = PORTRAIT * _bell(lift, LEVEL_DEG)
    reverse = UPSIDE_DOWN * _bell(bank, LEVEL_DEG)
    down = _bell(90 + pitch, NADIR_DEG)
    # The best reading of each picture counts, not their sum: a picture is level or portrait, and not both.
    best = np.maximum(np.maximum(level, portrait), reverse) * usual
    return np.asarray(np.maximum(np.maximum(best, down), ODD))


def _bell(angle: DoubleArray, spread: float) -> DoubleArray:
    return np.asarray(np.exp(-((angle / spread) ** 2) / 2))


def _layer(centers: DoubleArray, ways: DoubleArray) -> DoubleArray:
    """Return the (m,) log-odds of directions by how thin the cameras lie along them, without the farthest."""
    beside = centers - np.median(centers, axis=0)
    distance = np.linalg.norm(beside, axis=1)
    near = beside[distance <= np.quantile(distance, 0.95)]
    # Cameras walk around a scan in a layer: up is where they spread least.
    spread = near.T @ near
    total = float(np.trace(spread))
    if not total > 0:
        return np.zeros(len(ways))
    return np.asarray(-LAYER * np.einsum("mi,ij,mj->m", ways, spread / total, ways))
