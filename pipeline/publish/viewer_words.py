"""Interface texts of the viewer: a JSON document per language, which the viewer loads first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from pipeline.i18n.translator import Translator
from pipeline.levels import LEVELS

CONTEXT = "viewer"
"""Message context in `interface.po`."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "show": "Show in 3D",
        "preparing": "Preparing the 3D view…",
        "loading": "%(done)s of %(whole)s",
        "loading_of": "Loading “%(title)s”",
        "retrying": "Connection lost. Trying again…",
        "retry": "Try again",
        "failed": "The model could not be loaded. The picture and texts are still available.",
        "no_webgl": "This browser cannot show 3D models. The picture, texts and files are still available.",
        "no_state": "This place has no state with that name.",
        "model_of": "3D model: %(title)s",
        "picture_of": "Picture of the model: %(title)s",
        "prompt": "Turn the model with the mouse, a finger or the arrow keys.",
        "nearer_to": "%(count)s places in %(commune)s: go nearer",
        "close": "Close",
        "annotations": "Points of interest",
        "show_point": "Show on the model",
        "sources": "Sources:",
        "transcript": "Transcript",
        "sound": "Sound",
        "tours": "Guided tours",
        "start": "Start",
        "play": "Continue",
        "pause": "Pause",
        "previous": "Previous step",
        "next": "Next step",
        "leave_tour": "End tour",
        "tour_ended": "Tour finished.",
        "step": "Step %(number)s of %(count)s",
        "step_short": "Step",
        "all_steps": "All steps and texts",
        "compare": "Then and now",
        "compare_with": "Compare with “%(title)s”",
        "compared": "Aligned by location: %(other)s",
        "compared_by_middle": "One location is unknown, so the models are aligned by their centres. %(other)s",
        "laid": "%(first)s and %(other)s",
        "slider": "Slider",
        "fade": "Fade",
        "side": "Side by side",
        "share_of": "Visible part of “%(title)s”",
        "only": "Only %(title)s",
        "half": "Half each",
        "stop_comparing": "Stop comparing",
        "parts": "Certain or hypothetical",
        "hide_guessed": "Hide hypothetical parts",
        "guessed_hidden": "Hypothetical parts hidden.",
        "guessed_shown": "Hypothetical parts shown.",
        "cannot_hide": "These parts cannot be hidden in this model.",
        "ar": "View in your space (AR)",
        "real_size": "Shown at real size.",
        "table_size": "Shown like a model on a table, at 1:%(scale)s.",
        "no_real_size": "Real size unknown: choose a size.",
        "ar_here": "Place in front of me",
        "ar_phone": "Open in AR on this phone",
        "ar_on_page": "Open AR page (new window)",
        "ar_by_code": "This device has no AR. Scan the code with a phone to continue there.",
        "back_to_page": "Back to the page",
        "code_of": "QR code: %(address)s",
        "measure": "Measure",
        "measure_help": (
            "Choose two points on the model. With the keyboard: turn the model until the crosshair is on a point, then "
            "press the button."
        ),
        "place_point": "Place point at the crosshair",
        "start_again": "Start over",
        "first_point": "First point placed. Choose the second.",
        "length": "Distance: %(length)s",
        "no_surface": "The model has no surface there.",
        "move": "Play animation",
        "stop": "Stop animation",
        "view": "View and quality",
        "turn": "Turn the model",
        "views": "Views",
        "turn_left": "Turn left",
        "turn_right": "Turn right",
        "higher": "Move up",
        "lower": "Move down",
        "nearer": "Zoom in",
        "farther": "Zoom out",
        "first_view": "Reset view",
        "seen_above": "From above",
        "detail": "Quality",
        **{f"level_{level.name}": level.detail for level in LEVELS.values()},
        "share": "Share",
        "link": "Link to this view",
        "copy": "Copy link",
        "send": "Send…",
        "copied": "Link copied.",
        "copy_by_hand": "Copy the selected link.",
        "full": "Full screen",
        "other_language": "text in another language",
        "unreviewed": "unreviewed translation",
        "stale": "outdated translation",
        "mark_guessed": "Highlight hypothetical parts in violet",
        "low": "Daylight",
        "light_help": "Calculated for this place, date and time. Simulated: no clouds and no cast shadows.",
        "day": "Date",
        "hour": "Time in France",
        "sun_at": "%(hour)s: sun %(height)s above the horizon. Direction: %(point)s (%(degrees)s).",
        "sun_below": "%(hour)s: sun below the horizon.",
        "usual_light": "Default light",
        "light_is_usual": "The default light is on.",
        "simulated_place": "This demonstration is simulated and has no real location.",
        "north": "north",
        "north_east": "north-east",
        "east": "east",
        "south_east": "south-east",
        "south": "south",
        "south_west": "south-west",
        "west": "west",
        "north_west": "north-west",
        "toward": "%(point)s, %(degrees)s",
        "stand": "View on site",
        "stand_at": "Location: latitude %(lat)s, longitude %(lon)s.",
        "look_toward": (
            "Face this way: %(toward)s. Then open AR and place the model on the ground in front of you: it is oriented "
            "like the real place."
        ),
        "leans": "The ground is not level: the model tilts by %(degrees)s, and AR shows it upright.",
        "how_far": "How far away am I?",
        "show_compass": "Show compass",
        "looking_for_place": "Getting your position…",
        "you_are_at": "Distance: %(distance)s (± %(accuracy)s). Direction: %(toward)s.",
        "no_position": "Your position could not be found.",
        "right_way": "You are facing the right way.",
        "turn_to_right": "Turn right by %(degrees)s.",
        "turn_to_left": "Turn left by %(degrees)s.",
        "no_compass": "This device has no compass. Use a map or another compass.",
        "position_stays": "Your position stays in this browser and is never sent.",
        "captions_in": "Sound and captions in another language: %(language)s.",
        "on_this_side": "On this side: %(points)s",
        "pyramid": "Four views for a mirror pyramid (kiosk)",
        "four_views": "Four views for a mirror pyramid: %(title)s",
        "full_with_sound": "Full screen with sound",
        "leave_pyramid": "Exit (Esc)",
        "seen_front": "Front view",
        "seen_right": "Right view",
        "seen_back": "Back view",
        "seen_left": "Left view",
        "seen_upper-front": "Front view, from above",
        "seen_upper-right": "Right view, from above",
        "seen_upper-back": "Back view, from above",
        "seen_upper-left": "Left view, from above",
        "seen_lower-front": "Front view, from below",
        "seen_lower-right": "Right view, from below",
        "seen_lower-back": "Back view, from below",
        "seen_lower-left": "Left view, from below",
    }
)
"""English texts by key; placeholders as in the PO files: %(title)s."""


def words_of_viewer(language: str) -> dict[str, str]:
    """Return the texts in a language, with placeholders as the viewer fills them: {title}."""
    return Translator(language).by_name(CONTEXT, WORDS)


def start_document(language: str, addresses: Mapping[str, str]) -> bytes:
    """Return the start document of the viewer as JSON: its texts and the addresses of its libraries.

    addresses : by name: "library", "basis", "draco" and "meshopt"
    """
    document = {"lang": language, "words": words_of_viewer(language), **addresses}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
