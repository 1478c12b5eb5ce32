"""Make a bundle of any number of sites up from a real one, as `made_up.py` does with a catalogue.

Each copy has its answer in every language, its card, its place on the map and its words in the search. Exports and
pages are those of the real sites: publishing 5,000 real ones would take an hour, nearly all of it for compressing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import brotli

from carreau.base.schema.bundle import FILES, Answer
from carreau.base.schema.parts import File
from carreau.base.schema.site import Site
from carreau.site.publish.bundle_answers import Contents, SiteRows, about, encode_json, make_database
from carreau.site.publish.site_document import card
from carreau.site.releases import read_current, swap, with_release_id
from tests.bench.made_up import STEP_DEG, copy_slug

_QUALITY = 4


def make_large(source: Path, count: int, target: Path) -> Path:
    """Write a bundle of so many sites, and return its folder.

    source : a bundle with all its files
    """
    manifest = read_current(source)
    assert manifest is not None
    (target / FILES).mkdir(parents=True)
    for path in (source / FILES).iterdir():
        os.link(path, target / FILES / path.name)
    files = {file.path: file for file in manifest.files if file.ext != "sqlite"}
    by_digest = {file.sha256: file for file in files.values()}
    answers = list(manifest.answers)
    sites = _sites(source, answers, by_digest, manifest.languages)
    rows = dict[str, SiteRows]()
    for slug, number in _copies(sorted(sites), count):
        documents = {language: _renamed(site, number) for language, site in sites[slug].items()}
        copy = next(iter(documents.values())).slug
        rows[copy] = _rows(documents)
        if number:
            for language, document in documents.items():
                file = _written(target, encode_json(document))
                files[file.path] = file
                answers.append(Answer(path=f"/v1/sites/{copy}", lang=language, sha256=file.sha256))
    told = about(manifest.languages, manifest.base_url, manifest.generator)
    database = _written(
        target, make_database(Contents(told, sites=rows, answers=answers, files=files.values())), "sqlite"
    )
    files[database.path] = database
    ordered = tuple(sorted(answers, key=lambda each: (each.path, each.lang)))
    listed = tuple(file for _, file in sorted(files.items()))
    changes = {"sites": len(rows), "database": database.sha256, "answers": ordered, "files": listed}
    swap(target, with_release_id(manifest.model_copy(update=changes)))
    return target


def _sites(
    source: Path, answers: list[Answer], files: dict[str, File], languages: tuple[str, ...]
) -> dict[str, dict[str, Site]]:
    """Return the sites of a bundle by slug and language."""
    found = dict[str, dict[str, Site]]()
    for answer in answers:
        if (match := re.fullmatch(r"/v1/sites/([a-z0-9-]+)", answer.path)) and answer.lang in languages:
            content = (source / files[answer.sha256].path).read_bytes()
            found.setdefault(match[1], {})[answer.lang] = Site.model_validate_json(content)
    return {slug: {language: told[language] for language in languages} for slug, told in found.items()}


def _copies(slugs: list[str], count: int) -> Iterator[tuple[str, int]]:
    """Yield what is copied with the number of the copy, 0 for the real one."""
    for place in range(count):
        yield slugs[place % len(slugs)], place // len(slugs)


def _renamed(site: Site, number: int) -> Site:
    if not number:
        return site
    copy = copy_slug(site.slug, number)
    tree = re.sub(rf"(?<![\w-]){re.escape(site.slug)}(?![\w-])", copy, encode_json(site).decode())
    made = Site.model_validate_json(tree)
    name = made.name.model_copy(update={"text": f"{made.name.text} {number}"})
    place = made.position and made.position.model_copy(update={"lon": made.position.lon + number * STEP_DEG})
    return made.model_copy(update={"name": name, "position": place})


def _rows(documents: dict[str, Site]) -> SiteRows:
    place = next(iter(documents.values())).position
    box = (place.lon, place.lon, place.lat, place.lat) if place else None
    cards = {language: card(site) for language, site in documents.items()}
    features = {
        language: json.dumps({"type": "Feature", "id": each.slug, "geometry": None, "properties": {}}).encode()
        for language, each in cards.items()
    }
    return SiteRows(documents, cards, features, box)


def _written(target: Path, content: bytes, ext: str = "json") -> File:
    """Return a file of the bundle; its copy is compressed a hundred times as fast as for publishing."""
    digest = hashlib.sha256(content).hexdigest()
    path = target / FILES / f"{digest}.{ext}"
    path.write_bytes(content)
    if ext != "json":
        return File(sha256=digest, ext=ext, media_type="application/vnd.sqlite3", bytes=len(content))
    packed = brotli.compress(content, quality=_QUALITY)
    path.with_name(f"{path.name}.br").write_bytes(packed)
    media_type, size = "application/json", len(content)
    return File(sha256=digest, ext=ext, media_type=media_type, bytes=size, brotli_bytes=len(packed))
