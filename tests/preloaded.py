"""What a service imports before it does anything of its own, once for all that are forked from here."""

import gc
from importlib import import_module

from services.catalogue import SERVICES

for name in (*(f"services.{service}.app" for service in SERVICES), "services.cli", "services.runtime.process"):
    import_module(name)
# Intake's at its start.
for name in ("pypinyin", "uvloop"):
    import_module(name)
# A collection in a service would otherwise look at, and copy, all of this.
gc.freeze()
