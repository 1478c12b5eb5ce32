"""The table of oddities: how each is made, and what must be true of what is built from it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pygltflib as gltf
import trimesh
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from carreau.base.options import UNITS_M
from tests.real.oddities.truth import Truth
from tests.real.oddities.writing import GlbWriter, Part, save, save_16_bit, write_obj

Matrix = NDArray[np.float64]

LAMBERT_93 = (735_000.0, 7_031_000.0, 40.0)
"""A place in La Porte du Hainaut: easting, northing and height, metres."""

MARGIN_PX = 9
"""Edge of the square by which an atlas is wider than its faces: programs pad theirs by a few texels."""

NEW_ATLAS_DB = (36.0, 39.5)
"""Least of a scan of several textures, which cannot keep its own atlas: 36.9 and 40.6 were measured."""

LEVELS = ("preview", "phone")

UNIT, UP = "does not state its unit", "does not state which side is up"
"""OBJ and PLY state neither; a column stands on either end, so that its shape does not tell."""


@dataclass(frozen=True)
class Oddity:
    """One oddity.

    write : writes the scan into a folder, and returns its file and the (4, 4) from the truth's coordinates to its own
    options : words of the command line
    warnings : what must be said, as parts of sentences; nothing else may be
    is_upright : whether up must be right; otherwise it may be wrong if that is said
    psnr_db : least of the preview's and the phone's, beside the truth and not beside the file; 0 where more than the
        truth is to be seen, or less
    times : how often as large as the truth the scan is meant to be
    levels : what is built
    materials : slots that the phone's material must have beside its colour
    """

    name: str
    write: Callable[[Path, Truth], tuple[Path, Matrix]]
    options: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_upright: bool = True
    psnr_db: tuple[float, float] = (38.0, 41.0)
    times: float = 1.0
    materials: tuple[str, ...] = field(default=())
    levels: tuple[str, ...] = LEVELS


def _turned_or_scaled() -> Iterator[Oddity]:
    """Yield each direction of up and each unit that a user may name; most go together, and one of each goes alone.

    Both are dealt with before any level is made, so that one level shows them.
    """
    ups, units = ("-x", "-y", "z", "-z"), tuple(UNITS_M)
    level = LEVELS[:1]
    yield Oddity("up is x", _moved("x", "m"), ("--up", "x"), (UNIT,), levels=level)
    yield Oddity(f"in {units[0]}", _moved("y", units[0]), ("--unit", units[0]), (UP,), levels=level)
    for up, unit in itertools.zip_longest(ups, units[1:], fillvalue="y"):
        words = ("--up", up, "--unit", unit)
        yield Oddity(f"up is {up}, in {unit}", _moved(up, unit), words, levels=level)


def oddities() -> tuple[Oddity, ...]:
    """Return the table."""
    return (
        Oddity("nothing odd", _plain, warnings=(UNIT, UP)),
        Oddity("national coordinates with strays", _strays, warnings=(UNIT, "stray")),
        *_turned_or_scaled(),
        Oddity("Y down, and nobody says so", _moved("-y", "m"), warnings=(UNIT, UP), is_upright=False),
        Oddity("metal, roughness and emission", _bronze, materials=("metallic_roughness", "emissive")),
        Oddity("several scenes", _scenes, warnings=("scene",)),
        Oddity("six atlases", _atlases(6), warnings=(UNIT, UP), psnr_db=NEW_ATLAS_DB),
        Oddity("UDIM names", _udim, warnings=(UNIT, UP), psnr_db=NEW_ATLAS_DB),
        Oddity("UDIM tiles of one material", _udim_tiles, warnings=(UNIT, UP), psnr_db=NEW_ATLAS_DB),
        Oddity("a texture of 16 bits a channel", _sixteen_bits, warnings=(UNIT, UP)),
        Oddity("a CMYK texture", _cmyk, warnings=(UNIT, UP)),
        Oddity("mirrored and scaled nodes", _mirrored),
        Oddity("float32 in the millions", _float32, warnings=(UNIT, "float32"), psnr_db=(0, 0), times=100),
        Oddity("duplicate layers", _layers, warnings=(UNIT, UP)),
        Oddity("half-transparent foliage", _foliage, psnr_db=(0, 0)),
        Oddity("a mesh inside out", _inside_out, warnings=(UNIT, UP, "inside out")),
    )


def _matrix(linear: Matrix | None = None, shift: tuple[float, float, float] = (0, 0, 0)) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if linear is None else linear
    matrix[:3, 3] = shift
    return matrix


def _obj(folder: Path, truth: Truth, matrix: Matrix, extra: str = "") -> tuple[Path, Matrix]:
    picture = save(folder / "column.png", truth.texture)
    part = Part("column", truth.faces, picture)
    return write_obj(folder / "column.obj", truth.moved(matrix), [part], extra), matrix


def _plain(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    return _obj(folder, truth, _matrix())


def _strays(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write a triangle of 1 cm at 0, 0, 0 and vertices of no face that are far away or no place at all."""
    matrix = _matrix(_rotation("z"), LAMBERT_93)
    first = len(truth.positions) + 1
    rows = ["v 0 0 0", "v 0.01 0 0", "v 0 0.01 0", "v 0 0 0", "v nan 0 0", "v inf 0 0"]
    face = f"f {first}/1 {first + 1}/1 {first + 2}/1"
    return _obj(folder, truth, matrix, "\n".join([*rows, face]) + "\n")


def _rotation(up: str) -> Matrix:
    """Return the (3, 3) that turns Y to another axis."""
    target = np.zeros(3)
    target["xyz".index(up[-1])] = -1.0 if up.startswith("-") else 1.0
    if up == "-y":
        return np.diag([1.0, -1.0, -1.0])
    side = np.cross([0.0, 1.0, 0.0], target)
    skew = np.array([[0, -side[2], side[1]], [side[2], 0, -side[0]], [-side[1], side[0], 0]])
    turn: Matrix = np.eye(3) + skew + skew @ skew
    return turn


def _moved(up: str, unit: str) -> Callable[[Path, Truth], tuple[Path, Matrix]]:
    return lambda folder, truth: _obj(folder, truth, _matrix(_rotation(up) / UNITS_M[unit]))


def _bronze(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write a surface that is metal on one side of its atlas, rough on one half, and gives light in one spot."""
    writer = GlbWriter()
    height, width = truth.texture.shape[:2]
    packed, light = np.zeros_like(truth.texture), np.zeros_like(truth.texture)
    packed[: height // 2, :, 1], packed[height // 2 :, :, 1] = 220, 90
    packed[:, : width // 2, 2] = 255
    light[height // 8 : height // 4, width // 8 : width // 4] = (255, 180, 60)
    info = {name: gltf.TextureInfo(index=writer.texture(each)) for name, each in (("packed", packed), ("light", light))}
    surface = gltf.PbrMetallicRoughness(
        baseColorTexture=gltf.TextureInfo(index=writer.texture(truth.texture)), metallicRoughnessTexture=info["packed"]
    )
    material = gltf.Material(pbrMetallicRoughness=surface, emissiveTexture=info["light"], emissiveFactor=[1, 1, 1])
    mesh = writer.mesh(truth.positions, truth.faces, truth.texcoords, writer.material(material))
    writer.scene([writer.node(mesh)])
    return writer.write(folder / "column.glb"), _matrix()


def _scenes(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write one half of the faces in each of two scenes."""
    writer = GlbWriter()
    material = writer.matt(truth.texture)
    for faces in np.array_split(truth.faces, 2):
        writer.scene([writer.node(writer.mesh(truth.positions, faces, truth.texcoords, material))])
    return writer.write(folder / "column.glb"), _matrix()


def _sectors(truth: Truth, count: int) -> Iterator[NDArray[np.int64]]:
    """Yield the faces in as many sectors around the middle."""
    middles = truth.positions[truth.faces].mean(axis=1) - truth.positions.mean(axis=0)
    turn = np.arctan2(middles[:, 0], middles[:, 2]) / (2 * math.pi) + 0.5
    for number in range(count):
        yield truth.faces[np.minimum((turn * count).astype(int), count - 1) == number]


def _atlas(truth: Truth, faces: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the texture where some faces lie on it, and magenta elsewhere: the wrong atlas cannot be overlooked."""
    height, width = truth.texture.shape[:2]
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    for triangle in truth.texcoords[faces] * [width, -height] + [0, height]:
        draw.polygon([tuple(corner) for corner in triangle.tolist()], fill=255)
    mask = mask.filter(ImageFilter.MaxFilter(MARGIN_PX))
    return np.where(np.asarray(mask)[..., None] > 0, truth.texture, np.array([255, 0, 255], np.uint8)).astype(np.uint8)


def _atlases(count: int) -> Callable[[Path, Truth], tuple[Path, Matrix]]:
    def write(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
        parts = []
        for number, faces in enumerate(_sectors(truth, count)):
            picture = save(folder / f"column_{number}.png", _atlas(truth, faces))
            parts.append(Part(f"part_{number}", faces, picture))
        return write_obj(folder / "column.obj", truth, parts), _matrix()

    return write


def _udim(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write three tiles, 1001 to 1003, whose texture coordinates are 0..1, 1..2 and 2..3, one material each."""
    parts = []
    for number, faces in enumerate(_sectors(truth, 3)):
        picture = save(folder / f"column.{1001 + number}.png", _atlas(truth, faces))
        parts.append(Part(f"tile_{1001 + number}", faces, picture, truth.texcoords + np.array([number, 0])))
    return write_obj(folder / "column.obj", truth, parts), _matrix()


def _udim_tiles(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write three tiles, 1001, 1002 and 1011, of one material that names its texture `column.<UDIM>.png`."""
    parts = []
    for (u, v), faces in zip(((0, 0), (1, 0), (0, 1)), _sectors(truth, 3), strict=True):
        save(folder / f"column.{1001 + u + 10 * v}.png", _atlas(truth, faces))
        parts.append(Part("column", faces, "column.<UDIM>.png", truth.texcoords + np.array([u, v])))
    return write_obj(folder / "column.obj", truth, parts), _matrix()


def _sixteen_bits(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    part = Part("column", truth.faces, save_16_bit(folder / "column.png", truth.texture))
    return write_obj(folder / "column.obj", truth, [part]), _matrix()


def _cmyk(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    part = Part("column", truth.faces, save(folder / "column.jpg", truth.texture, "CMYK"))
    return write_obj(folder / "column.obj", truth, [part]), _matrix()


def _mirrored(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write two halves in nodes that undo what was done to their meshes: one mirrored, one in mm and turned."""
    writer = GlbWriter()
    material = writer.matt(truth.texture)
    nodes = []
    matrices = (np.diag([-1.0, 1.0, 1.0]), np.diag([0.001, 0.001, 0.001]) @ _rotation("z"))
    for faces, linear in zip(np.array_split(truth.faces, 2), matrices, strict=True):
        back = np.linalg.inv(linear)
        wound = faces[:, ::-1] if np.linalg.det(linear) < 0 else faces
        mesh = writer.mesh(truth.positions @ back.T, wound, truth.texcoords, material)
        nodes.append(writer.node(mesh, _matrix(linear)))
    writer.scene(nodes)
    return writer.write(folder / "column.glb"), _matrix()


def _float32(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write a PLY of float32 far from its origin, a hundred times as large: steps of 0.5 m in 38 m."""
    matrix = _matrix(_rotation("z") * 100, LAMBERT_93)
    places = truth.moved(matrix).positions.astype(np.float32)
    mesh = trimesh.Trimesh(places, truth.faces, vertex_colors=truth.texels(truth.texcoords), process=False)
    mesh.export(folder / "column.ply")
    return folder / "column.ply", matrix


def _layers(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write every face twice, the second time with vertices of its own."""
    picture = save(folder / "column.png", truth.texture)
    twice = Truth(
        np.tile(truth.positions, (2, 1)),
        np.concatenate([truth.faces, truth.faces + len(truth.positions)]),
        np.tile(truth.texcoords, (2, 1)),
        truth.texture,
    )
    return write_obj(folder / "column.obj", twice, [Part("column", twice.faces, picture)]), _matrix()


def _foliage(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    """Write cards around the foot whose texture is half transparent, as foliage is drawn."""
    writer = GlbWriter()
    leaf = np.zeros((64, 64, 4), np.uint8)
    leaf[..., :3], leaf[::2, ::2, 3] = (60, 140, 40), 255
    info = gltf.TextureInfo(index=writer.texture(leaf))
    surface = gltf.PbrMetallicRoughness(baseColorTexture=info, metallicFactor=0.0)
    leaves = writer.material(gltf.Material(pbrMetallicRoughness=surface, alphaMode="BLEND", doubleSided=True))
    low, high = truth.positions.min(axis=0), truth.positions.max(axis=0)
    corners, faces = [], []
    for number in range(40):
        turn = number / 40 * 2 * math.pi
        middle = (low + high) / 2 + 0.45 * (high - low) * [math.sin(turn), 0, math.cos(turn)]
        across = 0.01 * np.array([math.cos(turn), 0, -math.sin(turn)])
        base = np.array([middle[0], low[1], middle[2]])
        faces += [[4 * number + k for k in triangle] for triangle in ((0, 1, 2), (0, 2, 3))]
        corners += [base - across, base + across, base + across + [0, 0.03, 0], base - across + [0, 0.03, 0]]
    texcoords = np.tile([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]], (40, 1))
    column = writer.mesh(truth.positions, truth.faces, truth.texcoords, writer.matt(truth.texture))
    cards = writer.mesh(np.array(corners), np.array(faces), texcoords, leaves)
    writer.scene([writer.node(column), writer.node(cards)])
    return writer.write(folder / "column.glb"), _matrix()


def _inside_out(folder: Path, truth: Truth) -> tuple[Path, Matrix]:
    turned = Truth(truth.positions, truth.faces[:, ::-1].copy(), truth.texcoords, truth.texture)
    return _obj(folder, turned, _matrix())
