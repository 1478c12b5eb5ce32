"""Before anything is served: pages are previewed as they will be published, and a draft tells what it would change."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from carreau.base.errors import OptionError
from carreau.base.languages import locales_beside
from carreau.base.schema.site import Site as Document
from carreau.catalogue.catalogue import Entry, read_catalogue, scaffold
from carreau.catalogue.i18n.check_translations import Translations
from carreau.catalogue.site import Site
from carreau.runs.cache import Cache
from carreau.runs.progress import Quiet
from carreau.site.publish.difference import ADDED, CHANGED, REMOVED, Difference, difference
from carreau.site.publish.previews import Previews
from carreau.site.publish.publication import PublishOptions
from carreau.site.publish.publish import draft, publish, publish_draft
from carreau.site.releases import ReleaseAnswers, read_current, read_draft
from tests.pipeline.catalogue.test_check_shows import SHOW
from tests.pipeline.catalogue.test_check_trails import TRAIL
from tests.pipeline.site.publish.editions import PROJECT, edition, replace

MEDIUM = """
[[media]]
id = "a"
kind = "image"
file = "a.jpg"
alt = "Une couleur."
credit = "Équipe"
licence = "CC-BY-4.0"
"""
SITES = ("fosse-mathilde", "terril-renard")
PLACE = SITES[0]


def options_of(folder: Path) -> PublishOptions:
    return PublishOptions(
        folder / "assets", folder / "models", folder / "media", folder / "bundle", "https://mine.example"
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two real places, published."""
    folder = tmp_path_factory.mktemp("edition")
    edition(folder, SITES)
    publish(options_of(folder), Cache(folder / "cache"), Quiet(), lambda *_: None)
    return folder


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """The same, for a test to change."""
    shutil.copytree(published, tmp_path / "edition")
    return tmp_path / "edition"


def drafted(folder: Path) -> Difference:
    """Make a draft, and return what it changes."""
    options = options_of(folder)
    draft(options, Cache(folder / "cache"), Quiet(), lambda *_: None)
    served, found = read_current(options.bundle), read_draft(options.bundle)
    assert served is not None
    assert found is not None
    return difference(ReleaseAnswers(options.bundle, served), ReleaseAnswers(options.bundle, found.manifest))


def entry_of(folder: Path) -> Entry[Site]:
    return read_catalogue(folder / "assets").sites[PLACE]


def without_app(page: bytes) -> str:
    """Return a page without what makes it an app, which a preview leaves out, and the times of this minute."""
    app = r'<link rel="(manifest|apple-touch-icon)"[^>]*>\n|<meta name="theme-color"[^>]*>\n'
    text = re.sub(app, "", page.decode())
    text = re.sub(r'<p class="notice heed" id="pack-copy".*?</p>\n', "", text)
    return re.sub(r'<script type="module" src="[^"]*"></script>\n(?=</head>)', "", text, count=1)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_preview_is_the_page_that_is_published(published: Path, language: str) -> None:
    options = options_of(published)
    previews = Previews(options, Cache(published / "cache"))
    preview = previews.render(entry_of(published), Translations(locales_beside(options.assets)), language)
    found, release = preview.find(preview.address, language), previews.release()
    assert found is not None
    assert release is not None
    content = found[1]
    assert isinstance(content, bytes)
    assert content.decode() == without_app(release.content(preview.address, language))


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a route, a trail, a show and a map that moves, published."""
    folder = tmp_path_factory.mktemp("kinds")
    assets = edition(folder)
    (assets / "sites" / PLACE / "mots.show.toml").write_text(SHOW, encoding="utf-8")
    trail = assets / "trails" / "recit" / "trail.toml"
    trail.parent.mkdir(parents=True)
    trail.write_text(TRAIL.replace('site = "une"', f'site = "{PLACE}"'), encoding="utf-8")
    publish(options_of(folder), Cache(folder / "cache"), Quiet(), lambda *_: None)
    return folder


@pytest.mark.parametrize("language", ["fr", "de"])
@pytest.mark.parametrize(
    ("kind", "slug"),
    [("sites", PLACE), ("routes", "essai"), ("trails", "recit"), ("shows", PLACE), ("scenes", "arenberg-puits")],
)
def test_so_is_that_of_every_kind(all_kinds: Path, kind: str, slug: str, language: str) -> None:
    options = options_of(all_kinds)
    previews = Previews(options, Cache(all_kinds / "cache"))
    entry = getattr(read_catalogue(options.assets), kind)[slug]
    preview = previews.render(entry, Translations(locales_beside(options.assets)), language)
    found, release = preview.find(preview.address, language), previews.release()
    assert found is not None
    assert release is not None
    content = found[1]
    assert isinstance(content, bytes)
    # Without the files to take along, also in the script of a show, and the link to the list of trails: only a release
    # has them.
    lines, served = content.decode().splitlines(), without_app(release.content(preview.address, language)).splitlines()
    assert len(lines) > 0.8 * len(served)
    assert [line for line in lines if line not in served and "application/json" not in line] == []


def test_a_map_of_no_place_is_refused(folder: Path) -> None:
    options = options_of(folder)
    lost = options.assets / "sites" / "nulle-part" / "puits.scene.toml"
    lost.parent.mkdir()
    lost.write_bytes((PROJECT / "assets" / "sites" / "fosse-d-arenberg" / "arenberg-puits.scene.toml").read_bytes())
    entry = read_catalogue(options.assets).scenes["puits"]
    with pytest.raises(OptionError, match=r"nulle-part/site\.toml does not exist"):
        Previews(options, Cache(folder / "cache")).render(entry, Translations(locales_beside(options.assets)), "fr")


def test_a_preview_needs_no_release_and_writes_none(folder: Path) -> None:
    options = options_of(folder)
    shutil.rmtree(options.bundle)
    preview = Previews(options, Cache(folder / "cache")).render(
        entry_of(folder), Translations(locales_beside(options.assets)), "fr"
    )
    assert preview.find(preview.address, "fr") is not None
    assert not options.bundle.exists()


def test_a_new_picture_is_shown_at_once_and_then_as_it_is_published(folder: Path) -> None:
    options = options_of(folder)
    path = options.assets / "sites" / PLACE / "site.toml"
    Image.new("RGB", (2000, 1500), "#885533").save(path.with_name("a.jpg"))
    with path.open("a", encoding="utf-8") as file:
        file.write(MEDIUM)
    previews, cache = Previews(options, Cache(folder / "cache")), Cache(folder / "cache")
    translations = Translations(locales_beside(options.assets))

    def shown() -> list[tuple[str, int | None]]:
        preview = previews.render(entry_of(folder), translations, "fr")
        found = preview.find(f"/v1/sites/{PLACE}", "fr")
        assert found is not None
        assert isinstance(found[1], bytes)
        [medium] = Document.model_validate_json(found[1]).media
        assert all(preview.find(each.url, "") is not None for each in medium.variants)
        return [(each.media_type, each.width) for each in medium.variants]

    assert shown() == [("image/jpeg", 1280)]
    draft(options, cache, Quiet(), lambda *_: None)
    assert shown()[0] == ("image/avif", 320)


def test_a_draft_tells_what_it_changes_and_serves_nothing(folder: Path) -> None:
    before = read_current(folder / "bundle")
    assert drafted(folder).is_none
    text = folder / "assets" / "sites" / PLACE / "site.toml"
    replace(text, "Compagnie des mines d’Anzin", "Compagnie d’essai")
    (folder / "assets" / "sites" / SITES[1]).rename(folder / "assets" / "sites" / "terril-neuf")
    found = drafted(folder)
    assert read_current(folder / "bundle") == before
    assert {(each.slug, each.what) for each in found.entries} == {
        (PLACE, CHANGED), (SITES[1], REMOVED), ("terril-neuf", ADDED),
    }  # fmt: skip
    [changed] = [each for each in found.entries if each.what == CHANGED]
    [company] = [each for each in changed.changes if each.key == ("company",)]
    assert company.after is not None
    assert company.after.text == "Compagnie d’essai"
    assert found.others > 0


def test_a_place_that_is_only_begun_is_previewed_and_published(folder: Path) -> None:
    options = options_of(folder)
    scaffold("site", "Fosse neuve", options.assets)
    preview = Previews(options, Cache(folder / "cache")).render(
        read_catalogue(options.assets).sites["fosse-neuve"], Translations(locales_beside(options.assets)), "de"
    )
    assert preview.find(preview.address, "de") is not None
    assert [(each.slug, each.what) for each in drafted(folder).entries] == [("fosse-neuve", ADDED)]


def test_a_draft_is_published_as_it_was_looked_at_or_not_at_all(folder: Path) -> None:
    options = options_of(folder)
    text = options.assets / "sites" / PLACE / "site.toml"
    replace(text, "Compagnie des mines d’Anzin", "Compagnie d’essai")
    drafted(folder)
    found, before = read_draft(options.bundle), read_current(options.bundle)
    assert found is not None
    release = found.manifest.release
    replace(text, "Compagnie d’essai", "Compagnie tout autre")
    with pytest.raises(OptionError, match="something has changed since the draft"):
        publish_draft(options, release)
    assert read_current(options.bundle) == before
    drafted(folder)
    found = read_draft(options.bundle)
    assert found is not None
    lost = next(each for each in found.manifest.files if before is not None and each not in before.files)
    (options.bundle / lost.path).unlink()
    with pytest.raises(OptionError, match="missing or corrupt"):
        publish_draft(options, found.manifest.release)
    assert read_current(options.bundle) == before
    drafted(folder)
    found = read_draft(options.bundle)
    assert found is not None
    publish_draft(options, found.manifest.release)
    assert read_current(options.bundle) == found.manifest
    assert read_draft(options.bundle) is None
