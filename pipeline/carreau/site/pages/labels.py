"""Labels of codes in the documents, and the interface texts of the map scripts in `server/viewer/src/map`."""

from __future__ import annotations

import json

from carreau.base.levels import PUBLISHED
from carreau.site.pages.page_texts import PageTexts


def content_label(what: str, texts: PageTexts) -> str:
    """Return the label of a code in `Card.has`."""
    labels = {
        "model": texts.gettext("3D model"),
        "ar": texts.gettext("augmented reality"),
        "then-and-now": texts.gettext("then and now"),
        "tour": texts.gettext("guided tour"),
        "image": texts.gettext("pictures"),
        "sound": texts.gettext("sound"),
        "video": texts.gettext("video"),
    }
    return labels.get(what, what)


def level_label(level: str, texts: PageTexts) -> str:
    """Return the label of a published level."""
    return texts.gettext(PUBLISHED[level].label) if level in PUBLISHED else level


def map_texts(of: str, texts: PageTexts) -> str:
    """Return the texts of a script, "near" or "walk", as JSON; the page passes them in an attribute."""
    by_key = {**position_texts(texts), **(_near(texts) if of == "near" else _walk(texts))}
    return json.dumps(by_key, ensure_ascii=False, separators=(",", ":"))


def position_texts(texts: PageTexts) -> dict[str, str]:
    """Return the texts about a position, by key, which all scripts that read it share."""
    gettext, away = texts.gettext, "{distance}"
    return {
        "north": gettext("%(distance)s to the north", distance=away),
        "north_east": gettext("%(distance)s to the north-east", distance=away),
        "east": gettext("%(distance)s to the east", distance=away),
        "south_east": gettext("%(distance)s to the south-east", distance=away),
        "south": gettext("%(distance)s to the south", distance=away),
        "south_west": gettext("%(distance)s to the south-west", distance=away),
        "west": gettext("%(distance)s to the west", distance=away),
        "north_west": gettext("%(distance)s to the north-west", distance=away),
        "close": gettext("less than %(distance)s away", distance=away),
        "accuracy": gettext("Your position is accurate to %(accuracy)s.", accuracy="{accuracy}"),
        "asking": gettext("Getting your position…"),
        "refused": gettext(
            "Your browser does not share your position with this page. Allow it in the settings for this page, then "
            "try again."
        ),
        "nowhere": gettext("Position unavailable. Turn on location services or go outdoors."),
        "late": gettext("Finding your position took too long. Try again outdoors."),
        "insecure": gettext("Browsers share your position only with HTTPS pages."),
    }


def _near(texts: PageTexts) -> dict[str, str]:
    gettext = texts.gettext
    return {
        "near_me": gettext("Near me"),
        "again": gettext("Update my position"),
        "no_place": gettext("No distance: position unknown or fictional."),
        "sorted": gettext("Sorted by distance. Nearest place: %(name)s, %(away)s.", name="{name}", away="{away}"),
        "far": gettext(
            "You are far away. Nearest place: %(name)s, %(away)s. Places are sorted by distance.",
            name="{name}",
            away="{away}",
        ),
        "off_map": gettext("You are off the map."),
        "ended": gettext("Position cleared. Places are sorted by commune again."),
    }


def _walk(texts: PageTexts) -> dict[str, str]:
    gettext, number, name = texts.gettext, "{number}", "{name}"
    return {
        "watch": gettext("Notify me when I arrive"),
        "stop_watching": gettext("Stop tracking my position"),
        "stopped": gettext("Position cleared. The stops you reached stay marked."),
        "here": gettext("I am here"),
        "reached": gettext("Visited"),
        "arrived": gettext("You have reached stop %(number)s, %(name)s.", number=number, name=name),
        "next": gettext("Next stop: %(number)s, %(name)s.", number=number, name=name),
        "next_away": gettext("Next stop: %(number)s, %(name)s, %(away)s.", number=number, name=name, away="{away}"),
        "count": gettext("Stops reached: %(done)s of %(all)s", done="{done}", all="{all}"),
        "all_reached": gettext("You have reached all stops."),
        "open_stop": gettext("Go to this stop"),
        "close_card": gettext("Close"),
        "forgotten": gettext("Marked stops cleared."),
    }


def trail_texts(texts: PageTexts) -> str:
    """Return the texts as JSON; the page passes them in an attribute."""
    by_key = {**position_texts(texts), **_way(texts), **_arrival(texts), **_questions(texts), **_transfer(texts)}
    return json.dumps(by_key, ensure_ascii=False, separators=(",", ":"))


def _way(texts: PageTexts) -> dict[str, str]:
    gettext, number, every = texts.gettext, "{number}", "{all}"
    return {
        "begin": gettext("Begin"),
        "go_on": gettext("Go on: chapter %(number)s", number=number),
        "chapter_of": gettext("Chapter %(number)s of %(all)s: %(title)s", number=number, all=every, title="{title}"),
        "count": gettext(
            "Contents: chapter %(number)s of %(all)s, %(read)s read", number=number, all=every, read="{read}"
        ),
        "read": gettext("read"),
        "back": gettext("Back"),
        "finish": gettext("Finish the trail"),
        "heard": gettext("Chapters read: %(read)s of %(all)s", read="{read}", all=every),
        "open_chapter": gettext("Open chapter %(number)s", number=number),
        "all_shown": gettext("All chapters are shown on one page."),
        "one_shown": gettext("One chapter is shown at a time."),
        "begun_again": gettext("What was stored about this trail has been deleted. It begins again."),
    }


def _arrival(texts: PageTexts) -> dict[str, str]:
    gettext, number = texts.gettext, "{number}"
    return {
        "watch": gettext("Tell me when I arrive"),
        "stop_watching": gettext("Stop tracking my position"),
        "watching": gettext("Your position is known. You will be told when you arrive."),
        "stopped": gettext("Position cleared. The places you reached stay marked."),
        "here": gettext("I am here"),
        "reached": gettext("Reached"),
        "arrived": gettext("You are at the place of chapter %(number)s, %(title)s.", number=number, title="{title}"),
        "close_card": gettext("Close"),
        "place_away": gettext("Place of chapter %(number)s: %(away)s.", number=number, away="{away}"),
    }


def _questions(texts: PageTexts) -> dict[str, str]:
    gettext = texts.gettext
    return {
        "your_answer": gettext("Your answer"),
        "check": gettext("Check"),
        "right": gettext("Yes, that is it."),
        "wrong": gettext("Not this time. Try again, or look at the answer."),
        "wrong_hint": gettext("Not this time. Try again, or open a hint."),
        "open_question": gettext("Thank you. There is no right or wrong here: see what others think."),
        "answered": gettext("You have answered this."),
        "choose_first": gettext("Choose an answer first."),
        "write_first": gettext("Write an answer first."),
        "open_model": gettext("Find it on the model"),
        "open_map": gettext("Find it on the map"),
        "map_keys": gettext("Map: tap it, or move the cross with the arrow keys and press Enter"),
    }


def _transfer(texts: PageTexts) -> dict[str, str]:
    gettext, every = texts.gettext, "{all}"
    return {
        "qr": gettext("QR code to go on with another phone"),
        "incoming": gettext(
            "This link brings what was done on another device: %(read)s of %(all)s chapters read, and chapter "
            "%(number)s is open. Add it to what is stored here?",
            read="{read}",
            all=every,
            number="{number}",
        ),
        "take": gettext("Yes, add it"),
        "refuse": gettext("No, leave it as it is"),
        "taken": gettext("Added to what is stored here."),
        "not_taken": gettext("Nothing was changed."),
        "damaged": gettext("This link is damaged, or belongs to another edition of the trail. Nothing was changed."),
    }
