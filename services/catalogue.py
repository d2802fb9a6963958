"""The four services by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from xinfang_contracts.district import District
from xinfang_contracts.registry import Stream

from services.intake import app as intake
from services.intake.handlers import HANDLERS as INTAKE
from services.metrics import app as metrics
from services.metrics.handlers import HANDLERS as METRICS
from services.review import app as review
from services.review.handlers import HANDLERS as REVIEW
from services.routing import app as routing
from services.routing.handlers import HANDLERS as ROUTING
from services.runtime.service import Service, subscriptions

MAKE: dict[str, Callable[[Mapping[str, District], Path], Service]] = {
    "intake": intake.make,
    "routing": routing.make,
    "review": review.make,
    "metrics": metrics.make,
}
SERVICES = tuple(MAKE)
SECRETS = {"intake": intake.SECRETS, "routing": (), "review": (), "metrics": ()}
_HANDLED = {"intake": INTAKE, "routing": ROUTING, "review": REVIEW, "metrics": METRICS}


def subscription_tables() -> dict[str, dict[Stream, list[str]]]:
    """service -> stream -> subjects: what topology and permissions are made from."""
    return {name: subscriptions(handled, ("day",)) for name, handled in _HANDLED.items()}
