"""A collector of traces, as an operator runs one: OTLP over HTTP, every byte of it kept to be searched."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Traces(ThreadingHTTPServer):
    """What it was sent, request by request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        """Where spans are sent to."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1/traces"

    def evidence(self, *services: str) -> dict[str, bytes]:
        """All of it, once the services have ended; these have sent something: else nothing would have been searched."""
        for service in services:
            assert any(f"xinfang-{service}".encode() in body for body in self.bodies), f"{service} has sent no trace"
        return {f"trace {number}": body for number, body in enumerate(self.bodies)}


class _Handler(BaseHTTPRequestHandler):
    server: Traces

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
        """Nothing: what was asked is the test's to tell."""


@contextmanager
def collected() -> Iterator[Traces]:
    """A collector to which every service that is started meanwhile sends its spans."""
    collector = Traces()
    thread = threading.Thread(target=collector.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("XINFANG_OTLP_ENDPOINT", collector.url)
            yield collector
    finally:
        collector.shutdown()
        collector.server_close()
        thread.join()
