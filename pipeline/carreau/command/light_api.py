"""The names of the library that need no NumPy: publishing, the cache, options and errors."""

from __future__ import annotations

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
from carreau.base.options import ModelOptions
from carreau.runs.cache import Cache, open_cache
from carreau.runs.progress import Progress, Quiet
from carreau.site.publish.publication import PublishOptions, PublishResult

__all__ = [
    "LEVELS",
    "BudgetError",
    "Cache",
    "CarreauError",
    "FormatError",
    "Level",
    "ModelOptions",
    "OptionError",
    "Progress",
    "PublishOptions",
    "PublishResult",
    "ScanError",
    "StorageError",
    "ToolError",
    "ValidationError",
    "open_cache",
    "publish_catalogue",
]


def publish_catalogue(options: PublishOptions, cache: Cache | None = None) -> PublishResult:
    """Publish the catalogue and its models as a bundle, as `carreau publish` does.

    The bundle is replaced as a whole. If neither the catalogue nor a model changed, it stays as it is.

    cache : of the media; the user's own if omitted
    Raises OptionError for a catalogue with errors, StorageError for a bundle that cannot be written.
    """
    from carreau.site.publish.publish import publish

    return publish(options, cache or open_cache(), Quiet(), lambda _doing, _share: None)
