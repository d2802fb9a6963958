"""How often receipts may be guessed. Nothing of it is written down, and no address is kept even in memory.

A receipt has 80 bits, so that guessing one is hopeless; the limits keep somebody from trying all the same, and from
loading the database by it. A failure counts for the peer and for the district; what leads to a petition never counts.

A code whose check symbol is wrong can be nobody's: it is a slip of the tongue or the finger, tells a guesser nothing
and is not looked up. It counts a tenth, so that who mistypes a code again and again on a small telephone is not shut
out, and who sends rubbish without end is.
"""

import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

FAILED, MISTYPED = 10, 1
"""What a failure counts, in tenths."""
ROTATION_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``failures`` within ``seconds``."""

    failures: int
    seconds: float


PEER = Limit(10, 900.0)
DISTRICT = Limit(300, 60.0)


@dataclass(slots=True)
class Tally:
    """The failures of one peer or district, in tenths, that still count. Pure: the time is an argument, in seconds."""

    limit: Limit
    failures: list[tuple[float, int]] = field(default_factory=list)

    def wait(self, now: float) -> int:
        """Whole seconds until another try is heard; 0: at once."""
        self._forget(now)
        over = sum(weight for _, weight in self.failures) - self.limit.failures * FAILED
        if over < 0:
            return 0
        for at, weight in self.failures:
            over -= weight
            if over < 0:
                return max(1, ceil(at + self.limit.seconds - now))
        raise AssertionError("a limit of nothing lets nobody in")

    def fail(self, weight: int, now: float) -> None:
        """Count one."""
        self._forget(now)
        self.failures.append((now, weight))

    def _forget(self, now: float) -> None:
        self.failures = [one for one in self.failures if one[0] > now - self.limit.seconds]


class Guesses:
    """All tallies of one process. Peers stand under a keyed digest; key and peers are thrown away every hour.

    A try that is under way is let finish, so that many at once may overshoot. Each process counts for itself: with
    three of them a peer has three times as many tries. Behind a proxy the peer is the proxy, unless uvicorn is told to
    trust it (FORWARDED_ALLOW_IPS).
    """

    def __init__(self, new_key: Callable[[], bytes] = lambda: secrets.token_bytes(32)) -> None:
        self._new_key = new_key
        self._key = new_key()
        self._turned_at: float | None = None
        self._peers: OrderedDict[bytes, Tally] = OrderedDict()
        self._districts: dict[str, Tally] = {}

    def wait(self, district: str, address: str, now: float) -> int:
        """Whole seconds until this peer is heard in this district; 0: at once."""
        self._turn(now)
        known = (self._peers.get(self._peer(district, address)), self._districts.get(district))
        return max((tally.wait(now) for tally in known if tally is not None), default=0)

    def fail(self, district: str, address: str, weight: int, now: float) -> None:
        """Count a failure (FAILED or MISTYPED)."""
        self._turn(now)
        peer = self._peer(district, address)
        self._peers.setdefault(peer, Tally(PEER)).fail(weight, now)
        self._peers.move_to_end(peer)
        self._districts.setdefault(district, Tally(DISTRICT)).fail(weight, now)
        self._forget(now)

    def _forget(self, now: float) -> None:
        """Who has failed longest ago goes first: a flood of addresses must not fill the memory."""
        while self._peers and next(iter(self._peers.values())).failures[-1][0] <= now - PEER.seconds:
            self._peers.popitem(last=False)

    def _turn(self, now: float) -> None:
        if self._turned_at is None:
            self._turned_at = now
        elif now - self._turned_at >= ROTATION_SECONDS:
            self._turned_at, self._key = now, self._new_key()
            self._peers.clear()

    def _peer(self, district: str, address: str) -> bytes:
        return hmac.digest(self._key, f"{district}/{network_of(address)}".encode(), "sha256")[:16]


def network_of(address: str) -> str:
    """What counts as one peer: an IPv4 address; of IPv6 the /64, all of which one connection may use."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
