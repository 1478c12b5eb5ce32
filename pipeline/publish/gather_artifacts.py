"""Gather what was made for each site and route, and put its files into the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.bundle.content_store import ContentStore
from pipeline.cache.cache import Cache
from pipeline.catalogue.catalogue import Entry
from pipeline.catalogue.state import State
from pipeline.console.progress import Progress
from pipeline.i18n.languages import SOURCE
from pipeline.media.making import make_media
from pipeline.media.renditions import Rendition
from pipeline.publish.artifacts import EntryArtifacts, StateArtifacts
from pipeline.publish.models import built_state, link
from pipeline.schema.medium import Medium, Variant
from pipeline.schema.words import Text


def gather(
    entry: Entry[Any], models: Path, media: Path, store: ContentStore, cache: Cache, progress: Progress
) -> EntryArtifacts:
    """Return what there is of a site or route.

    models : folder with a folder a site, in it one a state, as `carreau build` makes them
    media : folder that media are made in
    Raises OptionError and FormatError for what cannot be used.
    """
    states: Mapping[str, StateArtifacts] = {
        state.id: found
        for state in getattr(entry.of, "state", ())
        if (found := built_state(model_folder(models, entry.slug, state), store, cache)) is not None
    }
    made = make_media(entry, media, cache, progress)
    return EntryArtifacts(states, {each.id: _medium(each, media, store) for each in made})


def model_folder(models: Path, slug: str, state: State) -> Path:
    """Return where the models of a state lie."""
    return models / slug / state.id


def _medium(made: Rendition, folder: Path, store: ContentStore) -> Medium:
    variants = []
    for each in made.variants:
        file = link(store.add_file(folder / each.name))
        variants.append(
            Variant(
                width=each.width,
                height=each.height,
                codec=each.codec,
                **file.model_copy(update={"media_type": each.media_type}).model_dump(),
            )
        )
    captions = link(store.add_file(folder / made.captions.name)) if made.captions else None
    said = {
        "id": made.id,
        "kind": made.kind,
        "credit": "",
        "licence": "",
        "transcript": Text(text=made.transcript, lang=SOURCE, standing="source") if made.transcript else None,
        "captions": captions,
        "captions_lang": SOURCE if captions else "",
        "placeholder": made.placeholder,
        "duration_s": made.duration_s or None,
        "variants": tuple(variants),
    }
    return Medium.model_validate(said)
