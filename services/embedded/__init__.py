"""Real PostgreSQL and NATS servers from wheels, as children of this process: for `up`, `demo` and tests.

Not for production: one machine, no standby, no TLS. Durability is real all the same (every commit and every
acknowledged message is fsynced), so a `kill -9` loses nothing.
"""

from services.embedded.child import spawn
from services.embedded.nats import EmbeddedNats
from services.embedded.ports import PortBusy, ServerFailed, free_port, require_free
from services.embedded.postgres import EmbeddedPostgres

__all__ = ["EmbeddedNats", "EmbeddedPostgres", "PortBusy", "ServerFailed", "free_port", "require_free", "spawn"]
