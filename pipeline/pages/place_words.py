"""Say the words of `server/viewer/src/map`, which pages bring along in an attribute."""

from __future__ import annotations

import json

from pipeline.pages.speech import Speech


def place_words(of: str, speech: Speech) -> str:
    """Return the words of a part, "near" or "walk", and of what both do, as JSON."""
    words = {**_both(speech), **(_near(speech) if of == "near" else _walk(speech))}
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"))


def _both(speech: Speech) -> dict[str, str]:
    words, away = speech.words, "{distance}"
    return {
        "north": words("%(distance)s to the north", distance=away),
        "north_east": words("%(distance)s to the north-east", distance=away),
        "east": words("%(distance)s to the east", distance=away),
        "south_east": words("%(distance)s to the south-east", distance=away),
        "south": words("%(distance)s to the south", distance=away),
        "south_west": words("%(distance)s to the south-west", distance=away),
        "west": words("%(distance)s to the west", distance=away),
        "north_west": words("%(distance)s to the north-west", distance=away),
        "close": words("less than %(distance)s away", distance=away),
        "accuracy": words("Your position is known to within %(accuracy)s.", accuracy="{accuracy}"),
        "asking": words("Asking your browser where you are…"),
        "refused": words(
            "Your browser does not let this page know where you are. Allow it in the settings for this page, and try "
            "again."
        ),
        "nowhere": words("Your device does not know where it is. Turn its position on, or go out into the open."),
        "late": words("Your device has not found its position in time. Try again in the open."),
        "insecure": words("Browsers tell their position only to pages that come by https."),
    }


def _near(speech: Speech) -> dict[str, str]:
    words = speech.words
    return {
        "near_me": words("Near me"),
        "again": words("Where am I now?"),
        "no_place": words("No distance: its position is not known, or made up."),
        "sorted": words("Sorted by distance. The nearest place: %(name)s, %(away)s.", name="{name}", away="{away}"),
        "far": words(
            "You are far from here: the nearest place, %(name)s, lies %(away)s. The places are sorted by distance.",
            name="{name}",
            away="{away}",
        ),
        "off_map": words("You are outside of the map."),
        "ended": words("Your position is forgotten. The places are sorted by commune again."),
    }


def _walk(speech: Speech) -> dict[str, str]:
    words, number, name = speech.words, "{number}", "{name}"
    return {
        "watch": words("Tell me when I arrive"),
        "stop_watching": words("No longer watch my position"),
        "stopped": words("Your position is forgotten. The stops you have reached stay marked."),
        "here": words("I am here"),
        "reached": words("I was here"),
        "arrived": words("You have arrived at stop %(number)s, %(name)s.", number=number, name=name),
        "next": words("Next: %(number)s, %(name)s.", number=number, name=name),
        "next_away": words("Next: %(number)s, %(name)s, %(away)s.", number=number, name=name, away="{away}"),
        "count": words("Stops reached: %(done)s of %(all)s", done="{done}", all="{all}"),
        "all_reached": words("You have reached all stops."),
        "forgotten": words("No stop is marked any more."),
    }
