"""Write surfaces as other programs do: by hand as OBJ, with pygltflib as GLB, with trimesh as PLY."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray
from PIL import Image

from tests.real.oddities.truth import Truth

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """Some faces of a surface, and the file that colours them.

    texcoords : (n, 2) of the whole surface, where its own are not meant
    """

    name: str
    faces: NDArray[np.int64]
    picture: str
    texcoords: Array | None = None


def write_obj(path: Path, truth: Truth, parts: Sequence[Part], extra: str = "", encoding: str = "utf-8") -> Path:
    """Write a surface as OBJ and MTL; extra is text after the vertices."""
    materials = (f"newmtl {part.name}\nKd 1 1 1\nmap_Kd {part.picture}\n" for part in parts)
    path.with_suffix(".mtl").write_text("".join(materials), encoding)
    lines = [f"mtllib {path.stem}.mtl", *_rows("v", truth.positions)]
    count = len(truth.positions)
    for number, part in enumerate(parts):
        lines += _rows("vt", truth.texcoords if part.texcoords is None else part.texcoords)
        lines.append(f"usemtl {part.name}")
        shift = number * count
        lines += [f"f {a}/{a + shift} {b}/{b + shift} {c}/{c + shift}" for a, b, c in (part.faces + 1).tolist()]
    path.write_text("\n".join(lines) + "\n" + extra, encoding)
    return path


def _rows(key: str, rows: Array) -> list[str]:
    return [key + "".join(f" {number:.12g}" for number in row) for row in rows.tolist()]


def save(path: Path, texture: NDArray[np.uint8], mode: str = "RGB") -> str:
    """Save a texture beside a scan, and return its name."""
    Image.fromarray(texture).convert(mode).save(path, quality=97)
    return path.name


def save_16_bit(path: Path, texture: NDArray[np.uint8]) -> str:
    """Save a texture as a PNG of 16 bits a channel, which Pillow cannot write."""
    height, width = texture.shape[:2]
    rows = (texture.astype(">u2") * 257).view(np.uint8).reshape(height, -1)
    data = zlib.compress(np.pad(rows, ((0, 0), (1, 0))).tobytes())
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path.name


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@dataclass(eq=False)
class GlbWriter:
    """A GLB in the making: buffers, textures, materials, meshes and nodes, one scene or several."""

    document: gltf.GLTF2 = field(default_factory=lambda: gltf.GLTF2(asset=gltf.Asset(version="2.0"), scenes=[]))
    binary: bytearray = field(default_factory=bytearray)

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes, and return their buffer view."""
        self.binary.extend(b"\0" * (-len(self.binary) % 4))
        view = gltf.BufferView(buffer=0, byteOffset=len(self.binary), byteLength=len(data), target=target)
        self.document.bufferViews.append(view)
        self.binary.extend(data)
        return len(self.document.bufferViews) - 1

    def texture(self, texture: NDArray[np.uint8]) -> int:
        """Append a texture as PNG; (h, w, 3) or (h, w, 4)."""
        data = BytesIO()
        Image.fromarray(texture).save(data, "PNG")
        self.document.images.append(gltf.Image(bufferView=self.view(data.getvalue()), mimeType="image/png"))
        self.document.textures.append(gltf.Texture(source=len(self.document.images) - 1))
        return len(self.document.textures) - 1

    def material(self, material: gltf.Material) -> int:
        """Append a material."""
        self.document.materials.append(material)
        return len(self.document.materials) - 1

    def matt(self, texture: NDArray[np.uint8]) -> int:
        """Append a material of one texture that neither shines nor is metal."""
        info = gltf.TextureInfo(index=self.texture(texture))
        surface = gltf.PbrMetallicRoughness(baseColorTexture=info, metallicFactor=0.0, roughnessFactor=1.0)
        return self.material(gltf.Material(pbrMetallicRoughness=surface))

    def mesh(self, positions: Array, faces: NDArray[np.int64], texcoords: Array, material: int) -> int:
        """Append a mesh; texcoords with v up, as in `Truth`."""
        used, inverse = np.unique(faces, return_inverse=True)
        corners = inverse.reshape(-1, 3).astype(np.uint32)
        places, coordinates = positions[used].astype(np.float32), texcoords[used].astype(np.float32) * [1, -1] + [0, 1]
        attributes = gltf.Attributes(
            POSITION=self._accessor(places, gltf.FLOAT, gltf.VEC3),
            TEXCOORD_0=self._accessor(coordinates.astype(np.float32), gltf.FLOAT, gltf.VEC2),
        )
        indices = self._accessor(corners.reshape(-1, 1), gltf.UNSIGNED_INT, gltf.SCALAR)
        primitive = gltf.Primitive(attributes=attributes, indices=indices, material=material)
        self.document.meshes.append(gltf.Mesh(primitives=[primitive]))
        return len(self.document.meshes) - 1

    def _accessor(self, values: NDArray[np.float32] | NDArray[np.uint32], component: int, shape: str) -> int:
        target = gltf.ELEMENT_ARRAY_BUFFER if component == gltf.UNSIGNED_INT else gltf.ARRAY_BUFFER
        accessor = gltf.Accessor(
            bufferView=self.view(values.tobytes(), target),
            componentType=component,
            count=len(values),
            type=shape,
            min=values.min(axis=0).tolist(),
            max=values.max(axis=0).tolist(),
        )
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def node(self, mesh: int, matrix: Array | None = None) -> int:
        """Append a node; matrix is a (4, 4) that takes its mesh to the scene."""
        placed = None if matrix is None else matrix.T.ravel().tolist()
        self.document.nodes.append(gltf.Node(mesh=mesh, matrix=placed))
        return len(self.document.nodes) - 1

    def scene(self, nodes: list[int]) -> None:
        """Append a scene."""
        self.document.scenes.append(gltf.Scene(nodes=nodes))

    def write(self, path: Path) -> Path:
        """Write the file; its first scene is the default one."""
        self.document.scene = 0
        self.document.buffers = [gltf.Buffer(byteLength=len(self.binary))]
        self.document.set_binary_blob(bytes(self.binary))
        self.document.save_binary(str(path))
        return path
