"""The groups and words of the form of a trail, besides those that it shares with a place and a route."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TRAIL_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What it is": ("name", "standing", "audience", "means", "period"),
        "Story": ("summary", "description", "care", "badge"),
        "Visit": ("access", "safety"),
        "Chapters": ("chapter",),
        "For teachers": ("lesson",),
        "Media and rights": ("media", "rights"),
        "Sources": ("source", "basis"),
        "Questions to the team": ("questions",),
    }
)
"""The keys of a trail."""

TRAIL_TABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "chapter": ("Chapters", "Chapter"),
        "chapter.scene": ("Model or map beside the text", ""),
        "doubt": ("What sources say differently", "Doubt"),
        "version": ("Versions", "Version"),
        "question": ("Questions to visitors", "Question"),
        "option": ("Answers to choose", "Answer"),
        "way": ("Ways on, if it is not the next chapter", "Way on"),
        "lesson": ("For teachers", ""),
    }
)

TRAIL_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "about": "What it is about",
        "accepted": "Words that are right",
        "after": "After the visit",
        "answer": "Answer",
        "audience": "Who it is told to",
        "badge": "Words on the certificate",
        "before": "Before the visit",
        "by": "Where the answer is found",
        "care": "To know before telling it",
        "chapter.minutes": "Minutes that it takes, without the way",
        "children": "Told to children",
        "discuss": "To discuss",
        "goals": "Goals",
        "hint": "Hints",
        "level": "Level of the pupils",
        "means": "How it can be followed",
        "open": "Without a right answer",
        "place.doubt": "What is not known of the place",
        "precision": "What the position is worth",
        "radius_m": "How near, in metres",
        "reliability": "Reliability",
        "right": "It is right",
        "scene.file": "File of the map",
        "to": "Chapter that it leads to",
        "trail": "Another trail, where it crosses into one",
    }
)

TRAIL_HELP: Mapping[str, str] = MappingProxyType(
    {
        "accepted": "For questions that are answered in writing, one a line.",
        "audience": "alone, children or class; one a line.",
        "care": "Such as deaths.",
        "chapter.media": "The short names of media, one a line.",
        "chapter.site": "Its short name, as in its address; or name a place outside the catalogue below. "
        "Without both it is told on the way.",
        "chapter.sources": "The short names of sources below, one a line.",
        "discuss": "Questions without a right answer, one a line.",
        "goals": "One a line.",
        "hint": "From the faintest to the plainest, one a line.",
        "means": "walk, bike or home; one a line.",
        "precision": "A point where one finds the thing there, an area where it was only somewhere around.",
        "question.sources": "The short names of sources below, one a line.",
        "reliability": "A: somebody who took part, or an official inventory. B: a scholar, a museum, a public "
        "institution. C: a local historian, the press. D: a wiki, a blog, a page without a date.",
        "to": "Its short name.",
        "trail": "Its short name, as in its address; leave it empty for a chapter of this trail.",
        "version.sources": "The short names of sources below, one a line.",
    }
)
