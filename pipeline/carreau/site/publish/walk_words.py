"""Interface texts of the panel of offline packs, of routes and trails: a JSON document per language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from carreau.base.i18n.translator import Translator
from carreau.base.levels import LEVELS, OFFERED

CONTEXT = "walk"
"""Message context in `interface.po`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "The walk offline",
        "about": "Stored on the device: %(parts)s.",
        "about_ar": "Augmented reality works too if the phone supports it.",
        "part_pages": "pages with texts and maps",
        "part_pictures": "pictures",
        "part_sounds": "sounds",
        "part_videos": "videos",
        "part_documents": "documents",
        "part_models": "models",
        "level": "Quality of the models",
        **{f"level_{name}": LEVELS[name].detail.capitalize() for name in OFFERED},
        "size": "%(sent)s to download, %(kept)s on the device",
        "download": "Download",
        "change": "Download this quality",
        "update": "Update",
        "pause": "Pause",
        "resume": "Resume",
        "again": "Download again",
        "delete": "Delete from this device",
        "really": "Delete the walk from this device? You can download it again later.",
        "yes_delete": "Yes, delete",
        "no": "No, keep",
        "progress": "Walk download",
        "done_of": "%(done)s of %(whole)s, %(files)s of %(count)s files.",
        "minutes_left": "About %(number)s min left.",
        "seconds_left": "Less than a minute left.",
        "started": "Download started: %(size)s.",
        "part": "%(share)s downloaded.",
        "paused": "Paused. Downloaded files are kept.",
        "lost": "Connection lost. The download resumes when you are back online.",
        "interrupted": "Download interrupted. Downloaded files are kept.",
        "failed": "Download stopped. Downloaded files are kept.",
        "whole": "Downloaded and verified: the walk works offline.",
        "refused": "Some files arrived damaged and were rejected: %(names)s.",
        "no_room": "Not enough space: %(wanted)s needed, %(free)s available.",
        "full": "The device is full. Free some space, then resume: downloaded files are kept.",
        "not_here": "This browser cannot store the walk on this device.",
        "elsewhere": "The walk is being downloaded in another window.",
        "fact_size": "Size",
        "fact_level": "Model quality",
        "fact_edition": "Edition",
        "fact_taken": "Downloaded on",
        "kept": "The browser keeps it until you delete it.",
        "may_go": "The browser may delete it if the device runs out of space.",
        "newest": "The walk is on this device and up to date.",
        "newer": "Update available: %(size)s.",
        "no_network": "You are offline: sizes and updates cannot be checked now.",
        "deleted": "Walk deleted, %(size)s freed.",
        "here": "On this device",
        "none": "Nothing is stored on this device.",
        "trail_title": "The trail offline",
        "trail_really": "Delete the trail from this device? You can download it again later.",
        "trail_progress": "Trail download",
        "trail_whole": "Downloaded and verified: the trail works offline, from the first to the last chapter.",
        "trail_not_here": "This browser cannot store the trail on this device.",
        "trail_elsewhere": "The trail is being downloaded in another window.",
        "trail_newest": "The trail is on this device and up to date.",
        "trail_deleted": "Trail deleted, %(size)s freed.",
    }
)
"""English texts by key; placeholders as in the PO files: %(size)s. Those with "trail_" are said of trails instead."""


def words_of_walk(language: str) -> dict[str, str]:
    """Return the texts in a language, with placeholders as the panel fills them: {size}."""
    return Translator(language).by_name(CONTEXT, WORDS)


def walk_document(language: str) -> bytes:
    """Return the texts as JSON."""
    return json.dumps(words_of_walk(language), ensure_ascii=False, separators=(",", ":")).encode()
