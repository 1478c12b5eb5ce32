"""Pictures of a table model: the whole, and the corner of each place, which is lit as by a lamp."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from carreau.base.model import ByteArray, FloatArray, Material, Mesh, TextureSlot, Wrap
from carreau.formats.gltf_scene.scene import Authored
from carreau.formats.gltf_scene.scene_reader import read
from carreau.formats.images.srgb import srgb_bytes
from carreau.geometry.render.raycasting import Scene
from carreau.models.stages.poster import PosterOptions, portrait
from carreau.site.territory.table_views import TableView

LAMP = np.array([246.0, 178.0, 52.0])
LAMP_SHARE = 0.72
"""How much of the colour of a lit place is that of the lamp."""
OPTIONS = PosterOptions(samples=2, sky_rays=0, is_faceted=True, shadow=0.0)
_CORNER, _WHOLE = {"quality": 62, "alpha_quality": 60, "method": 6}, {"alpha_quality": 90, "method": 6}
QUALITIES = (84, 72, 60, 48, 36)
MOST_WHOLE_BYTES = 120_000
"""Of a picture of the whole, which with the page and a preview of 150 kB is the first view of at most 300 kB."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A picture to take.

    name : of its file
    lit : name of the part under the lamp, empty for none
    """

    name: str
    view: TableView
    lit: str = ""


def take_pictures(path: Path, shots: tuple[Shot, ...]) -> dict[str, bytes]:
    """Return pictures of a table model as WebP, transparent around it, by the names of their files.

    path : of the model, as `table_glb` wrote it
    """
    pictures = TablePictures(path)
    return {shot.name: pictures.webp(shot) for shot in shots}


class TablePictures:
    """The parts of a model, ready to be pictured."""

    def __init__(self, path: Path) -> None:
        """Read the model and join its parts into one mesh."""
        scene = read(path)
        document = scene.document()
        names = [document["nodes"][each]["name"] for each in document["scenes"][0]["nodes"]]
        shapes = [shape.attributes for shape in scene.shapes]
        starts = np.cumsum([0, *(len(shape["POSITION"]) for shape in shapes)])
        self._spans = {name: slice(starts[at], starts[at + 1]) for at, name in enumerate(names)}
        corners = [shape.indices.astype(np.int32) for shape in scene.shapes]
        faces = np.concatenate([each + np.int32(start) for each, start in zip(corners, starts[:-1], strict=True)])
        faces = faces.reshape(-1, 3)
        colors = np.concatenate([shape["COLOR_0"][:, :3] for shape in shapes])
        self._colors = srgb_bytes(colors / np.float32(65535))
        normals = np.concatenate([shape["NORMAL"] for shape in shapes])
        self._mesh = Mesh(
            np.concatenate([shape["POSITION"] for shape in shapes]),
            faces,
            normals=np.ascontiguousarray(normals[faces]),
            colors=self._colors,
            **_picture_of(scene),
        )
        self._scene = Scene(self._mesh.positions, self._mesh.faces)

    def picture(self, view: TableView, lit: str = "") -> ByteArray:
        """Return (h, w, 4) uint8 sRGB with straight alpha.

        lit : name of the part under the lamp, empty for none
        """
        mesh = replace(self._mesh, colors=self._lit(lit)) if lit else self._mesh
        return portrait(mesh, self._scene, view.frame(), OPTIONS)

    def webp(self, shot: Shot) -> bytes:
        """Return a picture as WebP; that of a corner is small, and that of the whole as good as its bytes allow."""
        image = Image.fromarray(self.picture(shot.view, shot.lit))
        if shot.lit:
            return _encoded(image, **_CORNER)
        content = b""
        for quality in QUALITIES:
            content = _encoded(image, quality=quality, **_WHOLE)
            if len(content) <= MOST_WHOLE_BYTES:
                break
        return content

    def _lit(self, name: str) -> ByteArray:
        colors: FloatArray = self._colors.astype(np.float32)
        span = self._spans[name]
        shade = colors[span].max(axis=1, keepdims=True) / max(float(colors[span].max()), 1.0)
        colors[span] = (1 - LAMP_SHARE) * colors[span] + LAMP_SHARE * LAMP * shade
        return np.rint(colors).astype(np.uint8)


def _encoded(image: Image.Image, **options: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", **options)
    return stream.getvalue()


def _picture_of(scene: Authored) -> dict[str, Any]:
    """Return the fields of a mesh that lay the picture of the ground on its parts; none without a picture."""
    if not scene.pictures:
        return {}
    has_picture = [shape.attributes.get("TEXCOORD_0") is not None for shape in scene.shapes]
    texcoords = [
        shape.attributes["TEXCOORD_0"][shape.indices.reshape(-1, 3)].astype(np.float32)
        if has
        else np.full((len(shape.indices) // 3, 3, 2), np.nan, np.float32)
        for shape, has in zip(scene.shapes, has_picture, strict=True)
    ]
    counts = [len(shape.indices) // 3 for shape in scene.shapes]
    slot = TextureSlot(scene.pictures[0].texture, 0, Wrap.CLAMP, Wrap.CLAMP)
    return {
        "texcoords": (np.concatenate(texcoords),),
        "face_materials": np.repeat(np.array(has_picture, np.int32), counts),
        "materials": (Material("table"), Material("ground", base=slot)),
    }
