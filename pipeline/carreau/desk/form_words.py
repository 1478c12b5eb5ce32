"""Labels of the fields of forms, and what helps to fill them, in English; `interface.po` has the other languages.

A field is looked up by its path without rows, `fact.value`, else by its own key.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from carreau.catalogue.site import ANNOTATION_TEXTS

T = TypeVar("T")

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What it is": (
            "name", "other_names", "kind", "theme", "commune", "insee", "postcode", "communes", "company",
            "keywords", "demonstration",
        ),
        "Story": ("summary", "description"),
        "Dates and facts": (
            "period", "period_note", "date", "architect", "fact", "source", "confidence", "basis", "inscription",
        ),
        "Visit": ("visit", "position", "outline", "extent", "related"),
        "Media and rights": ("media", "rights"),
        "States, annotations and tours": ("state", "annotation", "tour"),
        "Questions to the team": ("questions",),
    }
)  # fmt: skip
"""The keys of a place, grouped as a person thinks."""

ROUTE_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "What it is": ("name", "standing", "mode", "loop"),
        "Story": ("summary", "description", "documented", "proposed"),
        "Stops": ("order", "stop"),
        "Way": (
            "path", "path_measure", "walked", "length_km", "length_measure", "length_note", "climb_m", "duration_min",
            "surface", "step_free",
        ),
        "Visit": ("transport", "safety"),
        "Media and rights": ("media", "rights"),
        "Sources": ("source", "basis"),
        "Questions to the team": ("questions",),
    }
)  # fmt: skip
"""The keys of a route."""

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

TABLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        **TRAIL_TABLES,
        **SHOW_TABLES,
        "position": ("Position", ""),
        "extent": ("Size", ""),
        "inscription": ("Entry of the official list", ""),
        "visit": ("Visit", ""),
        "date": ("Dates", "Date"),
        "architect": ("Architects", "Architect"),
        "fact": ("Facts", "Fact"),
        "source": ("Sources", "Source"),
        "rights": ("Rights", "Right"),
        "state": ("States", "State"),
        "part": ("Parts of the model", "Part"),
        "geopose": ("Position of the model", ""),
        "poster": ("Side of the poster", ""),
        "first_view": ("First view", ""),
        "annotation": ("Annotations", "Annotation"),
        "tour": ("Tours", "Tour"),
        "step": ("Steps", "Step"),
        "camera": ("Camera", ""),
        "media": ("Pictures, sound, film and documents", "Medium"),
        "stop": ("Stops", "Stop"),
        "place": ("Place outside the catalogue", ""),
        "at": ("Where one stands", ""),
    }
)
"""Headings of tables, and of a row."""

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

LABELS: Mapping[str, str] = MappingProxyType(
    {
        **TRAIL_LABELS,
        **SHOW_LABELS,
        **{f"annotation.{key}": label for key, label in ANNOTATION_TEXTS.items() if label},
        "accessibility": "For people with a disability",
        "access": "Access",
        "alt": "Description for people who cannot see it",
        "annotation": "Annotation",
        "area_ha": "Area in hectares",
        "author": "Author",
        "azimuth_deg": "Azimuth in degrees",
        "basis": "Where this was read",
        "bus": "Bus stop and line",
        "bus_source": "Source for the bus",
        "captions": "Captions (WebVTT file)",
        "climb_m": "Climb in metres",
        "code": "UNESCO code",
        "commune": "Commune",
        "communes": "All communes it is in",
        "company": "Mining company",
        "component": "Component",
        "component_number": "Number of the component",
        "confidence": "How sure it is",
        "credit": "Credit",
        "date": "Date",
        "demonstration": "Invented, to show every feature",
        "description": "Description",
        "disputed": "Sources disagree",
        "documented": "What sources say of it",
        "duration_min": "Duration in minutes",
        "duration_s": "Duration in seconds",
        "element": "Element",
        "elevation_deg": "Elevation in degrees",
        "event": "Event",
        "evidence": "Evidence",
        "field_deg": "Field of view in degrees",
        "file": "File",
        "height_m": "Height in metres",
        "id": "Short name for links",
        "insee": "INSEE code",
        "interest": "Interest",
        "keywords": "Keywords",
        "kind": "Kind",
        "label": "Label",
        "lat": "Latitude in degrees",
        "length_km": "Length in kilometres",
        "length_m": "Length in metres",
        "length_measure": "How the length was found",
        "length_note": "Note on the length",
        "licence": "Licence",
        "list": "Number of the list",
        "lon": "Longitude in degrees",
        "loop": "Ends where it begins",
        "media": "Media",
        "minutes": "Minutes that a visit takes",
        "mode": "How one moves",
        "name": "Name",
        "normal": "Direction out of the surface",
        "note": "Note",
        "of": "Of what",
        "optional": "May be left out",
        "order": "Order of the stops",
        "other_names": "Other names",
        "outline": "Outline (GeoJSON file)",
        "parking": "Where to park",
        "parking_source": "Source for parking",
        "path": "Line of the route (GPX or GeoJSON file)",
        "path_measure": "How the line was found",
        "period": "Period",
        "period_note": "Period in words",
        "pitch_deg": "Pitch in degrees",
        "point": "Point in the model",
        "position": "Position of the camera",
        "postcode": "Postal code, where the commune has several",
        "proposed": "What we propose",
        "protection": "Protection",
        "questions": "Questions",
        "related": "Related places",
        "role": "Role",
        "roll_deg": "Roll in degrees",
        "safety": "Safety",
        "see_today": "What can be seen today",
        "share_in_territory": "Share in the territory, 0 to 1",
        "site": "Place of the catalogue",
        "sound": "Sound",
        "source": "Source",
        "sources": "Sources",
        "standing": "Standing",
        "state": "State",
        "step_free": "Without steps",
        "step_free_source": "Source for the steps",
        "summary": "Summary",
        "surface": "Surface",
        "target": "Point that the camera looks at",
        "text": "Text",
        "theme": "Theme",
        "title": "Title",
        "transcript": "Transcript",
        "transport": "How to get there",
        "typology": "Typology",
        "unit": "Unit",
        "url": "Address",
        "value": "Value",
        "walked": "Somebody has followed it on the ground",
        "when": "When",
        "yaw_deg": "Yaw in degrees",
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

HELP: Mapping[str, str] = MappingProxyType(
    {
        **TRAIL_HELP,
        **SHOW_HELP,
        "annotation.media": "The short names of media, one a line.",
        "annotation.normal": "Three numbers: a vector out of the surface.",
        "basis": "One source a line.",
        "camera.position": "Three numbers, in the metres of the model.",
        "camera.target": "Three numbers, in the metres of the model.",
        "communes": "One a line.",
        "extent.basis": "A survey, a map, or the official outline.",
        "position.basis": "A survey, a map, or the official outline.",
        "confidence": "Sure is what two sources say.",
        "date.of": "The part that it happened to, where not to the whole: puits 2.",
        "description": "Paragraphs with an empty line between them. A link to another place: [words](site:its-name).",
        "element": "As published, such as 15A.",
        "fact.name": "For programs and translators, such as shaft_depth_m.",
        "fact.value": "A number, or words. Leave it empty as long as it is not known.",
        "file": "Beside the file of the place.",
        "id": "Small letters, digits and hyphens, as in fosse-1.",
        "code": "As published, such as 1360-008. Never make one up.",
        "keywords": "One a line.",
        "lat": "WGS 84; here about 50.2 to 50.5.",
        "lon": "WGS 84; here about 3.2 to 3.6.",
        "order": "Empty for the shortest walk from the first stop on; as in the list where a story needs it.",
        "other_names": "One a line.",
        "part.name": "The name of its node in the model.",
        "point": "Three numbers, in the metres of the model.",
        "period": "1831, 1831-07-15, 1924~ for about 1924, 1831/1862, or 1946/.. for ever since.",
        "questions": "What the team has to find out or decide, one question a line. They are not published.",
        "related": "The short names of other places, one a line.",
        "rights.of": "What the right is of, such as the texts.",
        "rights.licence": "Such as CC-BY-4.0.",
        "source.title": "As a reader would look for it: author, title, year.",
        "sources": "One a line.",
        "stop.site": "Its short name, as in its address; or name a place outside the catalogue below.",
        "summary": "Two sentences at most.",
        "transcript": "What is said, or the name of a text file with it.",
        "when": "1831, 1831-07-15, 1924~ for about 1924, 1831/1862, or 1946/.. for ever since.",
        "yaw_deg": "From east to north.",
    }
)


def looked_up(words: Mapping[str, T], path: str, otherwise: T) -> T:
    """Return the words for a path, else for its end.

    >>> looked_up({"of": "Of what", "date.of": "Part"}, "date.of", ""), looked_up({"of": "Of what"}, "rights.of", "")
    ('Part', 'Of what')
    """
    parts = path.split(".")
    return next((words[key] for begin in range(len(parts)) if (key := ".".join(parts[begin:])) in words), otherwise)


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
