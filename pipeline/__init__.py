"""Turn scans into models any phone can open, with the same bytes however many processors there are."""

import importlib
import os

# A product of long vectors, shared among BLAS threads, is summed in another order by each number of them: its last bit
# then tells how many processors a machine has. Read when numpy is loaded, so set before; no step is slower for it.
for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[_variable] = "1"

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


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module("pipeline.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
