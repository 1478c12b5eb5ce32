"""Open the cache in the place a person named: a folder, or a URL with a folder before it."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.cache.cache import Cache, default_root, url_root
from pipeline.cache.executors import Executor


def open_cache(place: str = "", executor: Executor | None = None) -> Cache:
    """Return the cache in a folder or at a URL; without either `$CARREAU_CACHE`, else the user's own.

    What is kept at a URL is kept in a folder of this machine too, for a value is mapped from its file.
    Raises OptionError for a URL that nothing installed can reach.
    """
    place = place or os.environ.get("CARREAU_CACHE", "")
    if "://" not in place:
        return Cache(Path(place).expanduser() if place else default_root(), executor)
    from pipeline.cache.shared_store import SharedStore

    root = url_root(place)
    return Cache(root, executor, SharedStore(root, place))
