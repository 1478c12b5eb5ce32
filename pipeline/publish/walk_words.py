"""Say the words of the offline packs in every language, in a document that their panel fetches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.i18n.translator import Translator
from pipeline.levels import LEVELS

CONTEXT = "walk"
"""Of the catalogues in `locales/`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "The walk without a network",
        "about": "What the device stores of the walk: %(parts)s.",
        "about_ar": "Augmented reality works too, where the phone allows it.",
        "part_pages": "pages with their texts and maps",
        "part_pictures": "pictures",
        "part_sounds": "sounds",
        "part_videos": "videos",
        "part_documents": "documents",
        "part_models": "models",
        "level": "Detail of the models",
        **{f"level_{level.name}": level.detail.capitalize() for level in LEVELS.values()},
        "size": "%(sent)s to fetch, %(kept)s on the device",
        "download": "Download",
        "change": "Fetch this detail",
        "update": "Update",
        "pause": "Pause",
        "resume": "Go on",
        "again": "Fetch them again",
        "delete": "Delete from this device",
        "really": "Delete the walk from this device? To have it again, you have to fetch it again.",
        "yes_delete": "Yes, delete",
        "no": "No, keep it",
        "progress": "Download of the walk",
        "done_of": "%(done)s of %(whole)s, %(files)s of %(count)s files.",
        "minutes_left": "About %(number)s min left.",
        "seconds_left": "Less than a minute left.",
        "started": "The download has begun: %(size)s.",
        "part": "%(share)s is here.",
        "paused": "Paused. What is here already is not fetched again.",
        "lost": "The connection was lost. It goes on by itself when the network is back.",
        "interrupted": "The download was interrupted. What is here already is not fetched again.",
        "failed": "The download has stopped. What is here already is not fetched again.",
        "whole": "Everything is here, and every file has been checked: the walk works without a network.",
        "refused": "Some files did not come as they were published, and were refused: %(names)s.",
        "no_room": "There is no room for it: it needs %(wanted)s, and the browser has %(free)s.",
        "full": "The device is full. Make room, then go on: what is here already is not fetched again.",
        "not_here": "This browser cannot store the walk on this device.",
        "elsewhere": "The walk is being downloaded in another window.",
        "fact_size": "Size",
        "fact_level": "Models",
        "fact_edition": "Edition",
        "fact_taken": "Fetched on",
        "kept": "The browser keeps it until you delete it.",
        "may_go": "The browser may delete it when the device runs out of room.",
        "newest": "The walk is on this device, in its newest version.",
        "newer": "There is a newer version: %(size)s to fetch.",
        "no_network": "There is no network: sizes and newer versions cannot be looked up now.",
        "deleted": "The walk is deleted: %(size)s of room made.",
        "here": "On this device",
        "none": "No walk is stored on this device.",
    }
)
"""English words by the name that the panel has for them; what it puts in stands as in the catalogues: %(size)s."""


def words_of_walk(language: str) -> dict[str, str]:
    """Return the words in a language, with the places that the panel fills: {size}."""
    return Translator(language).by_name(CONTEXT, WORDS)


def walk_document(language: str) -> bytes:
    """Return the words as JSON."""
    return json.dumps(words_of_walk(language), ensure_ascii=False, separators=(",", ":")).encode()
