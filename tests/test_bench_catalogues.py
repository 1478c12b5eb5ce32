"""What the benches of catalogue, server and desk are made of: an honest larger catalogue, and what they say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from carreau.base.languages import locales_beside
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.check_catalogue import check_folder
from carreau.catalogue.i18n.check_translations import Translations, check_texts
from tests.bench.desk import edit_catalogue
from tests.bench.load import parse
from tests.bench.made_up import make_up

SAID = """Running 4s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  Latency Distribution
     50%    7.01ms
     99%    {p99}
  {requests} requests in 4.00s, 191.31MB read
{more}Requests/sec:   8958.60
Transfer/sec:     47.80MB
"""


def test_a_larger_catalogue_is_without_errors_and_translated(tmp_path: Path) -> None:
    assets = make_up(60, tmp_path)
    found = check_folder(assets, check_texts)
    assert (found.site_count, found.demonstration_count, found.exit_code) == (60, 1, 0)
    sites = read_catalogue(assets).sites
    [copy] = [slug for slug in sites if slug == "cavalier-arenberg-haveluy-1"]
    name = sites[copy].of.name
    assert name.endswith(" 1")
    said = Translations(locales_beside(assets)).own(f"site.{copy}.name", name)["en"]
    assert said.text.endswith(" 1")


@pytest.mark.parametrize(("p99", "seconds"), [("350.00us", 0.00035), ("8.24ms", 0.00824), ("1.20s", 1.2)])
def test_what_wrk_says_is_read(p99: str, seconds: float) -> None:
    load = parse(SAID.format(p99=p99, requests=35842, more=""))
    assert (load.requests, load.per_s, load.failed) == (35842, 8958.6, 0)
    assert load.p99_s == pytest.approx(seconds)


def test_what_failed_is_counted() -> None:
    more = "  Socket errors: connect 1, read 2, write 0, timeout 3\n  Non-2xx or 3xx responses: 5\n"
    assert parse(SAID.format(p99="1.00ms", requests=1, more=more)).failed == 11
    with pytest.raises(ValueError, match="wrk said something else"):
        parse("unable to connect")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_desk_is_timed_over_a_small_catalogue(tmp_path: Path) -> None:
    first, second = edit_catalogue(tmp_path / "work", 60)
    figure = r"\d+\.\d{3} s \(\d+\.\d{3} s of CPU; (?:within|OVER) MOST s\), at worst \d+\.\d{3} s"
    overview, save, check = (figure.replace("MOST", most) for most in ("1", r"0\.3", r"0\.2"))
    assert re.fullmatch(
        "the desk over a generated catalogue of 60 places, median of 7: "
        f"overview {overview}; saving, with its commit, {save}; checking as one types {check}", first,
    )  # fmt: skip
    assert re.fullmatch(
        f"its overview after a save {overview}; that of a desk just started {overview}; "
        r"the first reading of all places \d+\.\d s \(\d+\.\d s of CPU\)", second,
    )  # fmt: skip
