"""Nothing that is pasted elsewhere carries the address of this machine, unless it is only a trial."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html

from carreau.base.languages import LANGUAGES
from carreau.command.cli import main
from carreau.site.pages.addresses import page_path
from carreau.site.releases import read_current
from carreau_server.app import create_app
from carreau_server.settings import Settings
from tests.pipeline.site.publish.editions import edition
from tests.server.asking import of_app


def run(folder: Path, verb: str, *more: str) -> int:
    places = ["--bundle", str(folder / "bundle"), "--models", str(folder / "models"), "--cache", str(folder / "cache")]
    return main([verb, "--assets", str(folder / "assets"), *places, "--quiet", *more])


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle that is published for this machine only."""
    folder = tmp_path_factory.mktemp("local")
    edition(folder)
    assert run(folder, "publish", "--local", "--base-url", "http://127.0.0.1:8123") == 0
    return folder


@pytest.mark.parametrize("verb", ["build", "publish"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ((), "--base-url is missing, the public address of your server"),
        (("--base-url", "http://127.0.0.1:8000"), "--base-url http://127.0.0.1:8000 cannot be reached from elsewhere"),
        (("--base-url", "http://localhost"), "--base-url http://localhost cannot be reached from elsewhere"),
        (("--base-url", "mine"), "--base-url mine is not the address of a server"),
    ],
)
def test_an_address_of_this_machine_is_refused_before_anything_is_written(
    verb: str, address: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edition(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert run(tmp_path, verb, *address) == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert output.err.startswith(f"carreau: {said}")
    assert "--local" in output.err or "such as" in output.err
    assert sorted(tmp_path.rglob("*")) == before


def page(folder: Path, path: str, language: str) -> str:
    manifest = read_current(folder / "bundle")
    assert manifest is not None
    files = {file.sha256: file.path for file in manifest.files}
    [found] = [each for each in manifest.answers if (each.path, each.lang) == (path, language)]
    return (folder / "bundle" / files[found.sha256]).read_text("utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trial_says_that_its_embed_codes_work_on_this_machine_only(local: Path, language: str) -> None:
    text = page(local, page_path("embed", language), language)
    assert len(html.fromstring(text).xpath("//p[@class='notice heed'][contains(., '--base-url')]")) == 1
    assert "http://127.0.0.1:8123/embed/" in text


def test_pages_that_can_be_reached_say_nothing_of_it(local: Path, tmp_path: Path) -> None:
    edition(tmp_path)
    assert run(tmp_path, "publish", "--base-url", "https://mine.example/") == 0
    text = page(tmp_path, page_path("embed", "fr"), "fr")
    assert "--base-url" not in text
    contents = b"".join(path.read_bytes() for path in (tmp_path / "bundle").rglob("*.html"))
    assert b"https://mine.example/embed/" in contents
    assert b"127.0.0.1" not in contents
    assert json.loads((tmp_path / "bundle" / "manifest.json").read_bytes())["base_url"] == "https://mine.example"


def test_a_trial_is_not_copied_to_a_host(local: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "host"
    assert run(local, "publish", "--to", f"file://{target}") == 2
    said = (
        "was published with --local: its pages and embed codes carry http://127.0.0.1:8123; publish it with --base-url"
    )
    assert said in capsys.readouterr().err
    assert not target.exists()
    assert run(local, "publish", "--to", f"file://{target}", "--local") == 0
    assert (target / "manifest.json").is_file()


def test_a_bundle_that_is_served_elsewhere_names_that_origin_in_every_document(local: Path) -> None:
    ask = of_app(create_app(Settings(local / "bundle", base_url="https://other.example")))
    manifest, found = read_current(local / "bundle"), set[str]()
    assert manifest is not None
    lists = ("/v1/sites", "/v1/sites?f=geojson", "/v1/search?q=a", "/ogc/", "/ogc/collections/sites/items")
    for path in {*lists, *(answer.path for answer in manifest.answers)}:
        reply = ask(path, accept="text/html,*/*;q=0.5")
        kind = reply.headers.get("content-type", "")
        if kind.startswith("text/") or "json" in kind or ("xml" in kind and "svg" not in kind):
            if "plate-scene" not in reply.text:  # plates show the address that is in their code
                assert "127.0.0.1" not in reply.text.replace("http://127.0.0.1:8000", ""), path
            found |= {path} if "https://other.example" in reply.text else set()
    assert {"/sitemap.xml", "/robots.txt"} < found
    assert len(found) > 20
