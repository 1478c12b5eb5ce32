"""Every answer says what a browser may do with it, is numbered and counted, and problems are in one's language."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from carreau.base.schema.requests import PROBLEMS
from carreau_server.app import create_app
from carreau_server.app_state import AccessLog, open_bundle
from carreau_server.errors import PARAMETER_ERRORS, TEXTS, Messages
from carreau_server.responses import SecurityHeaders, has_map
from carreau_server.settings import Settings
from tests.server import bundles
from tests.server.asking import PROJECT, Ask, of_app
from tests.server.bundles import LANGUAGES, STYLE

EVERYWHERE = [
    "/",
    "/fr/sites/fosse-mathilde",
    "/embed/fosse-mathilde",
    "/v1/sites",
    "/v1/sites?limit=0",
    "/nowhere",
    "/sw.js",
]


@pytest.mark.parametrize("path", [*EVERYWHERE, "/healthz", "/metrics", "/oembed", "/openapi.json"])
def test_every_answer_is_guarded(ask: Ask, path: str) -> None:
    for _ in range(2):
        headers = ask(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "'unsafe-eval'" not in policy
        # Under a map, visitors may want a picture of IGN; nothing else comes from anywhere else.
        assert ("https://data.geopf.fr" in policy) is (path == "/fr/sites/fosse-mathilde")
        assert "http" not in policy.replace("img-src 'self' blob: data: https://data.geopf.fr;", "")
        assert headers["x-content-type-options"] == "nosniff"
        assert "referrer-policy" in headers
        assert "camera=()" in headers["permissions-policy"]
        assert headers["strict-transport-security"]
        assert re.fullmatch(r"[0-9a-f]{8}-\d+", headers["x-request-id"])
        assert "server" not in headers


def test_sensors_are_for_pages_alone(ask: Ask) -> None:
    for path in EVERYWHERE[:3]:
        headers = ask(path).headers
        assert "xr-spatial-tracking=(self)" in headers["permissions-policy"]
        assert "'wasm-unsafe-eval'" in headers["content-security-policy"]
        assert "Sec-CH-Device-Memory" in headers["accept-ch"]
    headers = ask("/v1/sites").headers
    assert "geolocation=()" in headers["permissions-policy"]
    assert "xr-spatial-tracking" not in headers["permissions-policy"]
    assert headers["content-security-policy"].endswith("sandbox")


def test_a_page_as_a_file_runs_nothing(ask: Ask, bundle: Path) -> None:
    path = next(bundle.glob("a/*.html"))
    reply = ask(f"/a/{path.name}")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-security-policy"].endswith("sandbox")


@pytest.mark.parametrize(
    ("ancestors", "said"),
    [(("*",), "*"), (("https://tourism.example", "'self'"), "https://tourism.example 'self'"), ((), "'none'")],
)
def test_settings_say_who_may_frame_what_is_for_frames(bundle: Path, ancestors: tuple[str, ...], said: str) -> None:
    ask = of_app(create_app(Settings(bundle, frame_ancestors=ancestors)))
    assert ask("/embed/fosse-mathilde").headers["content-security-policy"].endswith(f"frame-ancestors {said}")
    assert ask("/fr/").headers["content-security-policy"].endswith("frame-ancestors 'self'")


def test_security_headers_are_those_of_the_release(bundle: Path) -> None:
    state = create_app(Settings(bundle)).state.app_state
    opened, other = state.releases.bundle, open_bundle(bundle, "http://carreau.example")
    for release, is_https in ((opened, True), (other, False), (opened, True)):
        headers = dict(state.security_headers(release).select("/fr/", b"text/html"))
        assert (b"strict-transport-security" in headers) is is_https
    assert state.security_headers(opened) is state.security_headers(opened)


@pytest.mark.parametrize(
    ("path", "media_type", "policy", "names"),
    [
        ("/fr/recherche", "text/html", "img-src 'self' blob: data:;", {"cross-origin-opener-policy", "accept-ch"}),
        ("/fr/sites/a", "text/html", "https://data.geopf.fr;", {"cross-origin-opener-policy", "accept-ch"}),
        ("/embed/a", "text/html", "frame-ancestors *", {"accept-ch"}),
        ("/a/a.html", "text/html", "; sandbox", {"access-control-allow-origin", "cross-origin-resource-policy"}),
        ("/a/a.pdf", "application/pdf", "object-src 'self'", {"access-control-expose-headers"}),
        ("/service-worker.js", "text/javascript", "connect-src 'self'", {"access-control-allow-origin"}),
    ],
)
def test_each_kind_of_response_has_its_guards(
    bundle: Path, path: str, media_type: str, policy: str, names: set[str]
) -> None:
    headers = {
        name.decode(): value.decode()
        for name, value in SecurityHeaders(Settings(bundle), True).select(path, media_type.encode())
    }
    is_page = "accept-ch" in names
    assert policy in headers["content-security-policy"]
    assert names <= set(headers)
    assert ("cross-origin-opener-policy" in headers) is ("cross-origin-opener-policy" in names)
    assert ("access-control-allow-origin" in headers) is not is_page
    assert ("base-uri 'none'; form-action 'self'" in headers["content-security-policy"]) is is_page
    assert headers["referrer-policy"] == ("strict-origin-when-cross-origin" if is_page else "no-referrer")


@pytest.mark.parametrize(
    ("path", "is_there"),
    [("/fr/sites/a/b", False), ("/abc/sites/a", False), ("/fr/", False), ("/fr/lieux", True), ("/pl/lieux", False)],
)
def test_a_map_is_on_lists_and_on_pages_of_places(path: str, is_there: bool) -> None:
    assert has_map(path) is is_there


def test_a_style_that_a_script_brings_is_let_in_by_its_digest(ask: Ask) -> None:
    policy = ask("/fr/").headers["content-security-policy"]
    assert f"style-src 'self' '{STYLE}';" in policy
    assert "script-src *" not in policy


def test_other_origins_may_read_data(ask: Ask) -> None:
    for path in EVERYWHERE[3:]:
        assert ask(path).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in ask("/fr/").headers
    asked = ask("/a/x.glb", "OPTIONS", origin="https://x.example", access_control_request_method="GET")
    assert asked.status == 204
    assert "Range" in asked.headers["access-control-allow-headers"]


def test_scripts_of_other_origins_may_read_the_headers_that_the_api_documents(ask: Ask) -> None:
    exposed = ask("/v1/sites").headers["access-control-expose-headers"].split(", ")
    assert {"Deprecation", "ETag", "Link", "Retry-After", "Sunset"} <= set(exposed)
    assert exposed == sorted(exposed)
    configuration = (PROJECT / "server" / "deploy" / "nginx" / "carreau-site.conf").read_text(encoding="utf-8")
    assert re.findall(r'Access-Control-Expose-Headers "([^"]+)"', configuration) == [", ".join(exposed)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_problem_is_said_in_the_language_of_the_reader(ask: Ask, lang: str) -> None:
    messages = Messages()
    for reply in (ask("/v1/sites/nowhere", accept_language=lang), ask(f"/v1/sites/nowhere?lang={lang}")):
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.headers["content-language"] == lang
        problem = reply.json()
        assert problem["title"] == messages.problem_title("site-not-found", lang)
        assert problem["detail"] == messages.problem_detail("site-not-found", lang, {"slug": "nowhere"})
        assert (problem["status"], problem["instance"]) == (404, "/v1/sites/nowhere")
        assert (problem["code"], problem["type"]) == ("site-not-found", "/problems/site-not-found")


@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - {"en"}))
def test_every_text_is_translated_with_its_placeholders(lang: str) -> None:
    messages = Messages()
    for code, problem in PROBLEMS.items():
        names = re.findall(r"%\((\w+)\)s", problem.detail)
        values = {name: f"<{name}>" for name in names}
        text = messages.problem_detail(code, lang, values)
        assert text != problem.detail % values
        assert all(value in text for value in values.values())
        assert messages.problem_title(code, lang) != problem.title
        for source, translation in (
            (problem.meaning, messages.problem_meaning(code, lang)),
            (problem.remedy, messages.problem_remedy(code, lang)),
        ):
            assert translation != source
            assert sorted(re.findall("`[^`]+`", source)) == sorted(set(re.findall("`[^`]+`", translation)) - {"`slug`"})
    for key, error in PARAMETER_ERRORS.items():
        source = error if isinstance(error, str) else error[1]
        values = dict.fromkeys(re.findall(r"%\((\w+)\)s", source), "4321")
        text = messages.parameter_error(key, lang, values)
        assert text != source % values
        assert text.count("4321") == len(values)
    assert all(key == "sites" or messages.text(key, lang) != text for key, text in TEXTS.items())


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        (
            "en",
            ("Must have at most 1 character.", "Must have at most 2 characters.", "Must have at most 5 characters."),
        ),
        (
            "fr",
            ("Doit avoir au plus 1 caractère.", "Doit avoir au plus 2 caractères.", "Doit avoir au plus 5 caractères."),
        ),
        ("pl", ("Może mieć co najwyżej 1 znak.", "Może mieć co najwyżej 2 znaki.", "Może mieć co najwyżej 5 znaków.")),
    ],
)
def test_numbers_have_their_plural(lang: str, texts: tuple[str, ...]) -> None:
    messages = Messages()
    sentences = [messages.parameter_error("too-long", lang, {"maximum": count}) for count in (1, 2, 5)]
    assert [sentence.endswith(text) for sentence, text in zip(sentences, texts, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    ("target", "method", "headers", "status", "title"),
    [
        ("/v1/sites", "POST", {}, 405, "Method not allowed"),
        ("/v1/sites", "GET", {"accept": "image/png"}, 406, "Not acceptable"),
        (f"/v1/sites?q={'a' * 3000}", "GET", {}, 414, "URI too long"),
        ("/v1/sites", "GET", {"content_length": "5"}, 413, "Content too large"),
        ("/v1/sites?limit=x", "GET", {}, 400, "Invalid parameter"),
        ("/v1/sites", "GET", {"host": "a b"}, 400, "Invalid Host header"),
        ("/nowhere", "GET", {}, 404, "Not found"),
        ("/oembed?url=/fr/sites/fosse-mathilde&format=yaml", "GET", {}, 501, "Format not supported"),
    ],
)
def test_each_kind_of_problem_has_its_type_and_standard_title(
    asked: Ask, target: str, method: str, headers: dict[str, str], status: int, title: str
) -> None:
    problem = asked(target, method, accept_language="en", **headers).json()
    assert (problem["status"], problem["title"]) == (status, title)
    assert problem["type"] == f"/problems/{problem['code']}"
    assert PROBLEMS[problem["code"]].status == status
    described = asked(problem["type"], accept_language="en").json()
    assert (described["code"], described["title"], described["status"]) == (problem["code"], title, status)


def test_an_unsatisfiable_range_is_a_problem(ask: Ask, bundle: Path) -> None:
    path = max(bundle.glob("a/*.glb"), key=lambda path: path.stat().st_size)
    reply = ask(f"/a/{path.name}", range="bytes=9999999-", accept_language="en")
    assert (reply.status, reply.json()["title"]) == (416, "Range not satisfiable")
    assert reply.headers["content-range"] == f"bytes */{path.stat().st_size}"


def test_a_problem_without_parameters_has_no_errors_and_says_what_is_allowed(ask: Ask) -> None:
    assert "errors" not in ask("/v1/sites/nowhere").json()
    assert ask(f"/{'a' * 600}").json()["instance"] == f"/{'a' * 499}"
    assert ask("/v1/sites", "POST").headers["allow"] == "GET, HEAD, OPTIONS"
    assert ask("/v1/sites", "POST").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("languages", "lang"), [(("it",), "en"), (("it", "de", "fr"), "de")])
def test_a_problem_is_in_a_language_that_has_texts(bundle: Path, languages: tuple[str, ...], lang: str) -> None:
    app = create_app(Settings(bundle))
    app.state.app_state.releases.bundle.languages = languages
    assert of_app(app)("/v1/sites/nowhere", accept_language="it").headers["content-language"] == lang


def test_no_problem_type_is_described_that_does_not_exist(asked: Ask) -> None:
    assert asked("/problems/nonsense").status == 404


@pytest.mark.parametrize("path", ["/problems/", "/problems"])
def test_the_index_lists_every_problem_type_in_the_language_of_the_client(ask: Ask, path: str) -> None:
    reply = ask(path, accept_language="de")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.headers["content-language"] == reply.json()["lang"] == "de"
    listed = reply.json()["problems"]
    assert {each["code"]: each["status"] for each in listed} == {code: each.status for code, each in PROBLEMS.items()}
    assert [each["status"] for each in listed] == sorted(each["status"] for each in listed)
    for each in listed:
        assert each == ask(f"{each['type']}?lang=de").json()
        assert set(each) == {"type", "code", "status", "title", "meaning", "remedy"}


def test_a_browser_is_redirected_to_the_page_of_problem_types(documented: Ask, ask: Ask) -> None:
    html = "text/html,*/*;q=0.8"
    for path, location in (
        ("/problems/", "/nl/problems"),
        ("/problems", "/nl/problems"),
        ("/problems/uri-too-long", "/nl/problems#uri-too-long"),
    ):
        reply = documented(path, accept=html, accept_language="nl")
        assert (reply.status, reply.headers["location"]) == (303, location)
        assert reply.headers["vary"] == "Accept, Accept-Language"
        assert documented(location.partition("#")[0]).headers["content-type"].startswith("text/html")
        assert documented(path, accept_language="nl").headers["content-type"] == "application/json"
        # A bundle that was published before there was such a page has none.
        assert ask(path, accept=html).headers["content-type"] == "application/json"
    assert documented("/problems/?lang=pl", accept=html, accept_language="nl").headers["location"] == "/pl/problems"


def test_a_person_who_is_lost_sees_a_page(ask: Ask) -> None:
    reply = ask("/de/nirgends", accept="text/html,*/*;q=0.8", accept_language="fr")
    assert reply.status == 404
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["content-language"] == "de"
    assert not {"etag", "cache-control"} & set(reply.headers)
    assert ask("/nirgends").headers["content-type"] == "application/problem+json"


def test_an_address_that_differs_by_its_end_leads_on(ask: Ask) -> None:
    assert (ask("/fr").status, ask("/fr").headers["location"]) == (308, "/fr/")
    assert ask("/fr/sites/fosse-mathilde/?a=1").headers["location"] == "/fr/sites/fosse-mathilde?a=1"


def test_a_number_of_the_proxy_is_kept_and_a_strange_one_is_not(ask: Ask) -> None:
    assert ask("/fr/", x_request_id="abc-123_X").headers["x-request-id"] == "abc-123_X"
    for strange in ("<script>", "abc<script>", "a" * 65):
        assert ask("/fr/", x_request_id=strange).headers["x-request-id"] != strange


def test_whoever_asks_too_often_waits(bundle: Path) -> None:
    ask = of_app(create_app(Settings(bundle, requests_per_s=0.001, burst=3)))
    statuses = [ask("/v1/terms").status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = ask("/v1/terms")
    assert (refused.json()["code"], refused.headers["cache-control"]) == ("too-many-requests", "no-store")
    assert int(ask("/v1/terms").headers["retry-after"]) > 100


def test_the_log_has_nothing_personal(bundle: Path) -> None:
    app = create_app(Settings(bundle, access_log=True, trusted_proxies=("192.0.2.77",)))
    stream = io.StringIO()
    app.state.app_state.log = AccessLog(stream)
    ask = of_app(app)
    ask("/v1/search?q=somebody&lang=en", user_agent="Browser of somebody", x_forwarded_for="6.6.6.6, 2001:db8:1:2::3")
    ask("/v1/sites/fosse-mathilde", referer="https://somebody.example", sec_fetch_dest="empty")
    app.state.app_state.log.flush()
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert "somebody" not in stream.getvalue()
    for address in ("192.0.2", "2001:db8", "6.6.6"):
        assert address not in stream.getvalue()
    assert (first["method"], first["path"], first["status"]) == ("GET", "/v1/search", 200)
    assert second["route"] == "/v1/sites/{slug}"
    told = {"time", "method", "path", "status", "bytes", "ms", "lang", "robot", "ahead", "script"}
    assert set(first) == told | {"id", "route", "release"}
    assert [(each["lang"], each["robot"], each["script"]) for each in (first, second)] == [
        ("en", False, False), ("fr", True, True),
    ]  # fmt: skip


def test_counters_count(bundle: Path) -> None:
    ask = of_app(create_app(Settings(bundle)))
    for _ in range(3):
        ask("/v1/sites/fosse-mathilde")
    ask("/nowhere")
    text = ask("/metrics").text
    assert 'carreau_requests_total{route="/v1/sites/{slug}",status="200"} 3' in text
    assert 'status="404"} 1' in text
    assert "carreau_request_duration_seconds_count 4" in text
    assert re.fullmatch(r"(# TYPE \w+ \w+\n|\w+(\{[^}]*\}?\"[^}]*\})? [0-9.e+-]+\n|\w+\{.*\} [0-9.e+-]+\n)+", text)


def test_what_is_damaged_stands_in_the_log_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bundles.build(tmp_path)
    ask = of_app(create_app(Settings(tmp_path)))
    for path in tmp_path.glob("a/*.csv"):
        path.write_bytes(b"")
        reply = ask("/v1/catalogue.csv")
        assert (reply.status, reply.json()["code"]) == (503, "bundle-corrupt")
        assert path.name not in reply.text
        assert path.name in caplog.text


def test_a_failure_is_noted_and_not_explained(bundle: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(bundle))

    def broken(*_: object) -> None:
        raise ValueError("secret")

    app.state.app_state.releases.bundle.responses = broken
    reply = of_app(app)("/v1/terms", accept_language="en")
    assert reply.status == 500
    assert "secret" not in reply.text
    assert reply.headers["x-request-id"] in reply.json()["detail"]
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("settings", "headers"),
    [({"requests_per_s": 1e6, "burst": 10**6}, {}), ({}, {"save_data": "on"}), ({}, {"device_memory": "2"})],
)
def test_the_cache_answers_under_a_rate_limit_and_for_those_who_save_data(
    bundle: Path, settings: dict[str, Any], headers: dict[str, str]
) -> None:
    app = create_app(Settings(bundle, **settings))
    ask = of_app(app)
    targets = ("/v1/sites/fosse-mathilde", "/v1/search?q=fosse", "/v1/sites?kind=fosse")
    before = [ask(target, **headers).body for target in targets]

    def broken(*_: object) -> None:
        raise AssertionError("the cache was not asked")

    opened = app.state.app_state.releases.bundle
    opened.responses = opened.one = opened.connection = broken
    again = [ask(target, **headers) for target in targets]
    assert [(reply.status, reply.body) for reply in again] == [(200, body) for body in before]
