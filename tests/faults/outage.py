"""Servers that are away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.embedded import EmbeddedNats, EmbeddedPostgres


@contextmanager
def away(server: EmbeddedNats | EmbeddedPostgres) -> Iterator[None]:
    """While a server is dead; it is back for the tests that follow, whatever becomes of this one."""
    server.kill()
    try:
        yield
    finally:
        server.start()
