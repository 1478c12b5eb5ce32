"""Say the words of the viewer in every language, in a document that it fetches before it shows anything."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.languages.wording import Wording

CONTEXT = "viewer"
"""Of the catalogues in `locales/`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "show": "Show in 3D",
        "preparing": "Preparing the 3D view…",
        "loading": "%(done)s of %(whole)s",
        "loading_of": "Loading “%(title)s”",
        "retrying": "The connection was lost. Trying again…",
        "retry": "Try again",
        "failed": "The model could not be loaded. The picture and the texts are here.",
        "no_webgl": "This browser cannot show models in 3D. The picture, the texts and the files are here.",
        "model_of": "Model in 3D: %(title)s",
        "picture_of": "Picture of the model: %(title)s",
        "prompt": "Turn it with the mouse, a finger or the arrow keys.",
        "no_date": "date not known",
        "simulated": "simulated",
        "close": "Close",
        "annotations": "What to look at",
        "show_point": "Show on the model",
        "sources": "Sources:",
        "transcript": "Transcript",
        "sound": "Sound",
        "tours": "Guided tours",
        "start": "Start",
        "play": "Go on",
        "pause": "Pause",
        "previous": "Previous step",
        "next": "Next step",
        "leave_tour": "Leave the tour",
        "tour_ended": "The tour is over.",
        "step": "Step %(number)s of %(count)s",
        "step_short": "Step",
        "all_steps": "All the steps and their texts",
        "compare": "Then and now",
        "compare_with": "Lay on it: %(title)s (%(date)s)",
        "compared": "Laid on each other by their place: %(other)s",
        "compared_by_middle": "The place of one is not known: they are laid on each other by their middles. %(other)s",
        "laid": "%(first)s and %(other)s",
        "slider": "Line to move",
        "fade": "One through the other",
        "side": "Side by side",
        "share_of": "Share of “%(title)s”",
        "only": "Only %(title)s",
        "half": "Half and half",
        "stop_comparing": "Show one alone",
        "parts": "How sure the parts are",
        "hide_guessed": "Hide what is hypothetical",
        "guessed_hidden": "What is hypothetical is hidden.",
        "guessed_shown": "What is hypothetical is shown.",
        "cannot_hide": "These parts cannot be hidden in this model.",
        "ar": "See it where you are (AR)",
        "real_size": "It appears at its real size.",
        "no_real_size": "The real size is not known: choose a size yourself.",
        "ar_here": "Place it in front of me",
        "ar_phone": "Open in the phone’s AR",
        "ar_on_page": "Open the page for AR (new window)",
        "ar_by_code": "This device has no AR. Scan the code with a phone to go on there.",
        "back_to_page": "Back to the page",
        "code_of": "QR code of %(address)s",
        "measure": "Measure",
        "measure_help": (
            "Choose two points on the model. With the keyboard: turn the model until a point lies under the "
            "cross, then press the button."
        ),
        "place_point": "Place a point under the cross",
        "start_again": "Start again",
        "first_point": "First point placed. Choose the second one.",
        "length": "Distance: %(length)s",
        "no_surface": "The model has no surface there.",
        "move": "Set it in motion",
        "stop": "Stop the motion",
        "view": "View and detail",
        "turn": "Turn the model",
        "views": "Views",
        "turn_left": "Turn left",
        "turn_right": "Turn right",
        "higher": "Look from higher",
        "lower": "Look from lower",
        "nearer": "Nearer",
        "farther": "Farther",
        "first_view": "First view",
        "seen_above": "From above",
        "detail": "Detail",
        "level_preview": "light",
        "level_phone": "for phones",
        "level_desktop": "finest",
        "share": "Share",
        "link": "Link to what is seen now",
        "copy": "Copy the link",
        "send": "Send…",
        "copied": "The link has been copied.",
        "copy_by_hand": "Copy the link that is selected.",
        "full": "Full screen",
        "other_language": "text in another language",
        "unreviewed": "translation that nobody has proofread yet",
        "stale": "translation of an earlier wording",
        "seen_front": "Seen from the front",
        "seen_right": "Seen from the right",
        "seen_back": "Seen from the back",
        "seen_left": "Seen from the left",
        "seen_upper-front": "Seen from the front, and from above",
        "seen_upper-right": "Seen from the right, and from above",
        "seen_upper-back": "Seen from the back, and from above",
        "seen_upper-left": "Seen from the left, and from above",
        "seen_lower-front": "Seen from the front, and from below",
        "seen_lower-right": "Seen from the right, and from below",
        "seen_lower-back": "Seen from the back, and from below",
        "seen_lower-left": "Seen from the left, and from below",
    }
)
"""English words by the name that the viewer has for them; what it puts in stands as in the catalogues: %(title)s."""

_PLACE = re.compile(r"%\((\w+)\)s")


def words_of_viewer(language: str) -> dict[str, str]:
    """Return the words in a language, with the places that the viewer fills: {title}."""
    wording = Wording(language)
    return {name: _said(english, wording) for name, english in WORDS.items()}


def start_document(language: str, addresses: Mapping[str, str]) -> bytes:
    """Return what the viewer begins with, as JSON: its words, and where its libraries are.

    addresses : of "library", "basis", "draco" and "meshopt"
    """
    told = {"lang": language, "words": words_of_viewer(language), **addresses}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _said(english: str, wording: Wording) -> str:
    values = {name: f"{{{name}}}" for name in _PLACE.findall(english)}
    return wording.within(CONTEXT, english, **values)
