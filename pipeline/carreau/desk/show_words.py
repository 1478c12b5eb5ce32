"""The groups and words of the forms of a show and of a map that moves, besides those that they share with others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SHOW_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What it is": ("name", "start", "presence_key", "volume", "quiet"),
        "Story": ("summary", "care"),
        "Before it begins": ("attract",),
        "Scenes": ("scene",),
        "Media and rights": ("media", "rights"),
        "Sources": ("source", "basis"),
        "Questions to the team": ("questions",),
    }
)
"""The keys of a show."""

MAP_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What it is": ("name", "clock", "side"),
        "Story": ("summary", "note"),
        "Events": ("event",),
        "Sources": ("source",),
        "Questions to the team": ("questions",),
    }
)
"""The keys of a map that moves; what is on it, and the picture below it, are written in its file."""

SHOW_TABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "attract": ("Before it begins", ""),
        "quiet": ("Quiet hours", "Quiet hours"),
        "scene": ("Scenes", "Scene"),
        "side": ("Sides", "Side"),
        "event": ("Events", "Event"),
        "other": ("What other sources say", "Other account"),
    }
)

SHOW_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "begins": "From, full hour",
        "clock": "Clock of the hours",
        "ends": "To, full hour",
        "figure": "Picture or film",
        "is_read": "A speaker of the language has read the translation",
        "lang": "Language of the lines",
        "light": "Light",
        "lines": "Lines of an author",
        "model": "Model of a place",
        "other.feature": "What they have elsewhere",
        "presence_key": "Key that a sensor presses",
        "scene.credit": "Whose the lines are, and where they stand",
        "seconds": "Seconds that it lasts",
        "spoken": "What the map shows, in words",
        "start": "What begins it",
        "time": "Time",
        "told": "Time in words",
        "translation": "Translation of the lines into French",
        "voice": "Voice",
        "volume": "Volume, 0 to 1",
    }
)

SHOW_HELP: Mapping[str, str] = MappingProxyType(
    {
        "attract.text": "What invites people as long as nobody watches.",
        "clock": "solar: of the sun there, as in 1712; civil: of the country.",
        "event.sources": "The short names of sources below, or of the trail, one a line.",
        "figure": "The short name of a picture or film of its media.",
        "lang": "pcd for Picard, fr for French.",
        "light": "dark: nothing; lamp: a miner's lamp; dust: its cone with coal dust; headframe: a headframe against "
        "the sky; day: daylight at the top of a shaft.",
        "lines": "As they are written there, one a line.",
        "model": "A place and its state, such as fosse-mathilde/1930; it turns in place of a picture.",
        "other.feature": "The short name of something on the map; below, its other place: a commune or a position.",
        "other.sources": "The short names of sources below, or of the trail, one a line.",
        "presence_key": "Such as F13.",
        "scene.sources": "The short names of sources below, one a line.",
        "seconds": "Longer with a voice or a film that is longer.",
        "spoken": "For those who do not see it.",
        "start": "touch, key or presence; one a line.",
        "time": "1831, 1831-07, 1831-07-15 or 1712-07-24T13:00; no more precise than the sources.",
        "translation": "One for each line.",
        "voice": "The short name of a sound of its media.",
    }
)
