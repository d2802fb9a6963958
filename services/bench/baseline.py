"""What a baseline's process is told by its environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from xinfang_contracts.district import District

from services.runtime.districts import load_districts

READY = "ready"


@dataclass(frozen=True)
class Baseline:
    """Its servers, its district, its keys."""

    service: str
    nats_url: str
    nats_seed: str
    database_url: str
    keys: Path
    district: District

    def ready(self) -> None:
        """Tell whoever started us that messages may come."""
        print(READY, flush=True)  # noqa: T201 - read from the pipe


def baseline(service: str) -> Baseline:
    """Read ``XINFANG_*``, as the services do."""
    (district,) = load_districts(Path(os.environ["XINFANG_DISTRICTS"])).values()
    return Baseline(
        service,
        os.environ["XINFANG_NATS_URL"],
        os.environ["XINFANG_NATS_SEED"],
        os.environ["XINFANG_DATABASE_URL"],
        Path(os.environ["XINFANG_KEYS"]),
        district,
    )
