"""TCP ports of the embedded servers, and how a server that failed is reported."""

import errno
import random
import socket
import sys
from pathlib import Path

HOST = "127.0.0.1"
_BLOCK = 100
_own: list[int] = []
_claims: list[socket.socket] = []


class ServerFailed(Exception):
    """A server from a wheel did not start, reload or stop; the message ends with the tail of its log."""


class PortBusy(ServerFailed):
    """Somebody else listens on the port; `option` is what the caller offers for choosing another."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(f"端口 {port} 已被占用,请改用 {option} / port {port} is busy, choose another with {option}")
        self.port = port
        self.option = option


def _is_busy(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers bind: without it a port in TIME_WAIT, free for them, would be called busy.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            # Anything else, such as a port below 1024, is for the server itself to complain about.
            return error.errno == errno.EADDRINUSE
        return False


def _first_ephemeral_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        return 32768


def _claimed(block: int) -> bool:
    """Whether a block of ports is this process's from now on, until it ends.

    Two test runs at once would otherwise be given the same port: it is free until a server has started on it, and
    again while one is being restarted.
    """
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0xinfang-ports-{block}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def free_port() -> int:
    """A TCP port free on 127.0.0.1 that neither this process nor another one of ours has been given before.

    Below the ephemeral range: between a kill and a restart an outgoing connection, even a client's own
    attempt to reconnect, could otherwise be given the dead server's port as its source, and keep it.
    """
    low = _first_ephemeral_port()
    first, last = (15000, low) if low > 16000 else (low, 65536)
    for _ in range(1000):
        if not _own:
            block = random.randrange(first, last - _BLOCK, _BLOCK)
            if _claimed(block):
                _own.extend(range(block, block + _BLOCK))
        if _own and not _is_busy(port := _own.pop()):
            return port
    raise ServerFailed("no free TCP port on 127.0.0.1")


def require_free(port: int, option: str) -> None:
    """Raises PortBusy if somebody else holds the port of 127.0.0.1."""
    if _is_busy(port):
        raise PortBusy(port, option)
