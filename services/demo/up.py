"""``xinfang up``: an installation that lasts, on the broker's own clock."""

import asyncio
from pathlib import Path

from rich.console import Console

from services.installation import Installation, Ports
from services.runtime.districts import load_districts

from .run import end_on_sigterm, listening, wait_for_end


def up(district: Path, data: Path, ports: Ports) -> int:
    """Start everything on ``data`` and stay until a signal comes."""
    end_on_sigterm()
    console = Console()
    data.mkdir(parents=True, exist_ok=True)
    installation = Installation(data.resolve(), district, load_districts(district), replay=False, ports=ports)
    try:
        installation.start_servers()
        asyncio.run(installation.apply_topology())
        installation.start_services()
        console.print(listening(installation))
        wait_for_end(installation)
    finally:
        installation.stop()
    return 0
