"""Scripts, styles and icons of the viewer and the app, with the manifests and the service worker."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carreau.base.errors import ToolError
from carreau.base.languages import LANGUAGES
from carreau.base.levels import LEVELS, OFFERED
from carreau.base.messages import message
from carreau.base.package_folders import STATIC
from carreau.base.schema.parts import Link
from carreau.base.translator import Translator
from carreau.catalogue.site import annotation_labels
from carreau.site.pages.addresses import (
    ICON_SIDES,
    TOUCH_SIDE,
    font_files,
    icon_file,
    own_files,
    page_path,
    share_files,
)
from carreau.site.pages.page_texts import CONTEXT
from carreau.site.pages.site_content import Assets
from carreau.site.publish.bundle_answers import Answers, link

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_DECODERS = ("basis", "draco")
"""No published level uses Draco; without a URL of ours the library would fetch it from its vendor."""
_OWN = "carreau-viewer.js"
_EMBED = "carreau-embed.js"
_PLACES, _TRAIL, _MOVING, _SHOW, _API = "places.js", "trail.js", "moving-map.js", "show.js", "api.js"
_FILES = ("model-viewer.js", _OWN, _EMBED, _PLACES, _TRAIL, _MOVING, _SHOW, _API)


def add_viewer(answers: Answers, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Store the viewer; returns the URLs of its files, and the files that offline packs need.

    Files named by a digest of their content are fetched once; decoders have fixed URLs, because the library looks for
    them in a folder.
    Raises ToolError where the viewer is not built.
    """
    if not all((static / name).is_file() for name in _FILES):
        raise ToolError(message("%(path)s: the viewer is missing; run `make setup`", path=str(static)))
    fonts = {path.name: link(answers.store.add_file(path)) for path in font_files()}
    files = own_files({name: font.url for name, font in fonts.items()})
    own = {name: link(answers.store.add_bytes(content, ext)) for name, (content, ext) in files.items()}
    viewer = answers.store.add_file(static / _OWN)
    embed = link(answers.store.add_file(static / _EMBED))
    map_script = link(answers.store.add_file(static / _PLACES))
    trail_script = link(answers.store.add_file(static / _TRAIL))
    api_script = link(answers.store.add_file(static / _API))
    show_script = link(answers.store.add_file(static / _SHOW))
    scene_script = link(answers.store.add_file(static / _MOVING))
    library = link(answers.store.add_file(static / "model-viewer.js"))
    decoders = {
        folder: [
            answers.put(f"/viewer/{folder}/{path.name}", "", answers.store.add_file(path))
            for path in sorted((static / folder).iterdir())
        ]
        for folder in _DECODERS
    }
    folders: dict[str, Any] = {folder: f"/viewer/{folder}/" for folder in _DECODERS}
    places = {"library": library.url, **folders}
    starts = [
        answers.add(f"/viewer/{code}.json", "", start_document(code, places, library.bytes), "json")
        for code in LANGUAGES
    ]
    # Pages of other websites embed it by a stable URL.
    answers.put(f"/viewer/{_OWN}", "", viewer)
    names = {field.name for field in fields(Assets)}
    addresses: dict[str, Any] = {name: file.url for name, file in own.items() if name in names}
    assets = Assets(
        **addresses,
        viewer_script=link(viewer).url,
        embed_script=embed.url,
        places_script=map_script.url,
        trail_script=trail_script.url,
        api_script=api_script.url,
        show_script=show_script.url,
        scene_script=scene_script.url,
        model_viewer=library.url,
        fonts=tuple(font.url for font in fonts.values()),
        **folders,
    )
    scripts = (link(viewer), map_script, trail_script, scene_script, library, *decoders["basis"])
    return assets, (*own.values(), *fonts.values(), *scripts, *starts)


def digest_styles(library: bytes) -> str:
    """Return the digests of the styles that a library inserts, as JSON, for a Content-Security-Policy.

    >>> digest_styles(b"html`<style>p{}</style>`")
    '["sha256-gG2yISYereRMiG2lMXrbiUgi0Ubw9p7QCeWcroOvy9Y="]'
    """
    digests = sorted({_digest(text) for text in _STYLE.findall(library.decode("utf-8"))})
    return json.dumps(digests)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


WORKER = "/service-worker.js"
"""At the root, so that its scope covers every page."""
_APP, _WALK, _WORKER = "app.js", "walk.js", "service-worker.js"
_BAND, _GROUND = "#1f2225", "#f8f6f2"
"""Header and background of every page, as in `pipeline/carreau/site/pages/styles/base.css`."""


def app_manifest(language: str) -> str:
    """Return the path of the app manifest in a language.

    >>> app_manifest("fr")
    '/fr/carreau.webmanifest'
    """
    return f"/{language}/carreau.webmanifest"


def add_app(answers: Answers, assets: Assets, static: Path = STATIC) -> tuple[Assets, tuple[Link, ...]]:
    """Store the app without its service worker; returns the URLs with those of the app, and the files that packs need.

    Raises ToolError where the scripts are not built.
    """
    if not all((static / name).is_file() for name in (_APP, _WALK, _WORKER)):
        raise ToolError(
            message("%(path)s: the scripts of the visit app are missing; run `make setup`", path=str(static))
        )
    app, walk = (link(answers.store.add_file(static / name)) for name in (_APP, _WALK))
    words = {code: link(answers.store.add_bytes(walk_document(code), "json")) for code in LANGUAGES}
    touch = link(answers.store.add_file(icon_file(TOUCH_SIDE, "touch")))
    icons = _icons(answers)
    largest = next(each for each in reversed(icons) if each["purpose"] == "any")
    for code in LANGUAGES:
        content = json.dumps(_manifest(code, icons), ensure_ascii=False, separators=(",", ":")).encode()
        answers.add(app_manifest(code), "", content, "webmanifest")
    more = replace(
        assets,
        app_script=app.url,
        walk_script=walk.url,
        walk_words={code: each.url for code, each in words.items()},
        app_manifests={code: app_manifest(code) for code in LANGUAGES},
        touch_icon=touch.url,
        emblem=largest["src"],
        share_pictures={name: link(answers.store.add_file(path)).url for name, path in share_files().items()},
    )
    return more, (app, walk, *words.values())


def add_worker(answers: Answers, assets: Assets, static: Path = STATIC) -> Link:
    """Store the service worker; it refers to the offline pages, which must be stored before."""
    offline = {code: answers.links[page_path("offline", code), code] for code in LANGUAGES}
    settings = {
        "offline": {code: {"page": page.url, "sha256": page.sha256} for code, page in offline.items()},
        "files": [
            *(assets.style, assets.icon, *assets.fonts, assets.app_script, assets.walk_script),
            *assets.walk_words.values(),
        ],
    }
    settings_json = json.dumps(settings, separators=(",", ":"))
    content = f"self.CARREAU={settings_json};\n".encode() + (static / _WORKER).read_bytes()
    return answers.add(WORKER, "", content, "js")


def _icons(answers: Answers) -> list[dict[str, str]]:
    icons = []
    for side in ICON_SIDES:
        for purpose in ("any", "maskable"):
            file = link(answers.store.add_file(icon_file(side, purpose)))
            icons.append({"src": file.url, "sizes": f"{side}x{side}", "type": file.media_type, "purpose": purpose})
    return icons


def _manifest(language: str, icons: list[dict[str, str]]) -> dict[str, Any]:
    """Return the app manifest (W3C Web Application Manifest); its id is the same in all languages."""
    wording, home = Translator(language), page_path("home", language)
    return {
        "id": "/",
        "name": f"Carreau – {wording.within(CONTEXT, 'The mining heritage of La Porte du Hainaut')}",
        "short_name": "Carreau",
        "description": wording.within(CONTEXT, "The mining heritage of La Porte du Hainaut: map and sourced texts."),
        "lang": language,
        "dir": "ltr",
        "start_url": home,
        "scope": "/",
        "display": "standalone",
        "background_color": _GROUND,
        "theme_color": _BAND,
        "categories": ["travel", "education"],
        "icons": icons,
        "shortcuts": [{"name": wording.within(CONTEXT, "Search"), "url": page_path("search", language)}],
    }


VIEWER = "viewer"
"""Message context in `interface.po`."""

VIEWER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "show": "Show in 3D",
        "preparing": "Preparing the 3D view…",
        "loading": "%(done)s of %(whole)s",
        "loading_of": "Loading “%(title)s”",
        "retrying": "Connection lost. Trying again…",
        "retry": "Try again",
        "failed": "The model could not be loaded. The picture and texts are still available.",
        "offline": "You are offline: the model comes when the network is back. The picture and texts are here.",
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
        "years": "Years",
        "more": "More tools",
        "short_more": "More",
        "short_view": "Views",
        "short_tours": "Tour",
        "short_annotations": "Points",
        "short_full": "Enlarge",
        "short_parts": "Certain?",
        "short_ar": "See in AR",
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
        "no_real_size": "Its real size is unknown.",
        "ar_table": "On my table",
        "ar_life": "Life-size",
        "ar_table_size": "%(size)s at its longest.",
        "ar_resize": "Two fingers make it larger or smaller.",
        "ar_height": "%(height)s high.",
        "ar_stand": "You need open space: stand about %(distance)s away to see all of it.",
        "ar_too_large": "Not offered life-size: it is too large to be seen as a whole.",
        "ar_size_unknown": "Not offered life-size: its real size is unknown.",
        "ar_here": "Place in front of me",
        "ar_phone": "Open in AR on this phone",
        "ar_on_page": "Open AR page (new window)",
        "ar_by_code": "This device has no AR. A phone shows the model in front of you: scan the code with it.",
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
        "slice": "Cut open",
        "cut_help": "Drag the handle on the model, or use the slider or the arrow keys.",
        "cut_axis": "Direction of the cut",
        "cut_across": "From the side",
        "cut_above": "From the top",
        "cut_along": "From the front",
        "cut_place": "Place of the cut",
        "cut_at": "%(where)s: cut at %(length)s of %(whole)s.",
        "cut_at_share": "%(where)s: cut at %(share)s.",
        "cut_off": "The whole model is shown.",
        "no_cut": "This model cannot be cut open.",
        "other_half": "Other half",
        "whole_model": "Whole model",
        "snapshot": "Picture",
        "take_picture": "Take a new picture",
        "picture_taken": "Picture of this view, with its credit",
        "no_picture": "The picture could not be taken.",
        "save_picture": "Save picture",
        "send_picture": "Share picture…",
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
        **{f"level_{name}": LEVELS[name].detail for name in OFFERED},
        "share": "Share",
        "link": "Link to this view",
        "copy": "Copy link",
        "send": "Send…",
        "copied": "Link copied.",
        "copy_by_hand": "Copy the selected link.",
        "full": "Full screen",
        "other_language": "text in another language",
        "unreviewed": "No native speaker has checked these translations yet.",
        "guessed_parts": "hypothetical parts: %(count)s",
        "mark_guessed": "Highlight hypothetical parts in violet",
        "light": "Daylight",
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
        "looking_for_compass": "Reading the compass…",
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
    translator = Translator(language)
    labels = {f"annotation_{key}": label for key, label in annotation_labels(translator).items() if label}
    return {**translator.by_name(VIEWER, VIEWER_WORDS), **labels}


def start_document(language: str, addresses: Mapping[str, str], library_bytes: int) -> bytes:
    """Return the start document of the viewer as JSON: its texts and the addresses of its libraries.

    addresses : by name: "library", "basis" and "draco"
    library_bytes : without compression
    """
    sizes = {"library_bytes": library_bytes}
    document = {"lang": language, "words": words_of_viewer(language), **addresses, **sizes}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


WALK = "walk"
"""Message context in `interface.po`."""

WALK_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "title": "The walk offline",
        "about": "Stored on the device: %(parts)s.",
        "about_ar": "Augmented reality works too if the phone supports it.",
        "part_pages": "pages with texts and maps",
        "part_pictures": "pictures",
        "part_sounds": "sounds",
        "part_videos": "videos",
        "part_documents": "documents",
        "part_models": "models",
        "level": "Quality of the models",
        **{f"level_{name}": LEVELS[name].detail.capitalize() for name in OFFERED},
        "size": "%(sent)s to download, %(kept)s on the device",
        "download": "Download",
        "change": "Download this quality",
        "update": "Update",
        "pause": "Pause",
        "resume": "Resume",
        "again": "Download again",
        "delete": "Delete from this device",
        "really": "Delete the walk from this device? You can download it again later.",
        "yes_delete": "Yes, delete",
        "no": "No, keep",
        "progress": "Walk download",
        "done_of": "%(done)s of %(whole)s, %(files)s of %(count)s files.",
        "minutes_left": "About %(number)s min left.",
        "seconds_left": "Less than a minute left.",
        "started": "Download started: %(size)s.",
        "part": "%(share)s downloaded.",
        "paused": "Paused. Downloaded files are kept.",
        "lost": "Connection lost. The download resumes when you are back online.",
        "interrupted": "Download interrupted. Downloaded files are kept.",
        "failed": "Download stopped. Downloaded files are kept.",
        "whole": "Downloaded and verified: the walk works offline.",
        "refused": "Some files arrived damaged and were rejected: %(names)s.",
        "no_room": "Not enough space: %(wanted)s needed, %(free)s available.",
        "full": "The device is full. Free some space, then resume: downloaded files are kept.",
        "not_here": "This browser cannot store the walk on this device.",
        "elsewhere": "The walk is being downloaded in another window.",
        "fact_size": "Size",
        "fact_level": "Model quality",
        "fact_edition": "Edition",
        "fact_taken": "Downloaded on",
        "kept": "The browser keeps it until you delete it.",
        "may_go": "The browser may delete it if the device runs out of space.",
        "newest": "The walk is on this device and up to date.",
        "newer": "Update available: %(size)s.",
        "no_network": "You are offline: sizes and updates cannot be checked now.",
        "deleted": "Walk deleted, %(size)s freed.",
        "here": "On this device",
        "none": "Nothing is stored on this device.",
        "trail_title": "The trail offline",
        "trail_really": "Delete the trail from this device? You can download it again later.",
        "trail_progress": "Trail download",
        "trail_whole": "Downloaded and verified: the trail works offline, from the first to the last chapter.",
        "trail_not_here": "This browser cannot store the trail on this device.",
        "trail_elsewhere": "The trail is being downloaded in another window.",
        "trail_newest": "The trail is on this device and up to date.",
        "trail_deleted": "Trail deleted, %(size)s freed.",
    }
)
"""English texts by key; placeholders as in the PO files: %(size)s. Those with "trail_" are used for trails instead."""


def words_of_walk(language: str) -> dict[str, str]:
    """Return the texts in a language, with placeholders as the panel fills them: {size}."""
    return Translator(language).by_name(WALK, WALK_WORDS)


def walk_document(language: str) -> bytes:
    """Return the texts as JSON."""
    return json.dumps(words_of_walk(language), ensure_ascii=False, separators=(",", ":")).encode()
