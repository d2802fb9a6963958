"""Real PostgreSQL and NATS servers from wheels, as children of this process: for `up`, `demo` and tests.

Not for production: one machine, no standby, no TLS. Durability is real all the same (every commit and every
acknowledged message is fsynced), so a `kill -9` loses nothing.
"""

from services.runtime.embedded_nats import EmbeddedNats
from services.runtime.embedded_ports import PortBusy, ServerFailed, free_port
from services.runtime.embedded_postgres import EmbeddedPostgres

__all__ = ["EmbeddedNats", "EmbeddedPostgres", "PortBusy", "ServerFailed", "free_port"]
