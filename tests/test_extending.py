"""The diffs of `docs/extending.md` apply, and what each adds is used by all that it should be.

All diffs are applied to one copy of the sources, which runs in processes of its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT, need
from tests.pipeline.catalogue.catalogues import written

PAGE = PROJECT / "docs" / "extending.md"
SECTIONS = (
    "An input format", "A level", "A language", "An export", "An API route", "A field of a place",
    "A kind of annotation",
)  # fmt: skip
NODE_MODULES = PROJECT / "pipeline" / "carreau" / "base" / "node" / "node_modules"
TESTIMONY = 'testimony = "On l’appelait la porte des galibots."\n'
LABEL = '\nmsgctxt "annotation"\nmsgid "Testimony"\nmsgstr "Témoignage"\n'
TOILETS = 'toilets = "Derrière le chevalement."\ntoilets_source = "Vu le 3 mai 2026."\n'
LEFT_OUT = ("node_modules", "static", "__pycache__", "package-lock.json")


def diff_of(section: str) -> str:
    """Return the diff in a section of the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")
    [diff] = re.findall(r"^```diff\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    return str(diff)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with every diff applied."""
    need(shutil.which("git") is not None, "git is not installed")
    folder = tmp_path_factory.mktemp("tree")
    for name in ("pipeline", "server", "locales"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / "server" / "carreau_server" / "static").symlink_to(
        (PROJECT / "server" / "carreau_server" / "static").resolve()
    )
    shutil.copytree(PROJECT / "tests" / "server", folder / "tests" / "server", ignore=shutil.ignore_patterns(*LEFT_OUT))
    site = written(folder / "assets") / "sites" / "une" / "site.toml"
    text = site.read_text("utf-8").replace("[visit]\n", f"[visit]\n{TOILETS}", 1)
    site.write_text(text.replace("\n[[tour]]\n", f"{TESTIMONY}\n[[tour]]\n", 1), "utf-8")
    with (folder / "locales" / "fr" / "LC_MESSAGES" / "interface.po").open("a", encoding="utf-8") as french:
        french.write(LABEL)
    for section in SECTIONS:
        command = ["git", "apply", "-C1", "-p1", "-"]
        done = subprocess.run(
            command, input=diff_of(section), cwd=folder, capture_output=True, text=True, check=False, timeout=60,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        )  # fmt: skip
        assert done.returncode == 0, f"{section}: {done.stderr}"
    run(folder, "-m", "server.viewer.tools.viewer_types")
    return folder


def run(tree: Path, *arguments: str) -> str:
    """Run Python in the copy, and return what it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(tree / folder) for folder in (".", "pipeline", "server")),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "400",
        "CARREAU_NODE_MODULES": str(NODE_MODULES),
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def value(tree: Path, imports: str, expression: str) -> Any:
    """Return the value of an expression in the copy."""
    return json.loads(run(tree, "-c", f"import json\n{imports}\nprint(json.dumps({expression}))"))


@pytest.fixture(scope="module")
def bundle(tree: Path) -> Path:
    """The small catalogue of the copy, published with the new language and export."""
    need((NODE_MODULES / "mediabunny").is_dir(), "the npm packages are not installed: make setup")
    assets, models = str(tree / "assets"), str(tree / "models")
    places = ["--bundle", str(tree / "bundle"), "--models", models, "--base-url", "https://carreau.example"]
    run(tree, "-m", "carreau.command.cli", "publish", "--assets", assets, *places, "--quiet")
    return tree / "bundle"


def reply(tree: Path, bundle: Path, target: str, **headers: str) -> dict[str, Any]:
    """Return what the server of the copy answers."""
    asking = f"of_app(create_app(Settings(Path({str(bundle)!r}))))({target!r}, **{headers!r})"
    imports = (
        "from pathlib import Path\nfrom carreau_server.app import create_app\n"
        "from carreau_server.settings import Settings\n"
        f"from tests.server.asking import of_app\nreply = {asking}"
    )
    found = value(tree, imports, "{'status': reply.status, 'headers': dict(reply.headers), 'text': reply.text}")
    return dict(found)


def test_every_section_with_a_table_has_a_diff() -> None:
    assert all(diff_of(section).startswith("--- ") for section in SECTIONS)
    assert PAGE.read_text(encoding="utf-8").count("```diff\n") == len(SECTIONS)


def test_the_new_format_is_read(tree: Path) -> None:
    (tree / "scan.raw").write_text("0 0 0 1 0 0 0 1 0\n1 0 0 1 1 0 0 1 0\n")
    assert (
        value(
            tree,
            "from pathlib import Path\nfrom carreau.models.stages.read import read",
            "len(read(Path('scan.raw')).mesh.faces)",
        )
        == 2
    )
    assert "RAW" in run(tree, "-m", "carreau.command.cli", "model", "--help")


def test_the_new_level_is_offered(tree: Path) -> None:
    assert "phone-light, phone, tablet, desktop-ktx2, desktop, ar" in " ".join(
        run(tree, "-m", "carreau.command.cli", "model", "--help").split()
    )
    imports = (
        "from carreau.base.schema.lists import Pack\n"
        "from carreau.site.publish.static_files import words_of_viewer\n"
        "from carreau_server.files import SCREEN_LEVELS\nfrom carreau.exports.svx import QUALITIES"
    )
    levels, words, order, qualities = value(
        tree, imports,
        "[Pack.model_json_schema()['properties']['level']['enum'], words_of_viewer('en'), SCREEN_LEVELS, QUALITIES]",
    )  # fmt: skip
    assert levels[:6] == ["preview", "phone-light", "phone", "tablet", "desktop-ktx2", "desktop"]
    assert words["level_tablet"] == "good"
    assert order == ["desktop", "desktop-ktx2", "tablet", "phone", "preview"]
    assert qualities["tablet"] == "Medium"
    assert '["preview", "phone", "tablet", "desktop"]' in (tree / "server/viewer/src/schema.ts").read_text()


def test_the_new_language_is_offered(tree: Path, bundle: Path) -> None:
    run(tree, "-m", "carreau.command.cli", "--lang", "it", "export", "--list")
    run(tree, "-m", "carreau.command.cli", "texts", "extract", "--assets", "assets")
    assert (tree / "locales" / "it" / "LC_MESSAGES" / "content.po").is_file()
    page = reply(tree, bundle, "/it/luoghi/une")
    assert (page["status"], page["headers"]["content-language"]) == (200, "it")
    assert '<html lang="it"' in page["text"]
    assert "Accessibilità" in page["text"]
    assert "Italiano" in page["text"]
    problem = reply(tree, bundle, "/v1/sites/nothing", accept_language="it")
    assert problem["headers"]["content-language"] == "it"
    assert '"it"' in (tree / "server/viewer/src/schema.ts").read_text()


def test_the_new_export_is_written_and_served(tree: Path, bundle: Path) -> None:
    assert "programs that read KML" in run(tree, "-m", "carreau.command.cli", "export", "--list")
    run(tree, "-m", "carreau.command.cli", "export", "kml", "--assets", "assets", "--out", "out")
    assert (tree / "out" / "sites" / "une.kml").read_bytes().startswith(b"<?xml")
    for target, headers in (
        ("/v1/sites/une.kml", {}),
        ("/v1/sites/une", {"accept": "application/vnd.google-earth.kml+xml"}),
    ):
        answer = reply(tree, bundle, target, **headers)
        assert (answer["status"], answer["headers"]["content-type"]) == (200, "application/vnd.google-earth.kml+xml")
        assert "<Placemark>" in answer["text"]
    assert ">KML<" in reply(tree, bundle, "/en/sites/une")["text"]


def test_the_new_route_answers_and_is_described(tree: Path, bundle: Path) -> None:
    answer = json.loads(reply(tree, bundle, "/v1/communes/59001")["text"])
    assert answer == {"name": "59001", "sites": 2}
    assert reply(tree, bundle, "/v1/communes/nowhere")["status"] == 404
    described = json.loads(reply(tree, bundle, "/openapi.json")["text"])
    operation = described["paths"]["/v1/communes/{name}"]["get"]
    assert operation["operationId"] == "getCommune"
    assert operation["responses"]["200"]["content"]["application/json"]["example"] == {"name": "denain", "sites": 3}


def test_the_new_field_is_read_checked_shown_and_exported(tree: Path, bundle: Path) -> None:
    assert "Derrière le chevalement." in reply(tree, bundle, "/fr/sites/une")["text"]
    visit = json.loads(reply(tree, bundle, "/v1/sites/une?lang=fr")["text"])["visit"]
    assert (visit["toilets"]["text"], visit["toilets_source"]) == ("Derrière le chevalement.", "Vu le 3 mai 2026.")
    run(tree, "-m", "carreau.command.cli", "export", "csv", "--assets", "assets", "--out", "out")
    assert "visit.toilets.fr" in (tree / "out" / "catalogue.csv").read_text("utf-8").splitlines()[0]
    found = reply(tree, bundle, "/v1/search?q=chevalement&lang=fr")["text"]
    assert "/sites/une" in found
    imports = (
        "import tomllib\nfrom pathlib import Path\nfrom carreau.catalogue.site import Site\n"
        "from carreau.desk.form_layout import fields_in, laid_out\nfrom carreau.desk.form_state import FormState\n"
        "state = FormState()\nstate.fill(tomllib.loads(Path('assets/sites/une/site.toml').read_text('utf-8')), Site)"
    )
    form = value(tree, imports, "{part.name: getattr(part, 'label', '') for part in fields_in(laid_out(state, []))}")
    assert form["visit.toilets"] == "Toilets"


def test_the_new_kind_of_annotation_is_read_shown_and_found(tree: Path, bundle: Path) -> None:
    page = reply(tree, bundle, "/fr/sites/une")["text"]
    assert re.search(r"<h4>Témoignage</h4>\s*<p>On l’appelait la porte des galibots\.</p>", page)
    [door] = json.loads(reply(tree, bundle, "/v1/sites/une?lang=fr")["text"])["annotations"]
    assert door["testimony"]["text"] == "On l’appelait la porte des galibots."
    assert "/sites/une" in reply(tree, bundle, "/v1/search?q=galibots&lang=fr")["text"]
    run(tree, "-m", "carreau.command.cli", "texts", "extract", "--assets", "assets")
    assert "annotation.door.testimony" in (tree / "locales" / "en" / "LC_MESSAGES" / "content.po").read_text("utf-8")


def test_the_new_kind_of_annotation_is_exported(tree: Path) -> None:
    imports = (
        "from pathlib import Path\nfrom carreau.catalogue.catalogue import read_catalogue\n"
        "from carreau.catalogue.i18n.check_translations import Translations\n"
        "from carreau.exports.iiif import iiif\n"
        "from carreau.exports.record import GLB, ModelFile, StateRecord, site_record\n"
        "from carreau.exports.schema_org import schema_org_site\nfrom carreau.exports.svx import scene_files\n"
        "catalogue = read_catalogue(Path('assets'))\nsite = catalogue.sites['une']\n"
        "file = ModelFile('phone', 'phone.glb', GLB, 9, '0' * 64, 'https://carreau.example/phone.glb')\n"
        "model = StateRecord(site.of.state[0], (file,))\n"
        "record = site_record(site, catalogue, Translations(), models={'today': model})"
    )
    said = value(tree, imports, "[each.decode() for each in (iiif(record), schema_org_site(record))]")
    below = r"Témoignage\n\nOn l’appelait la porte des galibots."
    assert [below in each for each in said] == [True, True]
    scene = value(tree, imports, "{name: each.decode() for name, each in scene_files(record, model).items()}")
    assert below in scene["scene.svx.json"]
    assert "<p>Témoignage</p><p>On l’appelait la porte des galibots.</p>" in scene["articles/annotation-door-FR.html"]


def test_the_new_kind_of_annotation_is_in_the_desk(tree: Path) -> None:
    imports = (
        "import tomllib\nfrom pathlib import Path\nfrom carreau.catalogue.site import Site\n"
        "from carreau.desk.form_layout import fields_in, laid_out\nfrom carreau.desk.form_state import FormState\n"
        "from carreau.desk.web.publish_page import split_key\n"
        "state = FormState()\nstate.fill(tomllib.loads(Path('assets/sites/une/site.toml').read_text('utf-8')), Site)"
    )
    form, words = value(
        tree, imports,
        "[{part.name: getattr(part, 'label', '') for part in fields_in(laid_out(state, []))}, "
        "split_key(('annotations', 'door', 'testimony'))]",
    )  # fmt: skip
    assert form["annotation.0.testimony"] == "Testimony"
    assert words[-1] == ["Testimony", True]


def test_the_new_kind_of_annotation_is_a_text_of_the_viewer(tree: Path, viewer_modules: Path) -> None:
    imports = "from carreau.site.publish.static_files import words_of_viewer"
    labels = value(tree, imports, "[words_of_viewer(code).get('annotation_testimony') for code in ('fr', 'en')]")
    assert labels == ["Témoignage", "Testimony"]
    assert 'ANNOTATION_TEXTS = ["text", "testimony"]' in (tree / "server/viewer/src/schema.ts").read_text()
