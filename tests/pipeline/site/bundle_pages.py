"""Small bundles of a few pages."""

from __future__ import annotations

import os
from pathlib import Path

from carreau.base.schema.bundle import Answer, Manifest
from carreau.site.content_store import ContentStore
from carreau.site.releases import GRACE_S, swap, with_release_id

PAGE = b"<!doctype html><title>Fosse</title>" + b"<p>charbon, brique, herbe</p>" * 50


def published(root: Path, *texts: bytes, sources: str = "") -> Manifest:
    """Publish some pages and a database, as the builder does."""
    store = ContentStore(root)
    database = store.add_bytes(b"SQLite format 3\0" + sources.encode(), "sqlite")
    pages = [store.add_bytes(text, "html") for text in texts]
    answers = [
        Answer(path=f"/fr/{number}", lang="fr", sha256=page.sha256, static=f"fr/{number}/index.html")
        for number, page in enumerate(pages)
    ]
    manifest = with_release_id(
        Manifest(
            release="", generator="Carreau", languages=("fr",), base_url="", database=database.sha256, sites=1,
            routes=0, files=tuple(sorted(store.files.values(), key=lambda file: file.path)), answers=tuple(answers),
        )
    )  # fmt: skip
    swap(root, manifest)
    return manifest


def outlast(root: Path) -> None:
    """Let the time pass that a release stays after it was served."""
    for path in root.glob("releases/*/manifest.json"):
        passed = path.stat().st_mtime - GRACE_S
        os.utime(path, (passed, passed))
