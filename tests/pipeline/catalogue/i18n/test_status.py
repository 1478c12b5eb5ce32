"""`carreau texts status` counts what is there, as it would be after an extraction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from carreau.base.languages import TRANSLATED
from carreau.catalogue.catalogue import read_catalogue
from carreau.catalogue.i18n.check_translations import count_status
from carreau.command.cli import main
from tests.pipeline.catalogue.catalogues import SITE, written
from tests.pipeline.catalogue.i18n.books import reviewed, stale, unreviewed
from tests.pipeline.catalogue.i18n.books import written as translated


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    root = written(tmp_path / "assets")
    translated(
        tmp_path / "locales", "nl", reviewed("site.une.name", "Fosse Une", "Mijn Een"),
        unreviewed("site.une.summary", "Une fosse.", "Een mijn."),
        stale("site.une.company", "Compagnie", "Maatschappij", "La compagnie"),
        reviewed("site.une.visit.access", "Fermé.", "Gesloten."),
    )  # fmt: skip
    return root


def counts(assets: Path, slug: str, language: str) -> dict[str, int]:
    status = count_status(read_catalogue(assets), assets.parent / "locales")
    return dict(next(row for row in status.rows if row.slug == slug).counts[language])


def test_every_standing_is_counted(assets: Path) -> None:
    found = counts(assets, "une", "nl")
    assert found == {"translated": 1, "unreviewed": 1, "stale": 2, "missing": sum(found.values()) - 4}
    assert counts(assets, "une", "pl")["missing"] == sum(found.values())


def test_it_writes_nothing_and_is_right_before_an_extraction(assets: Path) -> None:
    before = {path: path.read_bytes() for path in assets.parent.rglob("*.po*")}
    (assets / "sites" / "une" / "site.toml").write_text(SITE.replace("Fosse Une", "Fosse Deux"), encoding="utf-8")
    assert counts(assets, "une", "nl")["stale"] == 3
    assert {path: path.read_bytes() for path in assets.parent.rglob("*.po*")} == before


def test_the_table_has_a_row_a_site_and_a_sum(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "status", "--assets", str(assets)]) == 0
    head, *rows, total, legend = capsys.readouterr().out.splitlines()
    assert head.split() == list(TRANSLATED)
    assert [row.split()[0] for row in rows] == ["deux", "une", "way"]
    assert rows[1].split()[6:9] == ["1", "1", "2"]
    assert int(total.split()[0]) == sum(int(row.split()[1]) for row in rows)
    assert legend.endswith("for each language: translated, unreviewed, stale, missing")


def test_one_site_is_told_text_by_text(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "status", "--assets", str(assets), "--site", "une"]) == 0
    assert "site.une.name: en missing, nl translated, de missing, pl missing" in capsys.readouterr().out
    assert main(["texts", "status", "--assets", str(assets), "--site", "une", "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert [entry["slug"] for entry in output["entries"]] == ["une"]
    assert {"place": "site.une.summary", "en": "missing", "nl": "unreviewed", "de": "missing", "pl": "missing"} in (
        output["entries"][0]["standings"]
    )


def test_a_site_that_is_not_there_is_told(assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["texts", "status", "--assets", str(assets), "--site", "unne"]) == 2
    assert "--site unne: there is no such site or route; write une" in capsys.readouterr().err


def test_it_is_written_as_a_page(assets: Path, tmp_path: Path) -> None:
    assert (
        main(["texts", "status", "--assets", str(assets), "--page", str(tmp_path / "texts.html"), "--lang", "en"]) == 0
    )
    assert "Progress of the translations" in (tmp_path / "texts.html").read_text(encoding="utf-8")
