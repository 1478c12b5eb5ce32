"""What is asked stands in one file, of which a team replaces what changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from carreau.air.survey.services import read_services
from carreau.base.errors import FormatError


def test_the_packaged_file_is_complete() -> None:
    services = read_services()
    assert services.client.hosts == ("data.geopf.fr",)
    assert services.index.properties["url"][0] == "url_npl"
    assert services.of_territory.terrain.pixel_m == services.territory.terrain_pixel_m
    assert services.index.per_s < 1  # faster ones came back empty


def test_a_copy_needs_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text('[index]\nlayer = "NEW:layer"\n[index.properties]\nurl = ["url_new"]\n[orthophoto]\npixel_m = 1\n')
    services = read_services(path)
    assert services.index.layer == "NEW:layer"
    assert services.index.properties["url"] == ("url_new",)
    assert services.index.properties["corner"] == ("coordonnees_nw",)
    assert services.orthophoto.pixel_m == 1.0
    assert services.points == read_services().points


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[indx]\n", "line 1, indx: unknown key; did you mean 'index'"),
        ('[index]\nlayers = "a"\n', "line 2, index.layers: unknown key; did you mean 'layer'"),
        ("[index]\nlayer = 3\n", "line 2, index.layer: 3 is not allowed; write it like 'IGNF"),
        ("[client]\nretries = true\n", "client.retries: True is not allowed"),
        ("[client]\ntimeout_s = -1\n", "client.timeout_s: -1 is not allowed"),
        ('[client]\nhosts = "a"\n', "client.hosts: 'a' is not allowed"),
        ("[client]\nhosts = [1]\n", r"client.hosts: \[1\] is not allowed"),
        ("[place]\nchecked = []\n", r"place.checked: \[\] is not allowed; write it like \[\[730376"),
        ("[place]\nbounds = [1, 2, 3]\n", r"place.bounds: \[1, 2, 3\] is not allowed"),
        ("[way]\nchecked = [[3.4, 50.4], [3.5]]\n", r"way.checked: .* is not allowed; write it like \[\[3.4117"),
        ('[way]\nchecked = [["3.4", 50.4]]\n', "way.checked: .* is not allowed"),
        ("[heights]\nlowest_m = nan\n", "heights.lowest_m: nan is not allowed"),
        ("index = 3\n", "line 1, index: 3 is not a table"),
        ("[index\n", "services.toml, line 1"),
    ],
)
def test_what_cannot_be_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "services.toml"
    path.write_text(text)
    with pytest.raises(FormatError, match=words):
        read_services(path)
