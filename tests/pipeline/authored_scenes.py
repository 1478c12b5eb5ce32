"""Write small authored glTF scenes: a pit head whose sheave turns, a flag on bones, a heap that grows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.pipeline.formats.conftest import COMPONENTS, GltfMaker

Floats = NDArray[np.float32]


def grid(columns: int, rows: int, wide: float = 1.0, high: float = 1.0) -> tuple[Floats, Floats, NDArray[np.uint32]]:
    """Return positions (n, 3) in the plane z = 0, texture coordinates (n, 2), and indices of a grid."""
    x, y = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    texcoords = np.column_stack([x.ravel(), 1 - y.ravel()]).astype(np.float32)
    positions = np.column_stack([x.ravel() * wide, y.ravel() * high, np.zeros(x.size)]).astype(np.float32)
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    quads = np.column_stack([first, first + 1, first + columns + 2, first, first + columns + 2, first + columns + 1])
    return positions, texcoords, quads.astype(np.uint32).ravel()


def ball(rings: int, radius: float = 1.0) -> tuple[Floats, Floats, Floats, NDArray[np.uint32]]:
    """Return positions, normals, texture coordinates and indices of a ball with a seam."""
    _, texcoords, indices = grid(2 * rings, rings)
    turn, rise = texcoords[:, 0] * 2 * np.pi, (0.5 - texcoords[:, 1]) * np.pi
    normals = np.column_stack([np.cos(rise) * np.cos(turn), np.sin(rise), -np.cos(rise) * np.sin(turn)])
    return (radius * normals).astype(np.float32), normals.astype(np.float32), texcoords, indices


def picture(edge: int, seed: int, mode: str = "RGB", kind: str = "PNG") -> bytes:
    """Return an image of soft noise."""
    channels = 4 if mode == "RGBA" else 3
    coarse = np.random.default_rng(seed).integers(0, 255, (max(edge // 16, 2),) * 2 + (channels,), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(coarse).resize((edge, edge), Image.Resampling.BICUBIC).save(stream, kind)
    return stream.getvalue()


class SceneMaker(GltfMaker):
    """A glTF under construction, with what a scene needs besides."""

    def image(self, data: bytes, kind: str = "png", **sampler: Any) -> int:
        """Add a texture of encoded bytes."""
        image = self.add("images", {"bufferView": self.view(data), "mimeType": f"image/{kind}"})
        members = {"sampler": self.add("samplers", sampler)} if sampler else {}
        return self.add("textures", {"source": image, **members})

    def indices(self, values: Any) -> int:
        """Add indices of two bytes."""
        return self.accessor(np.asarray(values).ravel(), "uint16" if np.max(values) < 65535 else "uint32")

    def places(self, values: Any, **members: Any) -> int:
        """Add positions, with the bounds that glTF asks for."""
        array = np.asarray(values, np.float32)
        return self.accessor(array, min=array.min(axis=0).tolist(), max=array.max(axis=0).tolist(), **members)

    def sparse(self, count: int, where: Any, values: Any) -> int:
        """Add (count, 3) zeros with some rows that are not."""
        rows = np.asarray(values, np.float32)
        whole = np.zeros((count, 3), np.float32)
        whole[where] = rows
        indices = {"bufferView": self.view(np.asarray(where, np.uint16).tobytes()), "componentType": 5123}
        held = {"bufferView": self.view(rows.tobytes())}
        return self.add(
            "accessors",
            {
                "componentType": COMPONENTS["float32"], "count": count, "type": "VEC3",
                "min": whole.min(axis=0).tolist(), "max": whole.max(axis=0).tolist(),
                "sparse": {"count": len(rows), "indices": indices, "values": held},
            },
        )  # fmt: skip

    def clip(self, name: str, *channels: tuple[int, str, Any, Any, str]) -> int:
        """Add an animation of channels: node, path, times, values, interpolation."""
        samplers, targets = [], []
        for node, path, times, values, interpolation in channels:
            seconds = np.asarray(times, np.float32)
            held = self.accessor(seconds, min=[float(seconds[0])], max=[float(seconds[-1])])
            rows = np.asarray(values, np.float32)
            rows = rows.reshape(-1, 1) if path == "weights" else rows.reshape(-1, rows.shape[-1])
            samplers.append({"input": held, "output": self.accessor(rows), "interpolation": interpolation})
            targets.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})
        return self.add("animations", {"name": name, "samplers": samplers, "channels": targets})


def turned(angle: float, axis: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> list[float]:
    """Return the quaternion of a turn in radians about an axis of length one."""
    return [*(float(np.sin(angle / 2) * part) for part in axis), float(np.cos(angle / 2))]


def pit_head(rings: int = 12, edge: int = 64) -> SceneMaker:
    """Return a scene with every kind of motion, four materials, and what a viewer does not show.

    edge : of its pictures, 0 for none
    """
    maker = SceneMaker()
    maker.json["asset"] |= {"copyright": "© Atelier", "generator": "by hand"}
    maker.json["extensionsUsed"] = ["KHR_texture_transform", "KHR_lights_punctual", "ACME_smell"]
    maker.json["extensions"] = {"KHR_lights_punctual": {"lights": [{"type": "point", "name": "lamp"}]}}
    maker.json["cameras"] = [{"type": "perspective", "perspective": {"yfov": 1.0, "znear": 0.1}}]
    materials = _materials(maker, edge)
    sheave = _sheave(maker, materials["brick"], rings)
    _, bones = _flag(maker, materials["cloth"])
    heap = _heap(maker, materials["glass"])
    maker.node(name="post", camera=0, extensions={"KHR_lights_punctual": {"light": 0}}, extras={"part": "post"})
    maker.node(name="unseen", root=False, mesh=maker.json["nodes"][heap]["mesh"])
    quarter = [turned(k * np.pi / 2) for k in range(5)]
    maker.clip("turn", (sheave, "rotation", [0, 1, 2, 3, 4], quarter, "LINEAR"))
    rise = [[[0, 0, 0], [0, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 2, 0], [0, 0, 0]], [[0, 0, 0], [0, 1, 0.5], [0, 0, 0]]]
    maker.clip(
        "day",
        (sheave, "translation", [0, 1.5, 2.5], rise, "CUBICSPLINE"),
        (bones[1], "rotation", [0, 1, 2], [turned(0), turned(0.7), turned(-0.4)], "LINEAR"),
        (bones[2], "rotation", [0.5, 2], [turned(0.1), turned(1.1)], "STEP"),
        (heap, "weights", [0, 1, 2.5], [[0, 0], [1, 0.25], [0.5, 1]], "LINEAR"),
        (heap, "scale", [0, 2.5], [[1, 1, 1], [1, 2, 1]], "LINEAR"),
    )
    return maker


def _materials(maker: SceneMaker, edge: int) -> dict[str, int]:
    if not edge:
        return {name: maker.add("materials", {"name": name}) for name in ("brick", "cloth", "glass")}
    brick, cloth = maker.image(picture(edge, 1)), maker.image(picture(edge, 2, kind="JPEG"), "jpeg", wrapS=10497)
    glass, rough = maker.image(picture(edge, 3, "RGBA")), maker.image(picture(edge, 4))
    moved = {"KHR_texture_transform": {"scale": [2, 2], "offset": [0.25, 0]}}
    brick_look = {
        "baseColorTexture": {"index": brick, "extensions": moved},
        "metallicRoughnessTexture": {"index": rough},
        "metallicFactor": 0.0,
    }
    smell = {"ACME_smell": {"of": "coal"}}
    glass_look = {"baseColorTexture": {"index": glass}, "roughnessFactor": 0.2}
    return {
        "brick": maker.add(
            "materials", {"name": "brick", "pbrMetallicRoughness": brick_look, "extensions": smell}
        ),
        "cloth": maker.add(
            "materials",
            {"name": "cloth", "doubleSided": True, "pbrMetallicRoughness": {"baseColorTexture": {"index": cloth}}},
        ),
        "glass": maker.add(
            "materials", {"name": "glass", "alphaMode": "BLEND", "pbrMetallicRoughness": glass_look}
        ),
        "nobody": maker.add("materials", {"name": "nobody wears it"}),
    }  # fmt: skip


def _sheave(maker: SceneMaker, material: int, rings: int) -> int:
    positions, normals, texcoords, indices = ball(rings)
    attributes = {"POSITION": maker.places(positions), "NORMAL": maker.accessor(normals)}
    attributes |= {"TEXCOORD_0": maker.accessor(texcoords), "_TEMPERATURE": maker.accessor(texcoords[:, 0])}
    mesh = maker.mesh(attributes, indices=maker.indices(indices), material=material)
    sheave = maker.node(root=False, name="sheave", mesh=mesh, translation=[0, 1, 0])
    maker.node(name="headframe", children=[sheave], translation=[5, 3, 0], scale=[0.5, 0.5, 0.5])
    return sheave


def _flag(maker: SceneMaker, material: int) -> tuple[int, list[int]]:
    positions, texcoords, indices = grid(24, 8, 3.0, 1.0)
    along = positions[:, 0]
    joints = np.zeros((len(along), 4), np.uint8)
    joints[:, 0] = np.minimum(along, 2).astype(np.uint8)
    joints[:, 1] = np.minimum(joints[:, 0] + 1, 2)
    share = np.clip(along - joints[:, 0], 0, 1)
    weights = np.column_stack([1 - share, share, np.zeros((len(along), 2))]).astype(np.float32)
    attributes = {
        "POSITION": maker.places(positions),
        "NORMAL": maker.accessor(np.tile([0, 0, 1], (len(along), 1))),
        "TEXCOORD_0": maker.accessor(texcoords),
        "JOINTS_0": maker.accessor(joints, "uint8"),
        "WEIGHTS_0": maker.accessor(weights),
    }
    mesh = maker.mesh(attributes, indices=maker.indices(indices), material=material)
    third = maker.node(root=False, name="bone 3", translation=[1, 0, 0])
    second = maker.node(root=False, name="bone 2", translation=[1, 0, 0], children=[third])
    first = maker.node(name="bone 1", children=[second], translation=[0, 2, 0])
    inverse = np.tile(np.eye(4, dtype=np.float32), (3, 1, 1))
    inverse[:, 3, 0] = [0, -1, -2]  # column-major: the translation is the last row
    view = maker.view(inverse.tobytes())
    matrices = maker.add("accessors", {"bufferView": view, "componentType": 5126, "count": 3, "type": "MAT4"})
    skin = maker.add("skins", {"joints": [first, second, third], "inverseBindMatrices": matrices, "name": "pole"})
    return maker.node(name="flag", mesh=mesh, skin=skin), [first, second, third]


def _heap(maker: SceneMaker, material: int) -> int:
    positions, normals, texcoords, indices = ball(8, 0.8)
    attributes = {"POSITION": maker.places(positions), "NORMAL": maker.accessor(normals)}
    attributes["TEXCOORD_0"] = maker.accessor(texcoords)
    top = np.flatnonzero(positions[:, 1] > 0.5)
    spread = {"POSITION": maker.places(positions * [0.5, 0, 0.5]), "NORMAL": maker.accessor(normals * 0)}
    peak = {"POSITION": maker.sparse(len(positions), top, np.tile([0, 1, 0], (len(top), 1)))}
    mesh = maker.mesh(attributes, indices=maker.indices(indices), material=material, targets=[spread, peak])
    maker.json["meshes"][mesh] |= {"weights": [0.25, 0], "extras": {"targetNames": ["spread", "peak"]}}
    return maker.node(name="heap", mesh=mesh, translation=[-3, 0, 0])
