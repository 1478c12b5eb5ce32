"""A walk in the hand: its pack fetched, checked, brought up to date and deleted, and all of it without a network."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

import pytest

from tests.browser import Browser, until, violations
from tests.pipeline.site.pages.made import BARE, RICH, ROUTE
from tests.pipeline.site.pages.made_trail import CHAPTERS, TRAIL
from tests.server.asking import of_server, served
from tests.server.viewer.test_stage import LINE
from tests.server.walk.between import Network, network_to
from tests.server.walk.conftest import Walk
from tests.server.walk.visiting import PANEL, Visit
from tests.server.walk.walks import MAPS, SHORT, SOUND, pack_in, publish_walk
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

PAGE = f"/fr/parcours/{ROUTE}"
VIEWER = "document.querySelector('carreau-viewer')"
MODEL, OFFER = (f"{VIEWER}.shadowRoot.querySelector('{each}')" for each in ("model-viewer", ".open"))
ABOUT = f"(({PANEL}).querySelector('[id=pack-title] + p:not([hidden])')?.textContent ?? '')"
SMALL = f"""[...{PANEL}.querySelectorAll('button, a, label')].filter((each) => each.checkVisibility())
  .filter((each) => each.getBoundingClientRect().height < 24).map((each) => each.outerHTML)"""


GROUND = """createImageBitmap(document.querySelector('svg image.relief')).then((found) => {
  const context = new OffscreenCanvas(1, 1).getContext('2d');
  context.drawImage(found, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
})"""
"""The colour of the picture under a map, once it is there; a picture that cannot be loaded is none."""


def address(file: dict[str, Any]) -> str:
    return f"/a/{file['sha256']}.{file['ext']}"


def the(role: str, pack: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(file for file in pack["files"] if file["role"] == role)
    return found


def contents(asked: list[tuple[str, str]]) -> set[str]:
    return {path for path, _ in asked if path.startswith("/a/")}


def test_the_worker_and_the_app_are_served_as_browsers_want_them(walker: Browser, network: Network) -> None:
    ask = of_server(network.port)
    worker = ask("/service-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    visit = Visit(walker, network.address)
    visit.go("/de/")
    found = walker.call("Page.getAppManifest", visit.session)
    assert (found["errors"], found["url"]) == ([], f"{network.address}/de/carreau.webmanifest")
    visit.told("navigator.serviceWorker.ready.then(() => true)")
    assert walker.call("Page.getInstallabilityErrors", visit.session)["installabilityErrors"] == []
    data = ask("/de/carreau.webmanifest").json()
    assert (data["lang"], data["start_url"], data["scope"], data["short_name"]) == ("de", "/de/", "/", "Carreau")
    assert data["name"] == "Carreau – Das Bergbauerbe von La Porte du Hainaut"
    sizes = {(icon["sizes"], icon["purpose"]) for icon in data["icons"]}
    assert sizes == {(f"{side}x{side}", purpose) for side in (192, 512) for purpose in ("any", "maskable")}


def test_a_walk_with_the_server_stopped(walk: Walk, walker: Browser, axe: str) -> None:
    pack = pack_in(walk.folder, walk.manifest)
    with ExitStack() as running:
        port, _ = running.enter_context(served(walk.folder, "--no-access-log"))
        network = running.enter_context(network_to(port))
        visit = Visit(walker, network.address)
        visit.go(PAGE)
        visit.state("none")
        # The size stands there before anything is fetched, for each of the three.
        visit.until(f"{PANEL}?.querySelectorAll('label').length == 3")
        assert "MB" in visit.ask(f"{PANEL}.querySelector('label').textContent").replace("Mo", "MB")
        assert "sons, vidéos, documents et modèles. La réalité augmentée" in visit.ask(ABOUT)
        assert visit.stored() == set()
        assert visit.ask(SMALL) == []
        assert violations(walker, visit.session, axe) == []
        visit.do("fetch")
        visit.state("here")
        assert (visit.said(), visit.packs()) == ("whole", [f"/packs/here/fr/{ROUTE}"])
        assert visit.stored() == {address(file) for file in pack["files"]}
        facts = visit.ask(f"{PANEL}.querySelector('dl').textContent")
        assert "2026" in facts
        assert "Qualité des modèles" in facts
        assert visit.ask("document.activeElement.dataset.act") == "remove"
        assert violations(walker, visit.session, axe) == []
    _walk_offline(visit, pack, axe)
    _lost_offline(visit, axe)
    visit.go(PAGE)
    visit.state("here")
    visit.do("remove")
    visit.do("yes")
    visit.state("none")
    assert (visit.said(), visit.stored(), visit.packs()) == ("deleted", set(), [])
    assert visit.ask("window.wrong") is None


def _walk_offline(visit: Visit, pack: dict[str, Any], axe: str) -> None:
    for page in (PAGE, f"/fr/sites/{BARE}", f"/fr/sites/{RICH}"):
        visit.go(page)
        visit.until("document.getElementById('pack-copy')?.checkVisibility()")
        assert visit.ask("document.styleSheets[0].cssRules.length > 50")
        visit.ask("for (const image of document.images) image.loading = 'eager'")
        visit.until("[...document.images].every((image) => image.complete)")
        assert visit.ask("[...document.images].filter((image) => !image.naturalWidth).map((i) => i.currentSrc)") == []
    _ground_offline(visit, PAGE, MAPS["relief"])
    visit.go(f"/fr/sites/{RICH}")
    policy = visit.told("fetch(location.href).then((page) => page.headers.get('Content-Security-Policy'))")
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    visit.ask(f"{VIEWER}.scrollIntoView()")
    visit.until(f"{VIEWER}.dataset.shown")
    visit.ask(f"{VIEWER}.view = '30,80,3,0.25,0.25,0,20'")
    visit.ask(f"{VIEWER}.show('phone')")
    visit.until(f"{VIEWER}.level == 'phone' && {MODEL}.modelIsVisible")
    # The triangle fills the middle of the stage, and leaves its left edge free.
    middle, edge = visit.alphas(MODEL, 0.5, 0.1)
    assert (middle, edge) == (255, 0), visit.ask(f"[{VIEWER}.view, {VIEWER}.level, {MODEL}.loaded, window.wrong]")
    levels = f"fetch('/v1/sites/{RICH}?lang=fr').then((site) => site.json())"
    levels += ".then((site) => site.states[0].levels.map((level) => level.level))"
    assert visit.told(levels) == ["preview", "phone", "ar-ios"]
    sound = address(the("sound", pack))
    part = SOUND[-7:].decode("latin-1")
    last = len(SOUND) - 1
    assert visit.fetched(sound, Range="bytes=-7") == (206, f"bytes {last - 6}-{last}/{last + 1}", part)
    assert visit.fetched(sound, Range=f"bytes={last - 6}-") == (206, f"bytes {last - 6}-{last}/{last + 1}", part)
    assert visit.fetched(sound, Range=f"bytes={last + 1}-") == (416, f"bytes */{last + 1}", "")
    assert visit.fetched(f"/v1/routes/{ROUTE}.gpx?lang=fr")[2].startswith("<gpx")
    visit.go("/fr/recherche?q=PROFOND")
    visit.until("!document.getElementById('hits').hidden")
    assert visit.ask("document.querySelector('#hits a').pathname") == f"/fr/sites/{RICH}"
    assert visit.ask("document.querySelector('#hits mark').textContent").lower().startswith("profond")
    assert visit.ask("document.getElementById('status').textContent.includes(document.forms.search.dataset.kept)")
    # All places are named there; only those that are on the device are links.
    assert visit.ask("[...document.querySelectorAll('#index a:not([href])')].map((a) => a.textContent)") == [
        "Récit fr", "Une courte"
    ]  # fmt: skip
    here = set(visit.ask("[...document.querySelectorAll('#index a[href]')].map((a) => a.pathname)"))
    assert here == {PAGE, f"/fr/sites/{BARE}", f"/fr/sites/{RICH}"}
    assert violations(visit.browser, visit.session, axe) == []
    visit.go("/fr/recherche?q=teril")
    visit.until("!document.getElementById('hits').hidden")
    assert visit.ask("document.querySelector('#hits a').pathname") == f"/fr/sites/{BARE}"
    assert "terril" in visit.ask("document.getElementById('status').textContent")


def _ground_offline(visit: Visit, page: str, color: str) -> None:
    """See that the picture under the map of a page is there with the server off, and which one it is."""
    visit.go(page)
    visit.ask("document.querySelector('svg image.relief').scrollIntoView()")
    wanted = tuple(bytes.fromhex(color[1:]))
    found = visit.told(GROUND)
    assert all(abs(one - other) < 12 for one, other in zip(found, wanted, strict=False)), (page, found)


def _show_offline(visit: Visit, page: str) -> None:
    """See that the show of a trail plays with the server off, though it was never played on this device."""
    visit.go(page)
    visit.press("document.querySelector('a[href$=\"/spectacle\"]')")
    until(visit.browser, visit.session, "location.pathname.endsWith('/spectacle')")  # asks again while the page is left
    show = "document.querySelector('carreau-show')"
    visit.until(f"{show}?.shadowRoot && document.getElementById('pack-copy')?.checkVisibility()")
    visit.ask("for (const image of document.images) image.loading = 'eager'")
    visit.until("[...document.images].every((image) => image.complete && image.naturalWidth)")
    visit.press(f"{show}.querySelector('a[data-display=show]')")
    visit.press(f"{show}.shadowRoot.querySelector('[data-do=start]')")
    visit.until(f"{show}.shadowRoot.querySelector('.screen').dataset.step == '0'")
    sound = visit.ask(
        f"JSON.parse({show}.querySelector('script:not([src])').textContent).scenes[0].voice.sources[0].url"
    )
    assert visit.fetched(sound, Range="bytes=0-9")[2] == SOUND[:10].decode("latin-1")
    visit.ask(f"{show}.stage.player.move(1)")
    visit.until(f"{show}.shadowRoot.querySelector('.figure img')?.naturalWidth > 0")
    assert visit.told("caches.keys().then((names) => names.filter((name) => name.startsWith('carreau-show')))") == []


def _lost_offline(visit: Visit, axe: str) -> None:
    visit.go("/fr/a-propos")
    visit.until("document.querySelector('[data-pack-list] a')")
    assert visit.ask("document.querySelector('[data-pack-list] a').pathname") == PAGE
    assert visit.ask("document.querySelector('main a').href == location.href")
    assert violations(visit.browser, visit.session, axe) == []
    visit.go("/pl/")
    assert visit.ask("document.documentElement.lang") == "pl"


def test_a_trail_with_the_server_stopped_is_told_from_the_first_to_the_last_chapter(
    walk: Walk, walker: Browser, axe: str
) -> None:
    pack = pack_in(walk.folder, walk.manifest, of=f"trails/{TRAIL}")
    page = f"/fr/recits/{TRAIL}"
    with ExitStack() as running:
        port, _ = running.enter_context(served(walk.folder, "--no-access-log"))
        network = running.enter_context(network_to(port))
        visit = Visit(walker, network.address)
        visit.go(page)
        visit.until(f"{PANEL}?.querySelectorAll('label').length == 3")
        assert "récit" in visit.ask(f"{PANEL}.querySelector('#pack-title').textContent")
        assert violations(walker, visit.session, axe) == []
        visit.do("fetch")
        visit.state("here")
        assert (visit.said(), visit.packs()) == ("whole", [f"/packs/here/fr/{TRAIL}"])
        assert visit.stored() == {address(file) for file in pack["files"]}
    here = "document.getElementById('chapter={}')"
    for chapter in CHAPTERS:
        # Killed: what the window knew is gone, and another one begins where the address says.
        walker.call("Page.close", visit.session)
        visit = Visit(walker, network.address)
        visit.go(f"{page}#chapter={chapter}")
        visit.until("document.getElementById('pack-copy')?.checkVisibility()")
        visit.until(f"{here.format(chapter)}.checkVisibility()")
        visit.ask("for (const image of document.images) image.loading = 'eager'")
        visit.until("[...document.images].every((image) => image.complete && image.naturalWidth)")
    loads = "[...document.querySelectorAll('script[src], link[rel=stylesheet]')].map((each) => each.src || each.href)"
    assert {each.removeprefix(network.address) for each in visit.ask(loads)} <= {
        address(file) for file in pack["files"]
    }
    sound = address(the("sound", pack))
    assert visit.fetched(sound, Range="bytes=-7")[2] == SOUND[-7:].decode("latin-1")
    for name, color in MAPS.items():
        _ground_offline(visit, f"{page}/carte-animee/{name}", color)
    _show_offline(visit, page)
    visit.go(f"{page}/fiches")
    visit.until("document.querySelectorAll('.trail-sheet').length == 2")
    visit.go(f"/fr/sites/{RICH}#state=1930")
    visit.ask(f"{VIEWER}.scrollIntoView()")
    visit.until(f"{VIEWER}.dataset.shown")
    visit.ask(f"{VIEWER}.show('phone')")
    visit.until(f"{VIEWER}.level == 'phone' && {MODEL}.modelIsVisible")
    visit.go("/fr/recherche?q=remonte")
    visit.until("!document.getElementById('hits').hidden")
    assert visit.ask("document.querySelector('#hits a').pathname") == page
    visit.go(page)
    visit.do("remove")
    visit.do("yes")
    visit.hear("deleted")
    assert (visit.stored(), visit.packs(), visit.ask("window.wrong")) == (set(), [], None)


def test_a_pack_is_said_to_hold_what_is_in_it_once_that_is_known(walker: Browser, network: Network) -> None:
    visit = Visit(walker, network.address)
    address = f"/fr/parcours/{SHORT}"
    visit.go(address)
    visit.until(f"{ABOUT}")
    assert visit.ask(ABOUT).endswith(": pages avec textes et cartes.")
    assert visit.ask(f"[...{PANEL}.querySelectorAll('label')].filter((each) => each.checkVisibility()).length") == 0
    visit.do("fetch")
    visit.state("here")
    assert "Qualité des modèles" not in visit.ask(f"{PANEL}.querySelector('dl').textContent")
    # What is here is known without a network; what might be fetched is not.
    network.is_down = True
    visit.go(address)
    visit.state("here")
    visit.until(f"{ABOUT}")
    visit.do("remove")
    visit.do("yes")
    visit.hear("deleted")
    assert visit.ask(ABOUT) == ""


def test_a_model_of_a_pack_opens_without_a_network_and_after_its_return(walker: Browser, network: Network) -> None:
    visit = Visit(walker, network.address)
    walker.call("Page.addScriptToEvaluateOnNewDocument", visit.session, source=LINE % "true")
    visit.go(PAGE)
    visit.do("fetch")
    visit.state("here")
    # The page of the place is opened with a network, and its model is asked for without one.
    visit.go(f"/fr/sites/{RICH}")
    visit.until(f"{OFFER}?.checkVisibility()")
    _cut(visit, network, is_cut=True)
    _opened(visit)
    _cut(visit, network, is_cut=False)
    _opened(visit, is_new=False)
    # All of it is opened without one, and the model when there is one again.
    _cut(visit, network, is_cut=True)
    visit.go(f"/fr/sites/{RICH}")
    visit.until(f"{OFFER}?.checkVisibility()")
    _cut(visit, network, is_cut=False)
    _opened(visit)


def _cut(visit: Visit, network: Network, *, is_cut: bool) -> None:
    """Cut the network of the page and of its worker, or mend it."""
    network.is_down = is_cut
    line = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    visit.browser.call("Network.emulateNetworkConditions", visit.session, offline=is_cut, **line)
    visit.until(f"navigator.onLine == {json.dumps(not is_cut)}")


def _opened(visit: Visit, *, is_new: bool = True) -> None:
    """Press what shows the model, unless it is shown, and see that it is there with nothing said of it."""
    if is_new:
        visit.press(OFFER)
    visit.until(f"{VIEWER}.dataset.shown && {MODEL}.modelIsVisible")
    visit.until(f"{VIEWER}.shadowRoot.querySelector('.message').textContent == ''")
    assert visit.ask(f"[...{VIEWER}.shadowRoot.querySelectorAll('.open, .again')].every((each) => each.hidden)")
    assert visit.ask("window.wrong") is None


def test_an_interrupted_pack_goes_on_where_it_was(walk: Walk, walker: Browser, network: Network) -> None:
    sound = address(the("sound", pack_in(walk.folder, walk.manifest)))
    visit = Visit(walker, network.address)
    visit.go(PAGE)
    visit.state("none")
    network.cut[sound] = 1_200_000
    visit.do("fetch")
    wait_until(lambda: visit.pieces(sound), "a piece of half a mebibyte comes before the rest")
    network.breaks.set()
    visit.state("waiting")
    assert visit.said() == "lost"
    visit.do("pause")
    visit.state("paused")
    had, began = visit.stored(), visit.packs()
    assert (began, visit.said()) == ([f"/packs/coming/fr/{ROUTE}"], "paused")
    network.cut.clear()
    network.is_down = False
    # The page is closed meanwhile, and opened again.
    visit.go(PAGE)
    visit.state("paused")
    visit.hear("interrupted")
    network.asked.clear()
    visit.do("resume")
    visit.state("here")
    assert contents(network.asked) & had == set()
    [went_on] = [part for path, part in network.asked if path == sound]
    assert int(went_on.removeprefix("bytes=").removesuffix("-")) >= 512 * 1024
    assert (visit.said(), visit.packs()) == ("whole", [f"/packs/here/fr/{ROUTE}"])
    assert visit.pieces() == 0


def test_a_wrong_byte_is_refused_and_said(walk: Walk, walker: Browser, network: Network, axe: str) -> None:
    pack = pack_in(walk.folder, walk.manifest)
    # One that comes compressed, and one that does not.
    wrong = [the("model", pack), the("ar", pack)]
    visit = Visit(walker, network.address)
    visit.go(PAGE)
    visit.state("none")
    network.spoilt |= set(map(address, wrong))
    visit.do("fetch")
    visit.state("refused")
    assert visit.said() == "refused"
    names = visit.ask(f"{PANEL}.querySelector('[role=status]').textContent")
    assert all(file["sha256"][:8] in names for file in wrong)
    # Nothing of it counts as there, though all else is.
    assert visit.packs() == [f"/packs/coming/fr/{ROUTE}"]
    assert visit.stored() == {address(file) for file in pack["files"]} - set(map(address, wrong))
    assert violations(walker, visit.session, axe) == []
    network.spoilt.clear()
    network.asked.clear()
    visit.do("again")
    visit.state("here")
    assert contents(network.asked) == set(map(address, wrong))
    assert visit.packs() == [f"/packs/here/fr/{ROUTE}"]


def test_an_update_fetches_what_is_new_and_packs_share_what_is_alike(
    walk: Walk, walker: Browser, network: Network
) -> None:
    visit = Visit(walker, network.address)
    visit.go(PAGE)
    visit.do("fetch")
    visit.state("here")
    before = pack_in(walk.folder, walk.manifest)
    manifest = publish_walk(walk.folder, walk.static, "Au départ, à gauche.")
    after, other = pack_in(walk.folder, manifest), pack_in(walk.folder, manifest, "en")
    assert before["id"] != after["id"]
    fresh = "caches.delete('x').then(() => fetch('/v1/routes/boucle/pack?lang=fr', {cache: 'reload'}))"
    identity = f"{fresh}.then((pack) => pack.json()).then((pack) => pack.id)"
    wait_until(lambda: visit.told(identity) == after["id"], "the server serves the new pack")
    change = of_server(network.port)(f"/v1/routes/{ROUTE}/pack?lang=fr&level=phone&have={before['id']}").json()
    new = {address(file) for file in after["files"]} - {address(file) for file in before["files"]}
    assert (change["is_complete"], {address(file) for file in change["fetch"]}) == (True, new)
    visit.go(PAGE)
    visit.hear("newer")
    network.asked.clear()
    visit.do("fetch")
    visit.hear("whole")
    assert contents(network.asked) == new
    assert visit.stored() == {address(file) for file in after["files"]}
    # A second pack: what is the same in English is there already, and stays when the first one goes.
    visit.go(f"/en/routes/{ROUTE}")
    network.asked.clear()
    visit.do("fetch")
    visit.state("here")
    assert contents(network.asked) == {address(file) for file in other["files"]} - {address(f) for f in after["files"]}
    visit.go(PAGE)
    visit.do("remove")
    visit.do("yes")
    visit.state("none")
    assert visit.packs() == [f"/packs/here/en/{ROUTE}"]
    assert visit.stored() == {address(file) for file in other["files"]}
