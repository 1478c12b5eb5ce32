"""The functions and types that `from carreau import …` gives: whole jobs, then each stage.

A whole job takes paths and does what a command of `carreau` does; the results of its steps are cached. A stage takes
values and returns a new one, and writes nothing. Lengths are metres after `orient`, and in the scan's unit before.
"""

from __future__ import annotations

from pathlib import Path

from carreau.base.errors import (
    BudgetError,
    CarreauError,
    FormatError,
    OptionError,
    ScanError,
    StorageError,
    ToolError,
    ValidationError,
)
from carreau.base.levels import LEVELS, Level
from carreau.base.model import Cloud, EncodedImage, LevelMesh, Material, Mesh, Scan, Skin, Texture
from carreau.base.options import ModelOptions
from carreau.command.light_api import publish_catalogue
from carreau.formats.writers.glb import Precision
from carreau.models import flow
from carreau.models.given_scans import single_scan
from carreau.models.reports.report import Report
from carreau.models.stages.bake import (
    BakeCloudOptions,
    BakeOptions,
    NormalMapOptions,
    NormalMapResult,
    bake,
    bake_cloud,
    bake_normal_map,
)
from carreau.models.stages.check import Issue, check_packed, check_plain, validate
from carreau.models.stages.clean import Cleaned, CleanOptions, clean
from carreau.models.stages.encode import DataOptions, EncodedTexture, EncodeOptions, compress, encode_base, encode_data
from carreau.models.stages.inspect import AnyInspection, Inspection, inspect
from carreau.models.stages.measure import (
    Comparison,
    Distance,
    LevelError,
    MeasureOptions,
    measure,
    render_reference,
    score_level,
)
from carreau.models.stages.orient import Oriented, OrientOptions, orient
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.models.stages.poster import PosterOptions, encode_poster, render_poster
from carreau.models.stages.read import read
from carreau.models.stages.simplify import Reduced, SimplifyOptions, simplify
from carreau.models.stages.surface import ReconstructedSurface, SurfaceOptions, surface
from carreau.models.stages.unwrap import ReusedUvs, ReuseUvsOptions, UnwrapOptions, reuse_uvs, unwrap_level
from carreau.runs import scheduler
from carreau.runs.cache import Cache, open_cache
from carreau.runs.progress import Progress, Quiet
from carreau.site.publish.publication import PublishOptions, PublishResult

__all__ = [
    "LEVELS",
    "AnyInspection",
    "BakeCloudOptions",
    "BakeOptions",
    "BudgetError",
    "Cache",
    "CarreauError",
    "CleanOptions",
    "Cleaned",
    "Cloud",
    "Comparison",
    "DataOptions",
    "Distance",
    "EncodeOptions",
    "EncodedImage",
    "EncodedTexture",
    "FormatError",
    "GltfPackOptions",
    "Inspection",
    "Issue",
    "Level",
    "LevelError",
    "LevelMesh",
    "Material",
    "MeasureOptions",
    "Mesh",
    "ModelOptions",
    "NormalMapOptions",
    "NormalMapResult",
    "OptionError",
    "OrientOptions",
    "Oriented",
    "PosterOptions",
    "Precision",
    "Progress",
    "PublishOptions",
    "PublishResult",
    "ReconstructedSurface",
    "Reduced",
    "Report",
    "ReuseUvsOptions",
    "ReusedUvs",
    "Scan",
    "ScanError",
    "SimplifyOptions",
    "Skin",
    "StorageError",
    "SurfaceOptions",
    "Texture",
    "ToolError",
    "UnwrapOptions",
    "ValidationError",
    "bake",
    "bake_cloud",
    "bake_normal_map",
    "build_models",
    "check_packed",
    "check_plain",
    "clean",
    "compare_model",
    "compress",
    "encode_base",
    "encode_data",
    "encode_poster",
    "inspect",
    "inspect_scan",
    "measure",
    "open_cache",
    "orient",
    "pack",
    "publish_catalogue",
    "read",
    "render_poster",
    "render_reference",
    "reuse_uvs",
    "score_level",
    "simplify",
    "surface",
    "unwrap_level",
    "validate",
]


def inspect_scan(
    scan: Path, cache: Cache | None = None, progress: Progress | None = None, *, as_one: bool = False
) -> AnyInspection:
    """Return the size, format and defects of a scan, and how each defect would be repaired, as `carreau inspect` does.

    scan : file, folder of tiles, or a folder or ZIP with one scan in it
    cache : the user's own if omitted
    progress : nothing is shown if omitted
    as_one : whether all meshes in a folder are one scan, whatever they are called
    Raises ScanError for a scan that cannot be read.
    """
    cache, progress = cache or open_cache(), progress or Quiet()
    with single_scan(scan, as_one) as path, scheduler.watching(cache, progress):
        return flow.inspect_scan(path, cache, progress, as_one)


def build_models(
    scan: Path, options: ModelOptions, cache: Cache | None = None, progress: Progress | None = None
) -> Report:
    """Build the levels, poster and report of a scan into `options.out`, as `carreau model` does.

    The levels and the poster are written as soon as they stand, all or none, and `progress` gets a note; the report
    follows when they are measured. What is raised in between leaves the levels there, without a report. The same scan
    and options give the same bytes.

    scan : file, folder of tiles, or a folder or ZIP with one scan in it
    cache : the user's own if omitted
    progress : nothing is shown if omitted
    Raises ScanError for a scan that cannot be used, BudgetError or ValidationError for a level that cannot be
    published, StorageError for a folder that cannot be written.
    """
    cache, progress = cache or open_cache(), progress or Quiet()
    with single_scan(scan, options.as_one) as path, scheduler.watching(cache, progress):
        return flow.build_models(path, options, cache, progress)


def compare_model(scan: Path, model: Path, cache: Cache | None = None, progress: Progress | None = None) -> Comparison:
    """Return how far a model is from its scan, as `carreau compare` does.

    model : glTF, built by Carreau or by another program
    cache : the user's own if omitted
    progress : nothing is shown if omitted
    Raises ScanError for a file that cannot be read.
    """
    cache, progress = cache or open_cache(), progress or Quiet()
    with single_scan(scan) as path, scheduler.watching(cache, progress):
        return flow.compare_model(path, model, cache, progress)
