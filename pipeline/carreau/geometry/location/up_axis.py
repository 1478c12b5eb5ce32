"""The likely up axis of a scan whose file does not state it.

`trimesh.poses.compute_stable_poses` was measured beside `footings`, with the same centre of gravity. It returns how a
dropped body comes to rest: its most probable pose is upright for one of four scans (a statue, a dinosaur and a column
lie on their sides); `footings` is right for all four. 600,000 triangles take 0.2 s here and 0.8 s there; a rough ball
of 82,000, with 3,459 poses, 0.02 s and 9.9 s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from carreau.base.messages import Message, Number, message
from carreau.base.model import Mesh
from carreau.formats.location.cameras import NO_CAMERAS, CamerasBeside
from carreau.geometry.extent import body_of
from carreau.geometry.location.camera_evidence import CameraEvidence, camera_evidence
from carreau.geometry.location.up_evidence import UP_DIRECTIONS, Evidence, evidence
from carreau.geometry.selection import finite_faces

__all__ = ["UP_DIRECTIONS", "LikelyUp", "UpCandidate", "likely_up", "projected_up"]

WEIGHTS = {"base": 1.8, "footing": 3.6, "footing_lead": 3.8, "opening": 3.7, "ground": 1.2}
"""Log-odds of a direction for each kind of evidence, 0 to 1.

Fitted as a softmax over the six directions to 35 scans and 52 variants of them (leaning by 8 degrees, inside out), with
a ridge of 0.03; the scans of one thing count as one. On scans left out of the fit, the best direction is right for 58
of 87. It is likely to 0.8 or more for 28, all of them right; the likeliest wrong one has 0.69.
"""

SURE = 0.8
"""Least likelihood of a direction that is taken without a warning; see `WEIGHTS`."""

CONTRADICTING = 0.9
"""Least likelihood of a direction at which a file that states another one is doubted."""

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
    box = body_of(mesh)
    facts = evidence(mesh, faces, box)
    seen = camera_evidence(mesh, faces, box, cameras)
    return replace(_weighed(facts, seen), cameras=seen.decisions)


def _weighed(facts: dict[str, Evidence], seen: CameraEvidence) -> LikelyUp:
    by_shape = _likelihoods(facts)
    shares = _product(by_shape, seen.shares) if seen.shares else by_shape
    best = max(shares, key=lambda up: shares[up])
    by_cameras = seen.shares.get(best, 0.0)
    if shares[best] >= SURE and (facts[best].tallness >= STANDING or by_cameras >= SURE):
        reason = _camera_reason(seen) if by_cameras > by_shape[best] else _reason(facts[best])
        return LikelyUp(best, True, reason, _ranked(shares))
    candidates = _ranked(_capped({up: HABITS[up] * share for up, share in shares.items()}))
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


def _capped(shares: dict[str, float]) -> dict[str, float]:
    """Return shares that add up to 1, none above `SURE`: of 16 weak guesses on the measured scans, 13 were right."""
    total = sum(shares.values())
    best = max(shares, key=lambda up: shares[up])
    most = min(shares[best] / total, SURE)
    rest = total - shares[best]
    return {up: most if up == best else (1 - most) * share / rest for up, share in shares.items()}


def _score(facts: Evidence) -> float:
    total = sum(weight * float(getattr(facts, name)) for name, weight in WEIGHTS.items())
    return total if facts.tallness >= STANDING else total / 2


def _ranked(shares: dict[str, float]) -> tuple[UpCandidate, ...]:
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


def contradiction(mesh: Mesh, stated: str, cameras: CamerasBeside = NO_CAMERAS) -> LikelyUp | None:
    """Return the guess from the shape and the cameras if it is sure, and not what the file states; else None.

    A file is rarely wrong about its axes, so a likelihood of `CONTRADICTING` is asked for.
    """
    guess = likely_up(mesh, cameras)
    if not guess.confident or guess.up == stated or not guess.candidates or guess.share < CONTRADICTING:
        return None
    return guess


def contradiction_warning(stated: str, format: str, guess: LikelyUp) -> Message:
    """Return the warning about a file that states another axis than its shape suggests."""
    return message(
        "according to %(format)s, %(axis)s is up, but the scan suggests %(likely)s (%(share)s likely: "
        "%(reason)s); if the model does not stand upright, build it again with %(option)s",
        format=format,
        axis=stated,
        likely=guess.up,
        share=Number(guess.share, ".0%"),
        reason=guess.reason,
        option=f"--up {guess.up}",
    )


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
    box = body_of(mesh)
    place = np.abs((box.low + box.high) / 2 + mesh.origin)
    far = (place >= PROJECTED) & (place >= 2 * float(box.sides.max()))
    if far.sum() != 2 or place[~far][0] >= PROJECTED:
        return None
    return {0: None, 1: "y", 2: "z"}[int(np.flatnonzero(~far)[0])]
