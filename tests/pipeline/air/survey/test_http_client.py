"""Services are asked politely and safely: hosts, redirections, sizes, waits and cuts."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from carreau.air.survey.http_client import Asked, HttpClient, NoRangesError
from carreau.air.survey.services import Services, read_services
from carreau.base.errors import ServiceError, UnreachableError
from tests.pipeline.air.survey.conftest import Waits
from tests.survey_stand_in.stand_in_server import StandIn, World

ASKED = Asked("layer", 1000.0, 100_000_000)
FILE = "/chunk/telechargement/download/LHD_FXX_0730_7032_PTS.copc.laz"


def index(server: StandIn, layer: str = "IGNF_LIDAR-HD_METADONNEE:metadata") -> str:
    box = "730100,7031100,730200,7031200,urn:ogc:def:crs:EPSG::2154"
    return f"{server.address}/wfs/ows?TYPENAMES={layer}&COUNT=10&SRSNAME=EPSG:2154&BBOX={box}"


def test_the_program_names_itself(client: HttpClient, server: StandIn, world: World) -> None:
    assert client.get(index(server), ASKED).status == 200
    assert {agent.split("/")[0] for agent in world.agents} == {"Carreau"}


def test_who_does_not_name_itself_is_refused_by_the_stand_in(server: StandIn) -> None:
    assert urllib3.PoolManager().request("GET", f"{server.address}{FILE}").status == 403


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a",
        "http://data.geopf.fr/a",
        "file:///etc/passwd",
        "https://127.0.0.1@example.org/",
        "http://[",
    ],
)
def test_only_configured_hosts_are_asked_and_only_over_https(address: str) -> None:
    client = HttpClient(replace(read_services().client, hosts=("data.geopf.fr", "127.0.0.1")))
    with pytest.raises(ServiceError, match=r"not an address of data\.geopf\.fr, 127\.0\.0\.1 over https"):
        client.get(address, ASKED)


def test_a_redirection_elsewhere_is_not_followed(client: HttpClient, server: StandIn) -> None:
    with pytest.raises(ServiceError, match=r"https://example\.org/ is not an address"):
        client.get(f"{server.address}/elsewhere", ASKED)


def test_a_service_that_is_busy_is_asked_again_when_it_says(
    client: HttpClient, server: StandIn, world: World, waits: Waits
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True)
    world.faults["/wfs"] = deque([(429, {"Retry-After": "4"}), (503, {"Retry-After": later}), (429, {})])
    assert client.get(index(server), ASKED).status == 200
    busy = [seconds for seconds in waits.slept if seconds > 0.01]
    assert busy[0] == 4.5
    assert 1 < busy[1] < 4
    assert busy[2] == 4.0  # without a word, 2 to the power of the attempt


def test_a_wait_that_is_too_long_is_told(client: HttpClient, server: StandIn, world: World) -> None:
    world.faults["/wfs"] = deque([(429, {"Retry-After": "3600"})])
    with pytest.raises(ServiceError, match="HTTP 429: it asks to wait 3,600 s; run again later"):
        client.get(index(server), ASKED)


def test_a_service_that_stays_busy_is_given_up(client: HttpClient, server: StandIn, world: World) -> None:
    world.faults["/wfs"] = deque([(503, {})] * 10)
    with pytest.raises(ServiceError, match="HTTP 503 Service Unavailable; run again later"):
        client.get(index(server), ASKED)
    assert world.asked["/wfs"] == client.limits.retries + 1


def test_requests_keep_their_distance(client: HttpClient, server: StandIn, waits: Waits) -> None:
    slow = Asked("layer", 0.5, 1_000_000)
    for _ in range(3):
        client.get(index(server), slow)
    assert waits.slept == [2.0, 2.0]


def test_an_answer_that_is_cut_is_asked_again(client: HttpClient, server: StandIn, world: World) -> None:
    world.faults["/wfs"] = deque(["cut", "cut"])
    assert client.get(index(server), ASKED).body.endswith(b"}")


def test_an_answer_over_the_limit_is_refused(client: HttpClient, server: StandIn) -> None:
    with pytest.raises(ServiceError, match="the answer is over 1 MB; if that is right, raise the limit"):
        client.get(f"{server.address}{FILE}", Asked("layer", 1000.0, 1_000_000))


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(
    client: HttpClient, server: StandIn, world: World
) -> None:
    world.bomb = True
    received = list[int]()
    client.on_bytes = received.append
    with pytest.raises(ServiceError, match="the answer is over 5 MB"):
        client.get(index(server), Asked("layer", 1000.0, 5_000_000))
    assert sum(received) <= 5_000_000


def test_a_host_that_does_not_answer_is_told(client: HttpClient, waits: Waits) -> None:
    with pytest.raises(UnreachableError, match=r"layer: no whole answer \(NewConnectionError\); check the connection"):
        client.get("http://127.0.0.1:9/", ASKED)
    assert waits.slept[-1] == 2.0


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("200", "HTTP 200 with the whole file.*use --whole-files"),
        ("403", "HTTP 403 Forbidden; run again later; if it stays, ask who runs your network"),
        ("404", "HTTP 404 Not Found; run again with --refresh"),
        ("page", "a web page where a part of a file was asked for; run again later"),
        ("wrong", "another part than was asked for.*use --whole-files"),
        ("bare", "without saying which part.*use --whole-files"),
    ],
)
def test_what_is_no_part_is_never_taken_for_one(
    client: HttpClient, server: StandIn, world: World, how: str, words: str
) -> None:
    world.ranges["/chunk"] = how
    with pytest.raises(NoRangesError, match=words):
        client.get_part(f"{server.address}{FILE}", ASKED, 10, 20)


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port of a server with a certificate that nobody vouches for, and the certificate."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Say yes."""
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            self.wfile.write(b"yes")

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_address[1], certificate
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_a_refused_certificate_is_told_at_once_with_its_cure(
    services: Services, waits: Waits, untrusted: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, certificate = untrusted
    limits = replace(services.client, hosts=("localhost",))
    client = HttpClient(limits, sleep=waits.sleep, clock=waits.clock)
    with pytest.raises(UnreachableError) as caught:
        client.get(f"https://localhost:{port}/", ASKED)
    assert "layer: the certificate of the service is refused (self-signed certificate" in str(caught.value)
    assert "SSL_CERT_FILE" in str(caught.value)
    assert not waits.slept
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))  # the cure helps
    other = HttpClient(limits, sleep=waits.sleep, clock=waits.clock)
    assert other.get(f"https://localhost:{port}/", ASKED).body == b"yes"


def test_a_part_behind_the_end_is_told(client: HttpClient, server: StandIn) -> None:
    with pytest.raises(ServiceError, match="416"):
        client.get_part(f"{server.address}{FILE}", ASKED, 10**12, 10**12 + 5)


def test_a_part_is_what_was_asked_for(client: HttpClient, server: StandIn) -> None:
    part = client.get_part(f"{server.address}{FILE}", ASKED, 0, 4)
    assert (part.body, part.start) == (b"LASF", 0)
    assert part.total > 70_000_000
