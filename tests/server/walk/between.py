"""Stand between a browser and the server, and do what networks do: break off, spoil a byte, be gone."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Network:
    """What becomes of requests.

    asked : target and range of each that came through
    cut : after how many bytes the answer at an address stands still; when `breaks` is set, it and all else is down
    spoilt : addresses whose answers have a wrong byte
    is_down : whether every connection is closed without an answer
    """

    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set)
    is_down: bool = False
    breaks: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def network_to(port: int) -> Iterator[Network]:
    """Give a network that leads to a server; each has an origin of its own, and so a store of its own."""
    network = Network()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if network.is_down:
                self.close_connection = True
                return
            network.asked.append((self.path, self.headers.get("Range", "")))
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            wanted = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            server.request(self.command, self.path, headers=wanted)
            answer = server.getresponse()
            body = answer.read()
            server.close()
            path = self.path.partition("?")[0]
            if path in network.spoilt:
                body = body[:-1] + bytes([body[-1] ^ 1])
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[: network.cut[path]] if path in network.cut else body)
            if path in network.cut:
                self.wfile.flush()
                network.breaks.wait(60)
                network.is_down = True

        do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A browser may go away."""

    server = Server(("127.0.0.1", 0), Handler)
    network.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield network
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
