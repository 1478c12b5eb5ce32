"""The interface texts of the script of trails, `server/viewer/src/trail`."""

from __future__ import annotations

import json

from carreau.site.pages.labels import position_texts
from carreau.site.pages.page_texts import PageTexts


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
