"""The stage: tools with words, panels beside the model, then and now, and pages of others around it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from carreau.base.languages import LANGUAGES
from carreau.base.model import ByteArray, EncodedImage, IntArray, LevelMesh, Skin
from carreau.base.schema.site import Site
from carreau.formats.images import image_codecs
from carreau.formats.images.image_codecs import TRIAL_EFFORT
from carreau.models.stages.encode import small_base
from carreau.models.stages.pack import GltfPackOptions, pack
from carreau.site.pages.addresses import font_files, own_files
from carreau.site.pages.pages import make_pages
from tests.browser import Browser, asked, loaded, opened, until
from tests.pipeline.site.pages.made import ASSETS, RICH, edition
from tests.pipeline.site.pages.made import level as made_level
from tests.pipeline.site.pages.serving import served
from tests.real_input import focus, key, middle, mouse, press, tap_at
from tests.server.viewer.canvas import MODEL, seen
from tests.server.viewer.conftest import Answers, told
from tests.server.viewer.test_in_a_browser import NO_WEBGL, ROOT, STILL, VIEWER, WATCH, shown, use

pytestmark = pytest.mark.browser

LINE = "Object.defineProperty(navigator, 'connection', {value: {downlink: 10, effectiveType: '4g', saveData: %s}});"
OTHER = f"{ROOT}.querySelector('model-viewer.other')"
COMPONENT = (
    f'<carreau-viewer site="{RICH}" state="today" lang="fr"><a href="/fr/sites/{RICH}">Fosse</a></carreau-viewer>'
)
PASTED = "display:grid;width:100%;align-items:end;aspect-ratio:4/3;min-height:360px"
"""Its style as the page that writes code to paste has it."""
HOSTILE = """* { all: unset !important; font-size: 40px !important; line-height: 3 !important;
  letter-spacing: 5px !important; color: lime !important;
  text-transform: uppercase !important; text-align: right !important; visibility: visible; }
html { font-size: 5px !important; direction: rtl !important; }
button, [part], .bar, .panel, .stage { display: none !important; }
img, canvas, svg, model-viewer { filter: invert(1) !important; opacity: .2 !important; }
body, main { display: block !important; width: 640px !important; }"""


STILL_FRAMES = 30
"""Pictures in which nothing moves: a flight of the camera has begun before."""


def screen(browser: Browser, session: str, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.call("Emulation.setDeviceMetricsOverride", session, **size)


def box(browser: Browser, session: str, element: str) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom in the window."""
    left, top, right, bottom = asked(
        browser, session, f"(b => [b.left, b.top, b.right, b.bottom])({element}.getBoundingClientRect())"
    )
    return left, top, right, bottom


def settled(browser: Browser, session: str) -> None:
    """Let the camera come to rest: a slow device draws nothing for a while, for all that moves."""
    script = f"""new Promise(done => {{
      let before, same = 0;
      const step = () => {{
        const view = {VIEWER}.view;
        same = view === before ? same + 1 : 0;
        before = view;
        if (same < {STILL_FRAMES}) requestAnimationFrame(step);
        else done(true);
      }};
      step();
    }})"""
    browser.call("Runtime.evaluate", session, expression=script, awaitPromise=True)


@pytest.mark.parametrize("width", [360, 1280])
def test_tools_have_words_and_room_for_a_thumb(browser: Browser, site_address: str, width: int) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    screen(browser, session, width, 800)
    until(browser, session, f"{VIEWER}.dataset.shown")
    buttons = f"[...{ROOT}.querySelectorAll('.bar button')]"
    words = asked(browser, session, f"{buttons}.map(each => each.querySelector('.word').textContent)")
    assert words[:3] == ["Vues", "Visite", "Repères"]
    assert words[-1] == "Plus"
    small = "filter(each => (b => b.width < 44 || b.height < 44)(each.getBoundingClientRect()))"
    everything = f"[...{ROOT}.querySelectorAll('.over button, .over input')].filter(each => each.checkVisibility())"
    assert asked(browser, session, f"{everything}.{small}.map(each => each.outerHTML)") == []
    cut = f"{buttons}.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    assert asked(browser, session, cut) == []
    stage = box(browser, session, f"{ROOT}.querySelector('.stage')")
    column = [box(browser, session, f"{buttons}[{at}]") for at in range(len(words))]
    assert all(each[0] > stage[0] and each[2] < stage[2] and each[1] > stage[1] for each in column)
    assert all(above[3] < below[1] for above, below in pairwise(column))
    assert column[-1][3] < box(browser, session, f"{ROOT}.querySelector('.then-now')")[1]
    assert asked(browser, session, "document.documentElement.scrollWidth") <= width
    # The others are behind "more", for the keyboard, too.
    use(browser, session, "[data-tool=more]")
    assert asked(browser, session, f"!!{ROOT}.activeElement.closest('.menu')")
    key(browser, session, "Escape")
    assert asked(browser, session, f"{ROOT}.activeElement.dataset.tool") == "more"
    assert asked(browser, session, f"{ROOT}.querySelector('.menu').hidden")
    use(browser, session, "[data-tool=share]")
    assert asked(browser, session, f"{ROOT}.querySelector('.panel h2').textContent") == "Partager"
    key(browser, session, "Escape")
    assert asked(browser, session, f"{ROOT}.activeElement.dataset.tool") == "more"


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_the_whole_model_stays_in_view_beside_a_panel(
    browser: Browser, house_address: str, width: int, height: int
) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    screen(browser, session, width, height)
    until(browser, session, f"{VIEWER}.dataset.shown && {MODEL}.loaded")
    shares = {}
    for tool in ("", "annotations", "view"):
        if tool and width < 640 and asked(browser, session, f"{ROOT}.querySelector('.panel')?.checkVisibility()"):
            press(browser, session, f"{ROOT}.querySelector('.panel [data-do=close]')")  # tools lie under the sheet
        if tool:
            use(browser, session, f"[data-tool={tool}]", press)
        settled(browser, session)
        alpha = np.asarray(Image.open(BytesIO(seen(browser, session))).convert("RGBA"))[..., 3] > 200
        rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
        # All of it is drawn, with a margin on each side, and fills a good part of what is free.
        assert min(rows[0], columns[0]) > 0
        assert rows[-1] < alpha.shape[0] - 1
        assert columns[-1] < alpha.shape[1] - 1
        shares[tool] = max((rows[-1] - rows[0]) / alpha.shape[0], (columns[-1] - columns[0]) / alpha.shape[1])
        assert shares[tool] > 0.55, shares
        model, stage = (box(browser, session, each) for each in (MODEL, f"{ROOT}.querySelector('.stage')"))
        assert all(model[at] >= stage[at] - 0.5 for at in (0, 1))
        assert all(model[at] <= stage[at] + 0.5 for at in (2, 3))
        if tool:
            panel = box(browser, session, f"{ROOT}.querySelector('.panel')")
            assert model[0] >= panel[2] - 0.5 or model[3] <= panel[1] + 0.5, "the panel covers the model"
            # On a phone it is a sheet at the lower edge of the window.
            assert panel[3] <= (height if width < 640 else stage[3]) + 0.5


def test_then_and_now_sweeps_once_on_a_good_line(browser: Browser, site_address: str) -> None:
    note = "addEventListener('carreau-compare', (event) => (window.shares ??= []).push(event.detail.share), true);"
    session = opened(browser, "about:blank")
    browser.call("Page.enable", session)
    before = WATCH + LINE % "false" + note
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=before)
    browser.call("Page.navigate", session, url=f"{site_address}/fr/sites/{RICH}")
    loaded(browser, session)
    asked(browser, session, f"{VIEWER}.scrollIntoView({{block: 'center'}})")
    until(browser, session, "window.shares?.some(each => each > 0.95) && window.shares.at(-1) == 0")
    shares = asked(browser, session, "window.shares")
    top = shares.index(max(shares))
    assert shares[: top + 1] == sorted(shares[: top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)
    # It was for the eyes: the view and the link are as before, and it does not come again.
    assert "with=" not in asked(browser, session, f"{VIEWER}.link()")
    asked(browser, session, f"window.shares = []; {VIEWER}.show('preview').then(() => {VIEWER}.show('desktop')); 0")
    until(browser, session, f"{VIEWER}.level == 'desktop'")
    time.sleep(1)
    assert asked(browser, session, "window.shares") == []
    assert asked(browser, session, "window.wrong") is None


@pytest.fixture(scope="module")
def three_states(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """The site with a third state, which is older than both."""
    document = json.loads(site_answers[f"/v1/sites/{RICH}"][0])
    [then] = [state for state in document["states"] if state["id"] == "1930"]
    date = then["date"] | {"edtf": "1905", "text": "1905"}
    document["states"].append(then | {"id": "1905", "date": date})
    with served(site_answers | {f"/v1/sites/{RICH}": (json.dumps(document).encode(), "json")}, viewer_modules) as at:
        yield at


def test_each_of_three_years_is_shown_by_its_button(browser: Browser, three_states: str) -> None:
    session = shown(browser, f"{three_states}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    years = f"[...{ROOT}.querySelectorAll('.years button')]"
    assert asked(browser, session, f"{years}.map(each => each.textContent)") == ["1905", "1930~", "État today"]
    pressed = f"{years}.filter(each => each.ariaPressed == 'true').map(each => each.dataset.year)"
    assert asked(browser, session, pressed) == ["today"]
    thumb = f"{ROOT}.querySelector('.then-now input').getAttribute('aria-valuetext')"
    for year, text, link in (
        ("1930", "1930~", "with=1930"),
        ("1905", "1905", "with=1905"),
        ("today", "État today", ""),
    ):
        use(browser, session, f'.years [data-year="{year}"]')
        until(browser, session, f"{VIEWER}.link().includes('{link}') && {OTHER}?.loaded")
        assert asked(browser, session, thumb) == f"{text} 100\u00a0%"
        assert asked(browser, session, pressed) == [year]
    assert "with=" not in asked(browser, session, f"{VIEWER}.link()")
    assert asked(browser, session, "window.wrong") is None


@pytest.mark.parametrize("why", ["reduced motion", "saved data", "a touch"])
def test_it_does_not_sweep_for_those_who_do_not_want_it(browser: Browser, site_address: str, why: str) -> None:
    session = opened(browser, "about:blank")
    browser.call("Page.enable", session)
    line = LINE % ("true" if why == "saved data" else "false")
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=line)
    if why == "reduced motion":
        browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Page.navigate", session, url=f"{site_address}/fr/sites/{RICH}")
    loaded(browser, session)
    if why == "a touch":
        # The sweep waits until more than half of the viewer is in the window: it cannot be quicker than the finger.
        asked(browser, session, f"scrollBy(0, {VIEWER}.getBoundingClientRect().top - innerHeight + 150)")
        until(browser, session, f"!!{ROOT}?.querySelector('.then-now')")
        left, top, right, _ = box(browser, session, VIEWER)
        tap_at(browser, session, ((left + right) / 2, top + 75))
    asked(browser, session, f"{VIEWER}.scrollIntoView({{block: 'center'}})")
    asked(browser, session, f"{VIEWER}.open()")
    last = ["preview"] if why == "saved data" else ["phone", "desktop"]
    until(browser, session, f"{last}.includes({VIEWER}.dataset.shown)")
    time.sleep(1.5)
    # Nor is the second model fetched unasked.
    assert asked(browser, session, OTHER) is None


def test_another_language_keeps_what_is_seen(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}")
    until(browser, session, f"['phone', 'desktop'].includes({VIEWER}.dataset.shown)")
    link = "document.querySelector('.shell-languages a[hreflang=de]')"
    # Who has touched nothing gets the plain page: a link is told its address when it is pressed.
    press(browser, session, "document.querySelector('.shell-languages summary')")
    mouse(browser, session, "mousePressed", middle(browser, session, link), clickCount=1)
    assert asked(browser, session, f"{link}.hash") == ""
    mouse(browser, session, "mouseReleased", (1, 1), clickCount=1)
    focus(browser, session, f"{ROOT}.querySelector('.then-now input')")
    key(browser, session, "Home")
    until(browser, session, f"{OTHER}?.loaded && {OTHER}.style.opacity == '1'")
    asked(browser, session, f"{VIEWER}.view = '30,80,3,0.25,0.25,0,20'")
    until(browser, session, f"{VIEWER}.view == '30,80,3,0.25,0.25,0,20'")
    if not asked(browser, session, "document.querySelector('.shell-languages details').open"):
        press(browser, session, "document.querySelector('.shell-languages summary')")
    press(browser, session, link)
    until(browser, session, "document.documentElement.lang == 'de' && document.readyState == 'complete'")
    assert asked(browser, session, "location.hash") == "#state=today&with=1930&mix=fade.100&view=30,80,3,0.25,0.25,0,20"
    until(browser, session, f"{OTHER}?.loaded && {OTHER}.style.opacity == '1'")
    until(browser, session, f"{VIEWER}.view == '30,80,3,0.25,0.25,0,20'")
    assert asked(browser, session, f"{ROOT}.querySelector('.then-now input').value") == "0"


LINKS = """document.querySelector('main').insertAdjacentHTML('afterbegin', ['compare', 'tour', 'ar', 'fullscreen'].map(
  each => `<a data-carreau="${each}" href="#to-${each}">${each}</a> `).join(''));"""


def test_links_of_the_page_act_on_the_viewer(browser: Browser, site_address: str) -> None:
    never = "Object.defineProperty(document, 'fullscreenEnabled', { value: false });"
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", never)
    until(browser, session, f"{VIEWER}.dataset.shown")
    asked(browser, session, LINKS)
    link = "document.querySelector('[data-carreau={}]')"
    press(browser, session, link.format("compare"))
    until(browser, session, f"{OTHER}?.style.opacity == '1'")
    assert asked(browser, session, f"{ROOT}.activeElement.type") == "range"
    press(browser, session, link.format("tour"))
    until(browser, session, f"{ROOT}.querySelector('.stage').dataset.panel == 'tours'")
    press(browser, session, link.format("ar"))
    until(browser, session, f"{ROOT}.querySelector('dialog.ar')?.open")
    key(browser, session, "Escape")
    until(browser, session, f"!{ROOT}.querySelector('dialog.ar')")
    press(browser, session, link.format("fullscreen"))
    until(browser, session, f"{VIEWER}.classList.contains('filled')")
    assert asked(browser, session, "location.hash") == ""


def test_where_the_viewer_cannot_the_link_leads_to_its_target(browser: Browser, site_address: str) -> None:
    session = shown(browser, f"{site_address}/fr/sites/{RICH}", NO_WEBGL)
    until(browser, session, f"{ROOT}.querySelector('[role=status]').textContent")
    asked(browser, session, LINKS)
    press(browser, session, "document.querySelector('[data-carreau=compare]')")
    until(browser, session, "location.hash == '#to-compare'")


@pytest.fixture(scope="module")
def hosts(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """Pages around the component, with styles of all sorts."""
    plain = "body { margin: 0 } main { width: 640px; max-width: 100% }"
    pages = {
        "plain": plain,
        "hostile": plain + HOSTILE,
        "pasted": f"{plain} carreau-viewer {{ {PASTED} }}",
        "box": "body { margin: 0 } main { width: 500px } carreau-viewer { height: 420px }",
    }
    assert f'style="{PASTED}"' in site_answers["/fr/integrer"][0].decode().replace("&#34;", '"')
    answers: Answers = {}
    for name, style in pages.items():
        head = f'<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/{name}.css">'
        head += f'<title>x</title><script type="module" src="{ASSETS.viewer_script}"></script>'
        page = f'<!doctype html><html lang="fr"><meta charset="utf-8">{head}<main>{COMPONENT}</main><p>Suite</p>'
        answers |= {f"/{name}": (page.encode(), "html"), f"/{name}.css": (style.encode(), "css")}
    with served(site_answers | answers, viewer_modules) as at:
        yield at


def test_hostile_styles_of_a_page_change_nothing(browser: Browser, hosts: str) -> None:
    pictures = dict[str, IntArray]()
    all_sizes = []
    for name in ("plain", "hostile"):
        session = shown(browser, f"{hosts}/{name}")
        screen(browser, session, 700, 900)
        until(browser, session, f"['phone', 'desktop'].includes({VIEWER}.dataset.shown)")
        settled(browser, session)  # a view that is set in the moment when a level comes is lost
        use(browser, session, "[data-tool=annotations]", press)
        asked(browser, session, f"{ROOT}.activeElement?.blur()")
        settled(browser, session)
        left, top, *_ = box(browser, session, f"{ROOT}.querySelector('.root')")
        # A shadow at the corners lies on the page.
        clip = {"x": left + 12, "y": top + 12, "width": 616, "height": 440, "scale": 1}
        data = browser.call("Page.captureScreenshot", session, format="png", clip=clip)["data"]
        pictures[name] = np.asarray(Image.open(BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
        sizes = "[...{root}.querySelectorAll('.bar button, .panel, .panel h2, .then-now, .then-now button')]"
        sizes += ".map(each => [each.clientWidth, each.clientHeight, getComputedStyle(each).fontSize])"
        all_sizes.append(asked(browser, session, sizes.format(root=ROOT)))
        browser.call("Page.close", session)
    assert all_sizes[0] == all_sizes[1]
    differ = np.abs(pictures["plain"] - pictures["hostile"]).max(axis=2) > 24
    assert differ.mean() < 0.002, f"{differ.mean():.2%} of the pixels"


def test_the_element_fills_the_box_that_it_is_given(browser: Browser, hosts: str) -> None:
    session = shown(browser, f"{hosts}/box")
    until(browser, session, f"{VIEWER}.dataset.shown")
    assert box(browser, session, VIEWER) == (0, 0, 500, 420)
    left, top, right, bottom = box(browser, session, f"{ROOT}.querySelector('.stage')")
    link = box(browser, session, f"{VIEWER}.querySelector('a')")
    assert (left, top, right, bottom) == (0, 0, 500, link[1])
    assert link[3] == 420


SHIFTS = """window.moved = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    const places = ({ node, previousRect, currentRect }) => [node?.nodeName, previousRect, currentRect];
    window.moved.push(JSON.stringify([each.value, each.sources.map(places)]));
  }
}).observe({type: "layout-shift", buffered: true});"""
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}


@pytest.mark.parametrize("width", [360, 1000])
@pytest.mark.parametrize("page", ["/pasted", f"/embed/{RICH}"])
def test_nothing_moves_while_it_loads(browser: Browser, hosts: str, page: str, width: int) -> None:
    session = opened(browser, "about:blank", width)
    browser.call("Page.enable", session)
    browser.call("Network.emulateNetworkConditions", session, **SLOW)
    browser.call("Emulation.setEmulatedMedia", session, features=STILL)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=SHIFTS)
    browser.call("Page.navigate", session, url=hosts + page)
    until(browser, session, f"{VIEWER}?.dataset?.shown == 'preview' || {VIEWER}?.dataset?.shown == 'phone'")
    until(browser, session, f"!!{ROOT}.querySelector('.then-now')")
    assert asked(browser, session, "window.moved") == []


FONTS_AT = "performance.getEntriesByType('resource').filter(each => each.name.endsWith('.woff2')).map(e => e.startTime)"
PICTURES = """[...document.querySelectorAll(".place-figures img")].map((each) => {
  const { width, height } = each.closest("figure").getBoundingClientRect();
  return [each.naturalWidth && each.currentSrc, [width, Math.round(height)]];
})"""


@pytest.fixture(scope="module")
def with_fonts(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """The site as it is published: with the fonts of pages, and with what comes ahead of the viewer."""
    made = edition(sites={RICH: {code: told(code) for code in LANGUAGES}}, routes={})
    made = replace(made, assets=replace(made.assets, ahead_script="/a/ahead.js"))
    fonts = {path.name: f"/a/{path.name}" for path in font_files()}
    own = own_files(fonts)
    answers: Answers = {page.address: (page.content, page.ext) for page in reversed(list(make_pages(made)))}
    answers |= {ASSETS.style: own["style"], "/a/ahead.js": own["ahead_script"]}
    answers |= {f"/a/{path.name}": (path.read_bytes(), "woff2") for path in font_files()}
    photo = BytesIO()
    Image.new("RGB", (640, 480), "#a8452d").save(photo, "AVIF")
    answers |= {f"/a/photo{width}.avif": (photo.getvalue(), "avif") for width in (800, 1600)}
    with served(site_answers | answers, viewer_modules) as at:
        yield at


@pytest.mark.parametrize("is_slow", [True, False])
def test_on_a_slow_line_fonts_and_pictures_come_late(browser: Browser, with_fonts: str, is_slow: bool) -> None:
    session = opened(browser, "about:blank", 360)
    browser.call("Page.enable", session)
    browser.call("Network.setCacheDisabled", session, cacheDisabled=True)
    if is_slow:
        browser.call("Network.emulateNetworkConditions", session, **SLOW)
    note = f"""addEventListener("carreau-load", ({{detail}}) => {{
      if (detail.next || window.finest) return;
      window.finest = performance.now();
      window.held = [document.documentElement.dataset.pictures, {PICTURES}];
    }});"""
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=note)
    browser.call("Page.navigate", session, url=f"{with_fonts}/fr/sites/{RICH}")
    until(browser, session, f"window.finest && {FONTS_AT}.length && document.fonts.status == 'loaded'")
    assert asked(browser, session, "document.fonts.check('1rem \"Carreau Serif\"')")
    assert (min(asked(browser, session, FONTS_AT)) > asked(browser, session, "window.finest")) == is_slow
    late, before = asked(browser, session, "window.held")
    assert late == ("late" if is_slow else None)
    assert len(before) > 0
    if is_slow:
        assert {address for address, _ in before} == {0}
    browser.call("Runtime.evaluate", session, expression="document.querySelector('.place-figures').scrollIntoView()")
    until(browser, session, f"{PICTURES}[0][0]")
    assert [size for _, size in asked(browser, session, PICTURES)] == [size for _, size in before]


def test_without_scripts_fonts_come_as_always(browser: Browser, with_fonts: str) -> None:
    session = opened(browser, "about:blank", 360)
    browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
    browser.asked.clear()
    browser.call("Page.navigate", session, url=f"{with_fonts}/fr/sites/{RICH}")
    ended = time.monotonic() + 30
    while not any(url.endswith(".woff2") for url in browser.asked):
        assert time.monotonic() < ended, browser.asked
        browser.call("Page.getFrameTree", session)
        time.sleep(0.02)


def seconds_of_noise() -> tuple[LevelMesh, ByteArray]:
    """Return a triangle, and a base colour that takes seconds on a slow line."""
    flat = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    up = np.tile(np.array([0, 0, 1], np.float32), (3, 1))
    mesh = LevelMesh(flat, up, np.array([[0, 1, 2]], np.int32), flat[:, :2])
    return mesh, np.random.default_rng(1).integers(0, 256, (1536, 1536, 3), np.uint8)


@pytest.fixture(scope="module")
def large_phone(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """The site with a phone level as the pipeline packs it, which takes seconds on a slow line."""
    mesh, noise = seconds_of_noise()
    base = EncodedImage(image_codecs.encode_webp(noise, 80, TRIAL_EFFORT), image_codecs.WEBP_TYPE)
    phone = pack(mesh, {"base": base}, GltfPackOptions(), small_base(Skin(noise)))
    site = told("fr")
    for level in (level for state in site["states"] for level in state["levels"] if level["level"] == "phone"):
        level |= {"bytes": len(phone), "brotli_bytes": len(phone)}
    document = Site.model_validate(site).model_dump_json(exclude_none=True).encode()
    own: Answers = {f"/v1/sites/{RICH}": (document, "json"), "/a/phone.glb": (phone, "glb")}
    with served(site_answers | own, viewer_modules) as at:
        yield at


def test_on_a_slow_line_the_beginning_of_a_level_is_shown(browser: Browser, large_phone: str) -> None:
    """With a small texture, which the full one takes the place of; the view stays."""
    session = opened(browser, "about:blank", 360)
    browser.call("Page.enable", session)
    browser.call("Network.emulateNetworkConditions", session, **SLOW)
    note = """window.came = [];
      const model = (viewer) => viewer.shadowRoot.querySelector("model-viewer");
      const source = (viewer) => model(viewer).originalGltfJson?.textures?.[0].extensions.EXT_texture_webp.source;
      for (const name of ["carreau-load", "carreau-begin"]) addEventListener(name, ({ detail, target }) => {
        came.push([name, detail.level, source(target) ?? -1]);
        if (came.length == 1) target.view = "30,80,3,0.25,0.25,0,20";
      });"""
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=note)
    browser.call("Page.navigate", session, url=f"{large_phone}/fr/sites/{RICH}")
    until(browser, session, "window.came?.length >= 3")
    came = asked(browser, session, "came")
    assert came == [["carreau-load", "preview", -1], ["carreau-begin", "phone", 1], ["carreau-load", "phone", 0]]
    assert asked(browser, session, f"{VIEWER}.view") == "30,80,3,0.25,0.25,0,20"


@pytest.fixture(scope="module")
def light_phone(site_answers: Answers, viewer_modules: Path) -> Iterator[str]:
    """The site with a phone level of seconds, and the light one as AVIF."""
    mesh, noise = seconds_of_noise()
    images = (
        EncodedImage(image_codecs.encode_webp(noise, 80, TRIAL_EFFORT), image_codecs.WEBP_TYPE),
        EncodedImage(image_codecs.encode_avif(noise, 20, image_codecs.TRIAL_SPEED), image_codecs.AVIF_TYPE),
    )
    phone, light = (pack(mesh, {"base": image}, GltfPackOptions()) for image in images)
    assert len(light) < len(phone) / 2
    site = told("fr")
    for state in site["states"]:
        state["levels"] = [level for level in state["levels"] if level["level"] in ("preview", "phone")]
        for level in state["levels"]:
            level |= {"bytes": len(phone), "brotli_bytes": len(phone)} if level["level"] == "phone" else {}
        state["levels"].append(made_level("phone-light") | {"bytes": len(light), "brotli_bytes": len(light)})
    document = Site.model_validate(site).model_dump_json(exclude_none=True).encode()
    own: Answers = {f"/v1/sites/{RICH}": (document, "json")}
    own |= {"/a/phone.glb": (phone, "glb"), "/a/phone-light.glb": (light, "glb")}
    with served(site_answers | own, viewer_modules) as at:
        yield at


def test_browsers_decode_an_avif_as_it_was_measured(browser: Browser, site_address: str) -> None:
    """Every channel has its own resolution, so that no two decoders differ by more than rounding."""
    noise = np.random.default_rng(3).integers(0, 256, (16, 16, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    data = image_codecs.encode_avif(noise, 60)
    session = opened(browser, f"{site_address}/fr/sites/{RICH}", 360)
    script = f"""(async () => {{
      const bytes = Uint8Array.from(atob("{base64.b64encode(data).decode()}"), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes], {{ type: "image/avif" }}));
      const canvas = Object.assign(document.createElement("canvas"), {{ width: 64, height: 64 }}).getContext("2d");
      canvas.drawImage(image, 0, 0);
      window.texels = [...canvas.getImageData(0, 0, 64, 64).data];
    }})()"""
    asked(browser, session, script)
    until(browser, session, "!!window.texels")
    seen = np.array(asked(browser, session, "texels")).reshape(64, 64, 4)[..., :3]
    difference = np.abs(seen - image_codecs.decode_avif(data).astype(int))
    assert difference.max() <= 3
    assert difference.mean() < 0.7


NO_AVIF = """const decode = HTMLImageElement.prototype.decode;
  HTMLImageElement.prototype.decode = function () {
    if (this.src.startsWith("data:image/avif")) return Promise.reject(new DOMException("", "EncodingError"));
    return decode.call(this);
  };"""
"""A browser that does not decode AVIF."""


@pytest.mark.parametrize(
    ("is_slow", "script", "file", "kind"),
    [
        (True, "", "phone-light", "image/avif"),
        (True, NO_AVIF, "phone", "image/webp"),
        (False, "", "phone", "image/webp"),
    ],
    ids=["slow", "slow without AVIF", "fast"],
)
def test_a_slow_line_gets_the_light_phone_level_where_avif_is_decoded(
    browser: Browser, light_phone: str, is_slow: bool, script: str, file: str, kind: str
) -> None:
    session = opened(browser, "about:blank", 360)
    browser.call("Page.enable", session)
    browser.call("Network.enable", session)
    browser.call("Network.setCacheDisabled", session, cacheDisabled=True)
    if is_slow:
        browser.call("Network.emulateNetworkConditions", session, **SLOW)
    note = """window.came = [];
      addEventListener("carreau-load", ({ detail, target }) => {
        const model = target.shadowRoot.querySelector("model-viewer");
        came.push([detail.level, detail.file, model.originalGltfJson.images?.[0].mimeType, detail.next ?? ""]);
      });"""
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source=note + script)
    browser.asked.clear()
    browser.call("Page.navigate", session, url=f"{light_phone}/fr/sites/{RICH}")
    until(browser, session, "window.came?.some(([level]) => level === 'phone')")
    time.sleep(1)
    came = asked(browser, session, "came")
    assert came[-1] == ["phone", file, kind, ""]
    assert [each[0] for each in came] in (["preview", "phone"], ["phone"])
    models = {url.rpartition("/")[2] for url in browser.asked if url.endswith(".glb")}
    assert models - {"preview.glb"} == {f"{file}.glb"}
    assert asked(browser, session, f"{VIEWER}.level") == "phone"
    use(browser, session, "[data-tool=view]")
    sizes = asked(
        browser, session, f"[...{ROOT}.querySelectorAll('input[name=level]')].map((each) => [each.value, each.checked])"
    )
    assert sizes == [["preview", False], ["phone", True]]
