"""Ways to look at a model: its levels and parts, by daylight, where it stood, and as four views for mirrors."""

from __future__ import annotations

import base64
import json
import math
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from carreau.base.model import ByteArray
from carreau.site.publish.static_files import words_of_viewer
from tests.browser import Browser, asked, until, violations
from tests.pipeline.site.pages.made import RICH
from tests.real_input import focus, key, press, slide
from tests.server.viewer.canvas import MODEL, seen
from tests.server.viewer.solid import overlap, portrait, silhouette
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown, use

pytestmark = pytest.mark.browser

SAID = f"{ROOT}.querySelector('[role=status]').textContent"
WORDS = words_of_viewer("fr")
ALIKE = 0.93
"""Least share of the silhouettes of poster and model that both have; 0.97 was measured."""


def show(browser: Browser, session: str, level: str) -> None:
    """Show a level, and wait until it is there with all that the panels say of it."""
    asked(browser, session, f"window.isShown = false; {VIEWER}.show('{level}').then(() => (window.isShown = true)); 0")
    until(browser, session, f"window.isShown && {VIEWER}.level == '{level}'")


def colours(picture: bytes) -> ByteArray:
    """Return (n, 3) uint8 of the pixels that are filled."""
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGBA"))
    return pixels[pixels[..., 3] > 200][:, :3]


def violet(picture: bytes) -> int:
    """Return how many pixels have more blue than red or green."""
    found = colours(picture).astype(int)
    return int(((found[:, 2] > found[:, 1] + 30) & (found[:, 2] > 60)).sum())


def test_every_level_fills_what_the_poster_fills_and_keeps_the_view(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.loaded")
    poster = silhouette(portrait())
    view = asked(browser, session, f"{VIEWER}.view")
    for level in ("preview", "phone", "desktop", "preview"):
        show(browser, session, level)
        assert asked(browser, session, f"{VIEWER}.view") == view
        assert overlap(silhouette(seen(browser, session)), poster) > ALIKE
    assert asked(browser, session, "window.wrong") is None


def test_what_is_hypothetical_is_marked_and_hidden(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    plain, view = seen(browser, session), asked(browser, session, f"{VIEWER}.view")
    assert violet(plain) == 0
    use(browser, session, "[data-tool=parts]")
    until(browser, session, f"!!{ROOT}.querySelector('[data-do=hide_guessed]')")
    marked = seen(browser, session)
    assert violet(marked) > 0.1 * len(colours(marked))
    focus(browser, session, f"{ROOT}.querySelector('[data-do=hide_guessed]')")
    key(browser, session, " ")
    assert asked(browser, session, SAID) == WORDS["guessed_hidden"]
    hidden = seen(browser, session)
    assert violet(hidden) == 0
    assert len(colours(hidden)) < 0.9 * len(colours(plain))
    # Another level hides it too, and so does the state that it is compared with.
    show(browser, session, "desktop")
    assert overlap(silhouette(seen(browser, session)), silhouette(hidden)) > 0.99
    asked(browser, session, f"{VIEWER}.compare('1930')")
    until(browser, session, f"{ROOT}.querySelector('model-viewer.other')?.loaded")
    use(browser, session, "[data-tool=compare]")
    box = f"{ROOT}.querySelector('.comparison [data-do=hide_guessed]')"
    assert asked(browser, session, f"{box}.checked")
    asked(browser, session, f"{VIEWER}.stopComparing()")
    for button in ("[data-tool=parts]", "[data-do=hide_guessed]", "[data-tool=parts]"):
        use(browser, session, button, press)
    # The comparison has brought both states into view, and the first view comes back with its end.
    until(browser, session, f"{VIEWER}.view == '{view}'")
    again = seen(browser, session)
    assert violet(again) == 0
    assert overlap(silhouette(again), silhouette(plain)) > 0.99
    assert asked(browser, session, "window.wrong") is None


def test_daylight_follows_the_hour_and_says_that_it_is_simulated(
    browser: Browser, house_address: str, axe: str
) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    usual = colours(seen(browser, session)).mean()
    use(browser, session, "[data-tool=light]")
    assert WORDS["light_help"] in asked(browser, session, f"{ROOT}.querySelector('.panel').textContent")
    said = f"{ROOT}.querySelector('.daylight [role=status]').textContent"
    light = {}
    asked(browser, session, f"{ROOT}.querySelector('input[type=date]').value = '2026-06-21'")
    for hour in (6.5, 14, 23):
        slide(browser, session, f"{ROOT}.querySelector('.daylight input[type=range]')", hour)
        light[hour] = colours(seen(browser, session)).mean()
        if hour == 14:
            # The sun culminates at 13.48 by the clocks of France, 90 - 50.355 + 23.44 degrees high.
            assert asked(browser, session, said).startswith(
                WORDS["sun_at"].partition("{point}")[0].format(hour="14:00", height="63°")
            )
    assert light[14] > light[23] * 1.3
    assert light[6.5] != light[14]
    assert asked(browser, session, said) == WORDS["sun_below"].format(hour="23:00")
    focus(browser, session, f"{ROOT}.querySelector('.daylight input[type=range]')")
    key(browser, session, "ArrowLeft")
    assert asked(browser, session, f"{ROOT}.activeElement.getAttribute('aria-valuetext')") == "22:45"
    assert violations(browser, session, axe) == []
    use(browser, session, "[data-do=usual_light]")
    assert abs(colours(seen(browser, session)).mean() - usual) < 1
    assert asked(browser, session, "window.wrong") is None


def test_where_to_stand_and_which_way_to_look(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown == 'phone'")
    allowed = ["geolocation", "sensors"]
    browser.call("Browser.grantPermissions", permissions=allowed, origin=house_address, **browser.context)
    browser.call("Emulation.setGeolocationOverride", session, latitude=50.354, longitude=3.405, accuracy=10)
    use(browser, session, "[data-tool=ar]")
    told = asked(browser, session, f"{ROOT}.querySelector('.standing').textContent")
    assert WORDS["stand_at"].format(lat="50,35500°", lon="3,40500°") in told
    assert f"{WORDS['north_east']}, 47°" in told
    before = set(browser.asked)
    use(browser, session, "[data-do=how_far]")
    way = f"{ROOT}.querySelector('.standing [role=status]').textContent"
    until(browser, session, f"{way}.includes('111')")
    assert f"{WORDS['north']}, 0°" in asked(browser, session, way)
    use(browser, session, "[data-do=show_compass]")
    compass = f"{ROOT}.querySelectorAll('.standing [role=status]')[1].textContent"
    assert asked(browser, session, compass) == WORDS["looking_for_compass"]
    # Upright, with its back to the north.
    half = math.sqrt(0.5)
    sensor = {"type": "absolute-orientation"}
    browser.call("Emulation.setSensorOverrideEnabled", session, enabled=True, **sensor)
    upright = {"quaternion": {"x": half, "y": 0, "z": 0, "w": half}}
    browser.call("Emulation.setSensorOverrideReadings", session, reading=upright, **sensor)
    until(browser, session, f"{compass} == {WORDS['turn_to_right'].format(degrees='45°')!r}")
    assert violations(browser, session, axe) == []
    # The position went nowhere.
    assert browser.asked == before
    key(browser, session, "Escape")
    use(browser, session, "[data-tool=view]")
    use(browser, session, "[data-do=seen_front]")
    assert (
        asked(browser, session, SAID)
        == f"Vue de face. État today. {WORDS['on_this_side'].format(points='1. Le puits')}."
    )
    use(browser, session, "[data-do=seen_back]")
    assert asked(browser, session, SAID) == "Vue de derrière. État today."


PHONES = {
    "android": "Object.defineProperty(navigator, 'userAgent', {value: 'Android'});",
    "ios": "DOMTokenList.prototype.supports = () => true;",
}


@pytest.mark.parametrize("phone", PHONES)
def test_links_to_the_phones_own_viewers_are_right_to_the_character(
    browser: Browser, house_address: str, phone: str
) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}", PHONES[phone] + "delete Navigator.prototype.xr;")
    until(browser, session, f"{VIEWER}.dataset.shown == 'phone'")
    asked(browser, session, f"{VIEWER}.view = '30,80,9,2,2,1,20'")
    until(browser, session, f"{VIEWER}.view == '30,80,9,2,2,1,20'")
    use(browser, session, "[data-tool=ar]")
    dialog = f"{ROOT}.querySelector('dialog.ar')"
    assert asked(browser, session, f"[...{dialog}.querySelectorAll('h3')].slice(0, 2).map(e => e.textContent)") == [
        WORDS["ar_table"],
        WORDS["ar_life"],
    ]
    table, life = (f"{dialog}.querySelector('[data-size={size}]')" for size in ("table", "life"))
    assert WORDS["ar_table_size"].format(size="60\u202fcm") in asked(browser, session, f"{table}.textContent")
    assert WORDS["ar_stand"].format(distance="8\u202fm") in asked(browser, session, f"{life}.textContent")
    links = [
        asked(browser, session, f"{each}.querySelector('[part=ar-{phone}]').getAttribute('href')")
        for each in (table, life)
    ]
    assert all(("resizable=true" in link or "allowsContentScaling=1" in link) == (link is links[0]) for link in links)
    assert f"ar-table-{phone}" in links[0]
    link = links[1]
    origin = house_address.replace(":", "%3A").replace("/", "%2F")
    page = f"{origin}%2Ffr%2Fsites%2F{RICH}%23state%3Dtoday%26view%3D30%2C80%2C9%2C2%2C2%2C1%2C20"
    title = "Fosse%20fr%20%E2%80%93%20%C3%89tat%20today"
    if phone == "android":
        assert link == (
            f"intent://arvr.google.com/scene-viewer/1.2?file={origin}%2Fa%2Far-android.glb&mode=ar_preferred"
            f"&title={title}&link={page}&resizable=false#Intent;scheme=https;"
            "package=com.google.android.googlequicksearchbox;action=android.intent.action.VIEW;"
            f"S.browser_fallback_url={page};end;"
        )
    else:
        assert link == (
            f"{house_address}/a/ar-ios.usdz#allowsContentScaling=0&canonicalWebPageURL={page}&checkoutTitle={title}"
            "&checkoutSubtitle=5%E2%80%AFm%20de%20haut.%20Il%20faut%20de%20la%20place%20%3A%20%C3%A9loignez-vous%20"
            "d%E2%80%99environ%208%E2%80%AFm%20pour%20tout%20voir.&callToAction=Retour%20%C3%A0%20la%20page"
        )
        assert asked(browser, session, f"{ROOT}.querySelector('[part=ar-ios]').childElementCount") == 1


def test_the_dialog_of_ar_is_for_everybody(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}", PHONES["android"])
    until(browser, session, f"{VIEWER}.dataset.shown == 'phone'")
    use(browser, session, "[data-tool=ar]")
    dialog = f"{ROOT}.querySelector('dialog.ar')"
    assert asked(browser, session, f"{dialog}.matches(':modal')")
    assert violations(browser, session, axe) == []
    assert asked(browser, session, f"{dialog}.contains({ROOT}.activeElement)")
    key(browser, session, "Escape")
    until(browser, session, f"!{dialog}")
    # The button was in the menu, which is closed: what opens it has the focus.
    assert asked(browser, session, f"{ROOT}.activeElement.dataset.tool") == "more"
    assert asked(browser, session, "window.wrong") is None


def test_webxr_shows_the_size_that_was_chosen(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown == 'phone'")
    model = f"{ROOT}.querySelector('model-viewer')"
    attributes = "[this.getAttribute('ar-scale'), this.getAttribute('scale')]"
    able = f"Object.defineProperty({model}, 'canActivateAR', {{value: true}})"
    asked(browser, session, f"{able}, {model}.activateAR = async function () {{ window.presented = {attributes}; }}, 1")
    for size, expected in (("table", ["auto", "0.12 0.12 0.12"]), ("life", ["fixed", "1 1 1"])):
        use(browser, session, "[data-tool=ar]")
        asked(browser, session, "window.presented = null")
        use(browser, session, f"[data-size={size}] [part=ar-here]")
        until(browser, session, "window.presented")
        assert asked(browser, session, "window.presented") == expected
        over = "new CustomEvent('ar-status', {detail: {status: 'not-presenting'}})"
        asked(browser, session, f"{model}.dispatchEvent({over})")
        assert asked(browser, session, f"{model}.getAttribute('scale')") == "1 1 1"
        key(browser, session, "Escape")
        until(browser, session, f"!{ROOT}.querySelector('dialog.ar')")


def test_a_pyramid_of_mirrors_gets_four_views(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}?display=pyramid")
    dialog = f"{ROOT}.querySelector('dialog')"
    until(browser, session, f"{VIEWER}.dataset.shown == 'phone'")
    orbits = f"JSON.stringify([...{dialog}.querySelectorAll('model-viewer')].map(v => [v.loaded, v.cameraOrbit]))"
    views = json.loads(asked(browser, session, orbits))
    assert views == [[True, f"{angle}deg 84deg auto"] for angle in (0, 90, 180, 270)]
    # Whoever wants stillness gets it.
    assert asked(browser, session, f"{ROOT}.querySelector('[data-do=move]').textContent") == WORDS["move"]
    assert violations(browser, session, axe) == []
    reached = set()
    for _ in range(6):
        key(browser, session, "Tab")
        reached.add(asked(browser, session, f"{ROOT}.activeElement?.dataset.do"))
    assert {"fill", "move", "sound", "leave"} <= reached
    picture = browser.call("Page.captureScreenshot", session, format="png")["data"]
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(picture))).convert("RGB")).astype(int)
    red = pixels[..., 0] > pixels[..., 2] + 15
    middle = [red[:266, 507:773], red[267:533, 774:1040], red[534:, 507:773], red[267:533, 240:506]]
    assert all(each.sum() > 500 for each in middle)
    assert not red[267:533, 507:773].any()
    # Its tower, narrower than its walls, points away from the middle, where the mirrors meet.
    above, right, below, left = middle
    assert above[:133].sum() < above[133:].sum()
    assert below[133:].sum() < below[:133].sum()
    assert right[:, 133:].sum() < right[:, :133].sum()
    assert left[:, :133].sum() < left[:, 133:].sum()
    key(browser, session, "Escape")
    until(browser, session, f"!{dialog} && {VIEWER}.level")
    until(browser, session, f"{ROOT}.activeElement?.dataset.tool == 'view'")
    assert asked(browser, session, f"{VIEWER}.getAttribute('display')") is None
    assert asked(browser, session, "window.wrong") is None


def test_large_letters_wide_spaces_and_few_colours(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    spaced = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
    sheet = f"(s => {{ s.replaceSync('{spaced}'); {ROOT}.adoptedStyleSheets.push(s); }})(new CSSStyleSheet())"
    asked(browser, session, sheet)
    # 1280 pixels at 400 %, which is stricter than 200 %, are 320.
    browser.call(
        "Emulation.setDeviceMetricsOverride", session, width=320, height=640, deviceScaleFactor=4, mobile=False
    )
    contrast = [{"name": "forced-colors", "value": "active"}, {"name": "prefers-contrast", "value": "more"}]
    browser.call("Emulation.setEmulatedMedia", session, features=contrast)
    for tool in ("annotations", "parts", "light", "ar", "measure", "view", "share"):
        use(browser, session, f"[data-tool={tool}]")
        place = "dialog" if tool == "ar" else ".panel"
        wide = f"[...{ROOT}.querySelectorAll('{place} *')].filter(e => e.getBoundingClientRect().right > 320.5)"
        assert asked(browser, session, f"{wide}.map(e => e.outerHTML)") == [], tool
        assert asked(browser, session, "document.documentElement.scrollWidth") <= 320
        # So narrow, the panel is where the column was, until it is closed.
        key(browser, session, "Escape")
    small = "filter(e => (b => b.width < 24 || b.height < 24)(e.getBoundingClientRect()))"
    assert asked(browser, session, f"[...{ROOT}.querySelectorAll('.bar button')].{small}.length") == 0
