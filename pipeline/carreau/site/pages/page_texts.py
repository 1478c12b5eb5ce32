"""Texts of a page in one language, as HTML: messages, texts of documents, and labels of the codes in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

from carreau.base.languages import LANGUAGES
from carreau.base.levels import PUBLISHED
from carreau.base.schema.parts import Text
from carreau.base.translator import Translator
from carreau.catalogue.i18n.formatting import first_sentence, typeset
from carreau.exports.serializers import as_html, link_text
from carreau.exports.serializers import plain as unlinked

CONTEXT = "page"
"""Message context in `interface.po`."""

_SPACE = re.compile(r"[ \t\r\n]+")
_NOT_CHECKED = ("unreviewed", "stale")
"""States of translations that no person has accepted, at least not in their present wording."""

_EVERY_CATEGORY = (1, 2, 5, 0)
"""Numbers that cover every plural form of the languages of pages; the last number of a form stands for it."""
_NOTHING = Markup("")


class PageTexts:
    """The texts of one page; it collects the marks that it has used, and whether a translation is unchecked.

    language : of the page
    address : returns the address of a link by kind ("site", "route", "trail" or "media") and name; empty for no link
    """

    def __init__(self, language: str, wording: Translator, address: Callable[[str, str], str]) -> None:
        """Start without marks, and with all translations checked."""
        self.language, self.wording, self._address = language, wording, address
        self._marks: dict[str, Markup] = {}
        self._is_unchecked = False

    def gettext(self, message: str, **values: object) -> str:
        """Return a message in the language of the page."""
        return typeset(self.wording.within(CONTEXT, message, **values), self.wording.language)

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the plural form of a message for a number; its placeholder is `%(number)s`."""
        shown = {"number": self.wording.count(number), **values}
        return typeset(self.wording.plural_within(CONTEXT, one, many, number, **shown), self.wording.language)

    def plural_forms(self, one: str, many: str) -> str:
        """Return all plural forms of a message by CLDR category, as JSON; scripts replace {number}."""
        category, language = self.wording.locale.plural_form, self.wording.language
        forms = {
            category(number): typeset(
                self.wording.plural_within(CONTEXT, one, many, number, number="{number}"), language
            )
            for number in _EVERY_CATEGORY
        }
        return json.dumps({"other": forms[category(0)], **forms}, ensure_ascii=False)

    def inline(self, text: Text | None) -> Markup:
        """Return a text as inline HTML, with its language, links and marks."""
        return (
            self._mark(text, link_text(_SPACE.sub(" ", typeset(text.text, text.lang)).strip(), self._address))
            if text
            else _NOTHING
        )

    def drop_links(self, text: Text | None) -> Markup:
        """Return a text as inline HTML without links, for the inside of a link."""
        return self._mark(text, str(escape(plain(text)))) if text else _NOTHING

    def opening(self, text: Text | None) -> Markup:
        """Return the first sentence of a text as inline HTML without links."""
        return self._mark(text, str(escape(first_sentence(plain(text))))) if text else _NOTHING

    def _mark(self, text: Text, html: str) -> Markup:
        if text.lang != self.language:
            html = f"<span{self.lang(text)}>{html}</span>"
        return _safe(html) + self.mark(text)

    def paragraphs(self, text: Text | None) -> Markup:
        """Return a text as paragraphs, with its marks at the end."""
        if text is None:
            return _NOTHING
        html = as_html(typeset(text.text, text.lang), self._address, self.lang(text))
        return _safe(f"{html.removesuffix('</p>')}{self.mark(text)}</p>") if html else _NOTHING

    def lang(self, text: Text | None) -> Markup:
        """Return the `lang` attribute for the element of a text; empty if the text is in the language of the page."""
        if text is None or text.lang == self.language:
            return _NOTHING
        return _safe(f' lang="{escape(text.lang)}"')

    def mark(self, text: Text | None) -> Markup:
        """Return the mark of a text in another language than the page; that a translation is unchecked is noted."""
        if text is None:
            return _NOTHING
        self._is_unchecked = self._is_unchecked or text.standing in _NOT_CHECKED
        if text.lang == self.language:
            return _NOTHING
        if text.lang not in self._marks:
            title, code = escape(self._meaning(text.lang)), escape(text.lang)
            self._marks[text.lang] = _safe(f'\u00a0<small class="mark" title="{title}">{code}</small>')
        return self._marks[text.lang]

    def legend(self) -> list[tuple[str, str]]:
        """Return the languages that texts are marked with, and what each mark means."""
        order = list(LANGUAGES)
        codes = sorted(self._marks, key=lambda code: (order.index(code) if code in order else -1, code))
        return [(code, self._meaning(code)) for code in codes]

    def translation_note(self) -> str:
        """Return, once for the page, that its translations are unchecked; empty if none of them is."""
        if not self._is_unchecked:
            return ""
        return self.gettext("No native speaker has checked the translations on this page yet.")

    def join_list(self, parts: Iterable[str]) -> str:
        """Return parts as a list in a sentence: a, b and c."""
        return self.wording.enumerate_parts([part for part in parts if part])

    def _meaning(self, code: str) -> str:
        return self.gettext("text in another language: %(language)s", language=self._language_name(code))

    def _language_name(self, code: str) -> str:
        name = self.wording.locale.languages.get(code)
        return str(name) if name else code


def plain(text: Text | None) -> str:
    """Return a text as plain text on one line, for attributes and titles."""
    return _SPACE.sub(" ", typeset(unlinked(text.text), text.lang)).strip() if text else ""


def shorten_text(text: str, most: int = 160) -> str:
    """Return a text cut at a word boundary.

    >>> shorten_text("Une fosse de Denain", 12)
    'Une fosse…'
    """
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0].rstrip(" ,;:.") + "…"


def _safe(html: str) -> Markup:
    """Return HTML whose texts are escaped already."""
    return Markup(html)  # noqa: S704 - see above


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
