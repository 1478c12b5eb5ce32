"""Read the animations and skins of an authored scene as tracks of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from carreau.base.messages import Message, message
from carreau.formats.gltf import gltf_accessors
from carreau.formats.gltf.gltf_document import Document
from carreau.formats.gltf.gltf_motion import POINTER, read_clips
from carreau.formats.gltf.gltf_pose import inverse_binds, joint_nodes
from carreau.formats.gltf_scene.prune import UsedObjects
from carreau.formats.gltf_scene.scene import ClipFacts, Track, TrackKind

_KINDS: dict[str, TrackKind] = {
    "translation": "translation",
    "rotation": "rotation",
    "scale": "scale",
    "weights": "weights",
}


class TrackReader:
    """Reads each accessor once for each kind of use."""

    def __init__(self, document: Document, reach: UsedObjects) -> None:
        """Check the animations; no track is read yet. Raises FormatError."""
        self._document, self._reach = document, reach
        self._numbers: dict[tuple[int, str, bool], int] = {}
        self.tracks: list[Track] = []
        self.warnings: list[Message] = []
        self.clips: list[ClipFacts] = []
        self._read = read_clips(document)

    def animations(self) -> list[dict[str, Any]]:
        """Return the JSON of the animations that move anything shown."""
        animations: list[dict[str, Any]] = []
        for number, element in enumerate(self._document.root.children("animations")):
            described: dict[str, Any] = {
                key: element.members[key] for key in ("name", "extras") if key in element.members
            }
            samplers: list[dict[str, Any]] = []
            channels: list[dict[str, Any]] = []
            numbers: dict[tuple[int, str], int] = {}
            for channel in element.children("channels"):
                target = channel.child("target")
                if target is None or target.text("path") == POINTER or not target.has("node"):
                    self.warnings.append(message("animations of anything but nodes are left out"))
                    continue
                node, path, old = target.integer("node"), target.text("path"), channel.integer("sampler")
                if not self._reach.has("nodes", node):
                    continue
                if (old, path) not in numbers:
                    numbers[old, path] = len(samplers)
                    samplers.append(self._sampler(element.children("samplers")[old].members, path))
                destination = {"node": self._reach.number("nodes", node), "path": path}
                channels.append({"sampler": numbers[old, path], "target": destination})
            if channels:
                animations.append({**described, "samplers": samplers, "channels": channels})
                name = element.text("name") or str(number)
                self.clips.append(ClipFacts(name, number, self._read[number].duration_s, len(channels)))
        return animations

    def _sampler(self, sampler: dict[str, Any], path: str) -> dict[str, Any]:
        interpolation = sampler.get("interpolation", "LINEAR")
        is_cubic = interpolation == "CUBICSPLINE"
        return {
            "input": self._track(int(sampler["input"]), "time", is_cubic=False),
            "interpolation": interpolation,
            "output": self._track(int(sampler["output"]), _KINDS[path], is_cubic=is_cubic),
        }

    def _track(self, accessor: int, kind: TrackKind, *, is_cubic: bool) -> int:
        key = (accessor, kind, is_cubic)
        if key not in self._numbers:
            values = gltf_accessors.floats(self._document, accessor, self._document.root)
            self._numbers[key] = self._add(Track(np.ascontiguousarray(values, np.float32), kind, is_cubic))
        return self._numbers[key]

    def _add(self, track: Track) -> int:
        self.tracks.append(track)
        return len(self.tracks) - 1

    def bind(self, skins: list[dict[str, Any]]) -> int:
        """Point the JSON of the used skins to their tracks; return the number of their joints."""
        root, joints = self._document.root, 0
        elements = root.children("skins")
        for skin, old in zip(skins, self._reach.used("skins"), strict=True):
            count = len(joint_nodes(root, elements[old]))
            joints += count
            if elements[old].has("inverseBindMatrices"):
                matrices = inverse_binds(self._document, elements[old], count).transpose(0, 2, 1).reshape(-1, 16)
                skin["inverseBindMatrices"] = self._add(Track(matrices.astype(np.float32), "matrix"))
        return joints
