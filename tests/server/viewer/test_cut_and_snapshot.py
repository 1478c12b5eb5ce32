"""A model is cut open and whole again, and a picture of it says whose it is."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.browser import Browser, asked, until, violations
from tests.pipeline.site.pages.made import RICH
from tests.real_input import click, drag, focus, key, middle
from tests.server.viewer.canvas import seen
from tests.server.viewer.test_in_a_browser import ROOT, VIEWER, shown, use
from tests.server.viewer.test_modes import SAID, WORDS, colours
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

INSIDE = np.array([92, 79, 71])
"""Colour of the cut."""


def inside(picture: bytes) -> int:
    """Return how many pixels have the flat colour of the cut."""
    return int((np.abs(colours(picture).astype(int) - INSIDE).max(axis=1) < 6).sum())


def test_a_model_is_cut_open_and_whole_again(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    asked(browser, session, f"{VIEWER}.view = '0,75,16,2,2,1.5,30'")
    whole = seen(browser, session)
    assert inside(whole) == 0
    use(browser, session, "[data-tool=slice]")
    until(browser, session, f"!{ROOT}.querySelector('.whole').hidden")
    cut = seen(browser, session)
    # Of a closed body its back is seen, in one colour.
    assert inside(cut) > 1000
    status = f"{ROOT}.querySelector('.slicing [role=status]').textContent"
    expected = WORDS["cut_at"].format(where=WORDS["cut_along"], length="1,50\u00a0m", whole="3,00\u00a0m")
    assert asked(browser, session, status).replace("\u202f", "\u00a0") == expected
    assert violations(browser, session, axe) == []
    # The handle is a slider for keys.
    handle = f"{ROOT}.querySelector('.cut')"
    focus(browser, session, handle)
    key(browser, session, "End")
    assert asked(browser, session, f"{handle}.getAttribute('aria-valuenow')") == "100"
    assert inside(seen(browser, session)) < 100
    key(browser, session, "Home")
    assert len(colours(seen(browser, session))) < len(colours(cut)) / 10
    # From the top, and the other half.
    click(browser, session, f"{ROOT}.querySelector('[value=above]')")
    lower = len(colours(seen(browser, session)))
    click(browser, session, f"{ROOT}.querySelector('[data-do=other_half]')")
    assert len(colours(seen(browser, session))) != lower
    # One press, and it is whole.
    click(browser, session, f"{ROOT}.querySelector('.whole button')")
    assert inside(seen(browser, session)) == 0
    # The model makes room for the panel, until that is closed.
    click(browser, session, f"{ROOT}.querySelector('.panel [data-do=close]')")
    filled = len(colours(whole))
    wait_until(lambda: abs(len(colours(seen(browser, session))) - filled) < 50, "the model is as it was")
    assert asked(browser, session, handle) is None
    assert asked(browser, session, SAID) == WORDS["cut_off"]
    assert asked(browser, session, "window.wrong") is None


def test_the_handle_follows_the_pointer(browser: Browser, house_address: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}")
    until(browser, session, f"{VIEWER}.dataset.shown")
    asked(browser, session, f"{VIEWER}.view = '0,90,16,2,2.5,1.5,30'")
    use(browser, session, "[data-tool=slice]")
    click(browser, session, f"{ROOT}.querySelector('[value=above]')")
    seen(browser, session)
    handle = f"{ROOT}.querySelector('.cut')"
    view = asked(browser, session, f"{VIEWER}.view")
    x, y = middle(browser, session, handle)
    drag(browser, session, (x, y), (x, y - 40))
    until(browser, session, f"Number({handle}.getAttribute('aria-valuenow')) > 55")
    assert asked(browser, session, f"{VIEWER}.view") == view


def test_a_picture_has_its_credit_under_it(browser: Browser, house_address: str, axe: str) -> None:
    session = shown(browser, f"{house_address}/fr/sites/{RICH}", "delete Navigator.prototype.canShare;")
    until(browser, session, f"{VIEWER}.dataset.shown")
    use(browser, session, "[data-tool=snapshot]")
    save = f"{ROOT}.querySelector('[data-do=save_picture]')"
    until(browser, session, f"!!{save}")
    assert asked(browser, session, f"{save}.download") == f"{RICH}-today.jpg"
    assert violations(browser, session, axe) == []
    read = f"fetch({save}.href).then(r => r.blob()).then(blob => {{ const reader = new FileReader();"
    read += " reader.onload = () => (window.saved = reader.result); reader.readAsDataURL(blob); })"
    asked(browser, session, f"window.saved = ''; {read}; 0")
    header, _, data = until(browser, session, "window.saved").partition(",")
    assert header == "data:image/jpeg;base64"
    picture = Image.open(BytesIO(base64.b64decode(data)))
    stage = asked(
        browser, session, f"(b => [b.width, b.height])({ROOT}.querySelector('.models').getBoundingClientRect())"
    )
    assert picture.width == round(stage[0])
    assert picture.height > stage[1] + 60
    # The model above, dark letters on white below.
    pixels = np.asarray(picture.convert("RGB")).astype(int)
    height = round(stage[1])
    assert (pixels[:height, :, 0] > pixels[:height, :, 2] + 40).sum() > 1000
    letters = pixels[height + 4 :]
    assert (letters.min(axis=2) > 240).mean() > 0.7
    assert (letters.max(axis=2) < 110).sum() > 300
    focus(browser, session, save)
    key(browser, session, "Escape")
    until(browser, session, f"!{save}")
    assert asked(browser, session, "window.wrong") is None


def test_a_phone_can_share_the_picture(browser: Browser, house_address: str) -> None:
    able = "navigator.canShare = () => true; navigator.share = async (content) => { window.shared = content; };"
    session = shown(browser, f"{house_address}/fr/sites/{RICH}", able)
    until(browser, session, f"{VIEWER}.dataset.shown")
    use(browser, session, "[data-tool=snapshot]")
    use(browser, session, "[data-do=send_picture]")
    until(browser, session, "!!window.shared")
    assert asked(browser, session, "shared.files[0].name") == f"{RICH}-today.jpg"
    assert asked(browser, session, "shared.files[0].size") > 5000
