"""Turn scans into models any phone can open, with the same bytes however many processors there are."""

import importlib

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
    value: object
    if name == "__version__":
        value = importlib.import_module("importlib.metadata").version("carreau")
    elif name in __all__:
        light = importlib.import_module("carreau.command.light_api")
        if name in light.__all__:
            value = getattr(light, name)
        else:
            from carreau.base.process import one_blas_thread
            from carreau.base.tools import MODELS, require

            require(MODELS)
            with one_blas_thread():  # it loads NumPy and what else has a BLAS
                value = getattr(importlib.import_module("carreau.command.api"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
