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
        "accuracy": words("Your position is accurate to %(accuracy)s.", accuracy="{accuracy}"),
        "asking": words("Getting your position…"),
        "refused": words(
            "Your browser does not share your position with this page. Allow it in the settings for this page, then "
            "try again."
        ),
        "nowhere": words("Position unavailable. Turn on location services or go outdoors."),
        "late": words("Finding your position took too long. Try again outdoors."),
        "insecure": words("Browsers share your position only with HTTPS pages."),
    }


def _near(speech: Speech) -> dict[str, str]:
    words = speech.words
    return {
        "near_me": words("Near me"),
        "again": words("Update my position"),
        "no_place": words("No distance: position unknown or fictional."),
        "sorted": words("Sorted by distance. Nearest place: %(name)s, %(away)s.", name="{name}", away="{away}"),
        "far": words(
            "You are far away. Nearest place: %(name)s, %(away)s. Places are sorted by distance.",
            name="{name}",
            away="{away}",
        ),
        "off_map": words("You are off the map."),
        "ended": words("Position cleared. Places are sorted by commune again."),
    }


def _walk(speech: Speech) -> dict[str, str]:
    words, number, name = speech.words, "{number}", "{name}"
    return {
        "watch": words("Notify me when I arrive"),
        "stop_watching": words("Stop tracking my position"),
        "stopped": words("Position cleared. The stops you reached stay marked."),
        "here": words("I am here"),
        "reached": words("Visited"),
        "arrived": words("You have reached stop %(number)s, %(name)s.", number=number, name=name),
        "next": words("Next stop: %(number)s, %(name)s.", number=number, name=name),
        "next_away": words("Next stop: %(number)s, %(name)s, %(away)s.", number=number, name=name, away="{away}"),
        "count": words("Stops reached: %(done)s of %(all)s", done="{done}", all="{all}"),
        "all_reached": words("You have reached all stops."),
        "forgotten": words("Marked stops cleared."),
    }
