"""The four services by name."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from xinfang_contracts.district import District
from xinfang_contracts.registry import Stream

from services.runtime.service import Service, subscriptions

SERVICES = ("intake", "routing", "review", "metrics")


def make(service: str, districts: Mapping[str, District], key_folder: Path) -> Service:
    """A service put together. Of the four only its own code is loaded: three others' take a second of a start."""
    made: Callable[[Mapping[str, District], Path], Service] = import_module(f"services.{service}.app").make
    return made(districts, key_folder)


def secrets_of(service: str) -> tuple[str, ...]:
    """The names of the secrets without which it does not start."""
    names: tuple[str, ...] = getattr(import_module(f"services.{service}.app"), "SECRETS", ())
    return names


def subscription_tables() -> dict[str, dict[Stream, list[str]]]:
    """service -> stream -> subjects: what topology and permissions are made from."""
    handled = {service: import_module(f"services.{service}.handlers").HANDLERS for service in SERVICES}
    return {service: subscriptions(handlers, ("day",)) for service, handlers in handled.items()}
