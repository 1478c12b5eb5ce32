"""Make the best a peer can of a number of bytes: which of its models, which texture, which WebP quality."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import brotli
import numpy as np
from PIL import Image

from carreau.base.model import DoubleArray, Mesh, Scan
from carreau.formats.gltf import gltf
from carreau.formats.images.image import decode
from carreau.geometry.triangles import transform
from carreau.models.stages.measure import THOROUGH, LevelError, MeasureOptions, Sighting, measure, scan_to_model, sight
from tests.bench.glb import Undressed, dress
from tests.bench.peers import Geometry

QUICK = MeasureOptions(views=6, size_px=384, supersampling=2, samples=0, lit_views=0)
"""Enough to choose between two candidates: their difference comes out within 0.1 dB up to 35 dB, in a tenth of the
time. Without supersampling it comes out at two thirds: the noise of single rays hides it."""

FINALISTS = 3
LOSSLESS = 101
SLOW_PX = 2048
"""Above it WebP is tried with method 4: method 6 saves 1 % of the bytes in three times the seconds."""
DRESS_BYTES = 160
"""What a texture adds to the JSON, after Brotli."""


def brotli_bytes(glb: bytes) -> int:
    """Return the length after Brotli 11."""
    return len(brotli.compress(glb, quality=11))


@dataclass(eq=False)
class Judge:
    """The scan, seen once in the frame of our models, against which every model is measured."""

    scan: Mesh
    matrix: DoubleArray
    _sightings: dict[MeasureOptions, Sighting] = field(default_factory=dict)

    @classmethod
    def of(cls, scan: Scan, ours: Path) -> "Judge":
        """Take the frame from one of our models."""
        matrix = scan_to_model(ours)
        return cls(transform(scan.mesh, matrix), matrix)

    def ours(self, path: Path) -> LevelError:
        """Measure one of our models."""
        return self._measure(gltf.read(path).mesh, THOROUGH)

    def peer(self, path: Path, options: MeasureOptions = THOROUGH) -> LevelError:
        """Measure a model that stands in the scan's own frame, from the same cameras as ours."""
        return self._measure(transform(gltf.read(path).mesh, self.matrix), options)

    def _measure(self, mesh: Mesh, options: MeasureOptions) -> LevelError:
        if options not in self._sightings:
            self._sightings[options] = sight(self.scan, options)
        return measure(self.scan, mesh, options, self._sightings[options])


@dataclass(eq=False)
class Wardrobe:
    """The scan's own texture in every size and WebP quality that was asked for."""

    image: Image.Image | None
    _webp: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _sized: dict[int, Image.Image] = field(default_factory=dict)

    @classmethod
    def of(cls, mesh: Mesh) -> "Wardrobe":
        """Open the scan's base colour texture, where it has just one; peers keep its layout."""
        textures = {id(m.base.texture): m.base.texture for m in mesh.materials if m.base is not None}
        if len(textures) != 1:
            return cls(None)
        return cls(Image.fromarray(decode(next(iter(textures.values())))))

    def sizes(self, most_px: int) -> list[int]:
        """Return the edges worth trying: the level's, and smaller ones with a higher quality."""
        if self.image is None:
            return []
        top = min(most_px, self.image.width)
        return [top, top * 3 // 4, top // 2]

    def webp(self, size_px: int, quality: int) -> bytes:
        """Return the texture as WebP; quality 101 is lossless."""
        key = size_px, quality
        if key not in self._webp:
            out = io.BytesIO()
            effort = 6 if size_px <= SLOW_PX else 4
            how = {"lossless": True, "method": 4} if quality == LOSSLESS else {"quality": quality, "method": effort}
            self._resized(size_px).save(out, "webp", **how)
            self._webp[key] = out.getvalue()
        return self._webp[key]

    def best_within(self, size_px: int, most_bytes: int) -> bytes | None:
        """Return the highest quality that fits, or None when even the lowest does not."""
        if len(self.webp(size_px, 1)) > most_bytes:
            return None
        low, high = 1, LOSSLESS + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if len(self.webp(size_px, middle)) <= most_bytes else (low, middle)
        return self.webp(size_px, low)

    def _resized(self, size_px: int) -> Image.Image:
        assert self.image is not None
        if size_px not in self._sized:
            height = max(1, round(size_px * self.image.height / self.image.width))
            same = size_px == self.image.width
            self._sized[size_px] = (
                self.image if same else self.image.resize((size_px, height), Image.Resampling.LANCZOS)
            )
        return self._sized[size_px]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A peer's best model for a level.

    within : whether it keeps to our triangles and our bytes; where no version of it does, this is its nearest
    """

    geometry: Geometry
    path: Path
    brotli_bytes: int
    texture_px: int
    within: bool
    error: LevelError


def fit(
    peer: str, made: Iterable[Geometry], wardrobe: Wardrobe, judge: Judge, level: tuple[int, int, int], folder: Path
) -> Fitted | None:
    """Return the peer's model with the least error; level is our triangles, our bytes and the level's texture edge.

    Sloppy models (gltfpack -sa) count only where nothing else keeps to the triangles, and models over them only then.
    """
    triangles, most_bytes, texture_px = level
    own = [geometry for geometry in made if geometry.peer == peer]
    careful = [g for g in own if g.triangles <= triangles and not g.sloppy]
    least = min((g.triangles for g in own if not g.sloppy), default=0)
    stuck = [] if careful else [g for g in own if not g.sloppy and g.triangles <= 1.03 * least]
    tried: list[tuple[float, int, int, Path, Geometry]] = []
    for geometry in [*(careful or [g for g in own if g.triangles <= triangles]), *stuck]:
        for size, glb in _dressed(geometry.model, wardrobe, most_bytes, texture_px, geometry in stuck):
            path = folder / f"{peer}.{len(tried)}.glb"
            path.write_bytes(glb)
            tried.append((judge.peer(path, QUICK).psnr_db, -len(tried), size, path, geometry))
    return _best(sorted(tried, reverse=True)[:FINALISTS], judge, level)


def _dressed(
    model: Undressed, wardrobe: Wardrobe, most_bytes: int, texture_px: int, generous: bool
) -> Iterable[tuple[int, bytes]]:
    """Yield texture edges with the model wearing what fits; half our bytes of texture for one that cannot fit."""
    bare = dress(model, None)
    left = most_bytes - brotli_bytes(bare) - DRESS_BYTES
    if generous:
        left = max(left, most_bytes // 2)
    if model.image is None or wardrobe.image is None:
        if left >= -DRESS_BYTES:
            yield 0, bare
        return
    for size in wardrobe.sizes(texture_px):
        webp = wardrobe.best_within(size, left)
        if webp is not None:
            yield size, dress(model, webp)


def _best(
    finalists: list[tuple[float, int, int, Path, Geometry]], judge: Judge, level: tuple[int, int, int]
) -> Fitted | None:
    judged = []
    for _, _, size, path, geometry in finalists:
        length = brotli_bytes(path.read_bytes())
        within = geometry.triangles <= level[0] and length <= level[1]
        judged.append(Fitted(geometry, path, length, size, within, judge.peer(path)))
    return max(judged, key=lambda fitted: np.nan_to_num(fitted.error.psnr_db, posinf=999.0), default=None)
