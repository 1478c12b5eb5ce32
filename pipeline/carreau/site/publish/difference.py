"""What a release would change for readers, place by place, from the documents of both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carreau.base.languages import LANGUAGES, SOURCE, path_words
from carreau.site.pages.addresses import SHEETS
from carreau.site.publish import bundle_answers
from carreau.site.publish.bundle_answers import WORDS
from carreau.site.releases import ReleaseAnswers

ADDED, REMOVED, CHANGED = "added", "removed", "changed"

FILES = {"variants": "file", "levels": "model", "poster": "poster", "tracks": "captions"}
"""Lists of files in documents, and what they are to a reader: a picture, a model, its poster, captions."""

_KINDS = ("sites", "routes", "trails", "shows", "maps")
_DOCUMENT = re.compile(r"/v1/(sites|routes|trails)/([a-z0-9-]+)")

PAGE_WORDS = "page_words"
"""Key of all that can be read in the French page, which has more than its script, such as sources."""

_OURS = {
    "modified", "lang", "links", "pages", "line", "placeholder", "url", "outline", "packs", "value", "unit", "bounds_m",
    "licence_url", "captions", "captions_lang", PAGE_WORDS,
}  # fmt: skip
"""Keys that follow from others, or that no reader sees: the text of a fact has its value and unit, tracks captions."""

Documents = Mapping[str, Mapping[str, Any]]
"""The document of an entry in a release, by language; empty if the release lacks it."""


@dataclass(frozen=True)
class Value:
    """A value of a document as a reader sees it.

    text : empty for files
    size_bytes : of files together
    digest : of files; tells them from others of the same size
    """

    text: str = ""
    size_bytes: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Change:
    """A value that differs.

    key : its path in the document, with the ids of rows, or their numbers from 1
    before, after : None where it was not there, or is no more
    """

    key: tuple[str, ...]
    before: Value | None
    after: Value | None


@dataclass(frozen=True)
class EntryChange:
    """A place, route, trail, show or map that moves that differs.

    kind : of `_KINDS`
    slug : its name in links; of a show that of its trail or site
    what : `ADDED`, `REMOVED` or `CHANGED`
    changes : in the French document; empty for one that was added or removed, or whose page has other words besides
    languages : others, whose documents have other translations
    """

    kind: str
    slug: str
    name: str
    what: str
    changes: tuple[Change, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """All that differs.

    entries : places, then routes, trails, shows and maps that move, by name
    others : number of other pages that differ in French, such as lists, and the pages of places close by
    is_none : whether the releases are the same
    """

    entries: tuple[EntryChange, ...]
    others: int
    is_none: bool


def difference(before: ReleaseAnswers | None, after: ReleaseAnswers) -> Difference:
    """Return what a release changes, before None for the first one.

    Raises OSError where a file of a release is missing.
    """
    old = _answers(before) if before else {}
    new = _answers(after)
    differing = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    entries, own = list[EntryChange](), set[str]()
    for path in sorted({path for path, _ in differing}):
        for kind, slug, first, last in _compare(path, before, after):
            entry = _entry(kind, slug, first, last)
            if entry is not None:
                entries.append(entry)
                own.update(_pages(kind, slug, path, last or first))
    entries.sort(key=lambda each: (_KINDS.index(each.kind), each.name.casefold(), each.slug))
    pages = {path for path, language in _list_pages(before, after) if (path, language) in differing and path not in own}
    is_none = before is not None and before.manifest.release == after.manifest.release
    return Difference(tuple(entries), len(pages), is_none)


def _answers(release: ReleaseAnswers) -> dict[tuple[str, str], str]:
    return {(each.path, each.lang): each.sha256 for each in release.manifest.answers}


def _list_pages(*releases: ReleaseAnswers | None) -> Iterator[tuple[str, str]]:
    """Yield paths and languages of the French pages of releases."""
    for release in releases:
        for each in release.manifest.answers if release else ():
            if each.lang == SOURCE and each.static.endswith(".html"):
                yield each.path, each.lang


def _compare(
    path: str, before: ReleaseAnswers | None, after: ReleaseAnswers
) -> Iterator[tuple[str, str, Documents, Documents]]:
    """Yield what is at a path, and the maps in it: kind, slug, and the documents of both releases."""
    if match := _DOCUMENT.fullmatch(path):
        first, last = _documents(before, path), _documents(after, path)
        old_maps, new_maps = _maps(first), _maps(last)
        yield match[1], match[2], _without_maps(first), _without_maps(last)
        for slug in (*new_maps, *(slug for slug in old_maps if slug not in new_maps)):
            yield "maps", slug, old_maps.get(slug, {}), new_maps.get(slug, {})
    elif match := SHOW_PAGE.fullmatch(path):
        yield "shows", match[1], show_documents(before, path), show_documents(after, path)


def _pages(kind: str, slug: str, path: str, documents: Documents) -> tuple[str, ...]:
    """Return the French page of an entry, that for frames, and the sheets of a trail.

    path : that it was found at, of a show its page
    """
    if kind == "shows":
        return (path,)
    if kind == "maps":
        return (str(documents[SOURCE]["pages"][SOURCE]),)
    page = bundle_answers.page_path(kind, slug, SOURCE)
    if kind == "sites":
        return page, f"/embed/{slug}"
    return page, f"/embed/{kind}/{slug}", *((f"{page}/{SHEETS[SOURCE]}",) if kind == "trails" else ())


def _entry(kind: str, slug: str, old: Documents, new: Documents) -> EntryChange | None:
    first, last = old.get(SOURCE), new.get(SOURCE)
    name = str(((last or first) or {}).get("name", {}).get("text", "")) or slug
    if first is None or last is None:
        return EntryChange(kind, slug, name, REMOVED if last is None else ADDED)
    changes = tuple(_changes(_values(first), _values(last)))
    languages = tuple(
        code
        for code in LANGUAGES
        if code != SOURCE and _translations(old.get(code), code) != _translations(new.get(code), code)
    )
    is_changed = changes or languages or first.get(PAGE_WORDS) != last.get(PAGE_WORDS)
    return EntryChange(kind, slug, name, CHANGED, changes, languages) if is_changed else None


def _documents(release: ReleaseAnswers | None, path: str) -> Documents:
    documents = dict[str, dict[str, Any]]()
    for language in LANGUAGES:
        file = release.exactly(path, language) if release else None
        if release is not None and file is not None:
            documents[language] = json.loads(release.find_file(file).read_bytes())
    return documents


def _maps(documents: Documents) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the documents of the maps that move of a site or trail, by their slug."""
    maps = dict[str, dict[str, dict[str, Any]]]()
    for language, document in documents.items():
        for each in document.get("maps", ()):
            maps.setdefault(each["slug"], {})[language] = each
    return maps


def _without_maps(documents: Documents) -> Documents:
    return {
        language: {key: value for key, value in document.items() if key != "maps"}
        for language, document in documents.items()
    }


def _changes(old: Mapping[tuple[str, ...], Value], new: Mapping[tuple[str, ...], Value]) -> Iterator[Change]:
    """Yield the changes in the order of the new document, those of what is gone at the end."""
    for key in (*new, *(key for key in old if key not in new)):
        if old.get(key) != new.get(key):
            yield Change(key, old.get(key), new.get(key))


def _values(document: Mapping[str, Any]) -> dict[tuple[str, ...], Value]:
    return dict(_flat(document, ()))


def _translations(document: Mapping[str, Any] | None, language: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the texts of a document that are in its own language."""
    return [(key, text) for key, text, own in _texts(document or {}, ()) if own == language]


def _texts(value: Any, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    if isinstance(value, dict) and _is_text(value):
        yield key, f"{value['text']} ({value.get('standing', '')})", value["lang"]
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, (*key, name))
    elif isinstance(value, list):
        for name, each in _rows(value):
            yield from _texts(each, (*key, name))


def _is_text(value: Mapping[str, Any]) -> bool:
    return {"text", "lang"} <= value.keys()


def _flat(value: Any, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Value]]:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        yield key, Value(value["text"])  # a text, a term, or a date
    elif isinstance(value, dict) and "sha256" in value:
        yield key, _files([value])
    elif isinstance(value, dict):
        for name, each in value.items():
            if name in FILES and isinstance(each, list):
                yield (*key, FILES[name]), _files(each)
            elif name not in _OURS:
                yield from _flat(each, (*key, name))
    elif isinstance(value, list) and value and all(map(_words, value)):
        yield key, Value("; ".join(map(_words, value)))
    elif isinstance(value, list):
        for name, each in _rows(value):
            yield from _flat(each, (*key, name))
    elif value not in ("", None):
        yield key, Value(str(value))


def _words(value: Any) -> str:
    """Return a text, a word or a number of a list as it is shown, empty for anything else."""
    if isinstance(value, dict) and _is_text(value):
        return str(value["text"])
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, int | float) else ""


def _rows(rows: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a list with their names, or their numbers from 1 where two have the same."""
    names = [_name(each) for each in rows]
    for number, (name, each) in enumerate(zip(names, rows, strict=True), 1):
        yield (name if name and names.count(name) == 1 else str(number)), each


def _name(row: Any) -> str:
    """Return what a row is called: its id, else its name, label or title."""
    if not isinstance(row, dict):
        return ""
    called = next((row[key] for key in ("id", "name", "label", "title", "of") if row.get(key)), "")
    return str(called.get("text", "")) if isinstance(called, dict) else str(called)


def _files(files: list[dict[str, Any]]) -> Value:
    size = sum(int(each.get("bytes", 0)) for each in files)
    return Value("", size, " ".join(str(each.get("sha256", "")) for each in files))


SHOW_PAGE = re.compile(
    rf"/{SOURCE}/(?:{WORDS['sites'][SOURCE]}|{WORDS['trails'][SOURCE]})/([a-z0-9-]+)/{path_words('show')[SOURCE]}"
)
"""Path of the French page of a show, with the slug of the trail or site that it is of."""

_SCRIPT = re.compile(r'<script type="application/json">(.*?)</script>', re.DOTALL)
_MAIN = re.compile(r"<main.*?</main>", re.DOTALL)
_NO_WORDS = re.compile(r"<script.*?</script>|<[^>]*>", re.DOTALL)


def show_documents(release: ReleaseAnswers | None, path: str) -> dict[str, dict[str, Any]]:
    """Return what a show says and plays in each language; empty where the release does not have it.

    path : of its French page
    Raises OSError where the file of the page is missing.
    """
    file = release.exactly(path, SOURCE) if release else None
    if release is None or file is None:
        return {}
    page = release.find_file(file).read_text("utf-8")
    script, main = _SCRIPT.search(page), _MAIN.search(page)
    if script is None:
        return {}
    show = json.loads(script[1])
    words = " ".join(_NO_WORDS.sub(" ", main[0] if main else "").split())
    return {language: {**_document(show, language, release), PAGE_WORDS: words} for language in LANGUAGES}


def _document(show: Mapping[str, Any], language: str, release: ReleaseAnswers) -> dict[str, Any]:
    attract = show["attract"]
    return {
        "name": show["name"].get(language),
        "start": show["start"],
        "volume": show["volume"],
        "quiet": show["quiet"],
        "attract": {"text": attract["text"].get(language), "light": attract["light"]},
        "scenes": [_scene(each, language, release) for each in show["scenes"]],
    }


def _scene(scene: Mapping[str, Any], language: str, release: ReleaseAnswers) -> dict[str, Any]:
    voice, figure = scene.get("voice", {}), scene.get("figure", {})
    return {
        "id": scene["id"],
        "seconds": scene["seconds"],
        "light": scene["light"],
        "text": scene["text"].get(language),
        "lines": scene["lines"],
        "translation": scene["translation"].get(language, []),
        "credit": scene["credit"].get(language),
        "voice": _show_files(voice, release),
        "figure": {**_show_files(figure, release), "alt": figure.get("alt", {}).get(language)},
        "model": scene.get("model", {}).get("is", {}).get(language),
    }


def _show_files(medium: Mapping[str, Any], release: ReleaseAnswers) -> dict[str, Any]:
    """Return the files of a sound, picture or film as documents of the API have them."""
    files = [release.find(each["url"]) for each in medium.get("sources", ())]
    captions = [release.find(url) for url in dict.fromkeys(each["url"] for each in _captions(medium))]
    return {
        name: [{"sha256": file.sha256, "bytes": file.bytes} for file in group if file]
        for name, group in (("variants", files), ("tracks", captions))
        if group or name == "variants"
    }


def _captions(medium: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the captions that a script names; one that was made before they had languages names none here."""
    captions = medium.get("captions", {})
    return list(captions.values()) if isinstance(captions, dict) else []
