"""Say the words of the viewer in every language, in a document that it fetches before it shows anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.i18n.translator import Translator
from pipeline.levels import LEVELS

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
        "no_state": "This place has no state of that name.",
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
        **{f"level_{level.name}": level.detail for level in LEVELS.values()},
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
        "mark_guessed": "Mark what is hypothetical in violet",
        "guessed_parts": "hypothetical parts: %(count)s",
        "light": "Daylight",
        "light_help": (
            "The light is calculated from the place, the date and the hour. It is simulated: without "
            "clouds, and nothing casts its shadow on the model."
        ),
        "day": "Date",
        "hour": "Hour in France",
        "sun_at": "%(hour)s: the sun is %(height)s above the horizon. Direction: %(point)s (%(degrees)s).",
        "sun_below": "%(hour)s: the sun is below the horizon.",
        "usual_light": "Back to the usual light",
        "light_is_usual": "The model is in its usual light.",
        "simulated_place": "The place of this demonstration is simulated: it is nowhere.",
        "north": "north",
        "north_east": "north-east",
        "east": "east",
        "south_east": "south-east",
        "south": "south",
        "south_west": "south-west",
        "west": "west",
        "north_west": "north-west",
        "toward": "%(point)s, %(degrees)s",
        "stand": "Stand where it stood",
        "stand_at": "The place: latitude %(lat)s, longitude %(lon)s.",
        "look_toward": (
            "Look this way: %(toward)s. Then open AR and put the model on the ground before you: it "
            "lies there as the place did."
        ),
        "leans": "The place is not level: the model leans by %(degrees)s, and AR shows it upright.",
        "how_far": "How far am I from it?",
        "show_compass": "Show a compass",
        "looking_for_place": "Looking for your position…",
        "you_are_at": "Distance: %(distance)s, to within %(accuracy)s. The way there: %(toward)s.",
        "no_position": "Your position could not be found.",
        "right_way": "You look the right way.",
        "turn_to_right": "Turn to the right by %(degrees)s.",
        "turn_to_left": "Turn to the left by %(degrees)s.",
        "no_compass": "This device tells no direction. Use the sun, a map or another compass.",
        "position_stays": "Your position stays in this browser: it is sent to nobody.",
        "captions_in": "Sound and captions in another language: %(language)s.",
        "on_this_side": "On this side: %(points)s",
        "pyramid": "Four views for a pyramid of mirrors (kiosk)",
        "four_views": "Four views for a pyramid of mirrors: %(title)s",
        "full_with_sound": "Full screen, with sound",
        "leave_pyramid": "Leave the four views (Esc)",
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


def words_of_viewer(language: str) -> dict[str, str]:
    """Return the words in a language, with the places that the viewer fills: {title}."""
    return Translator(language).by_name(CONTEXT, WORDS)


def start_document(language: str, addresses: Mapping[str, str]) -> bytes:
    """Return what the viewer begins with, as JSON: its words, and where its libraries are.

    addresses : of "library", "basis", "draco" and "meshopt"
    """
    told = {"lang": language, "words": words_of_viewer(language), **addresses}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
