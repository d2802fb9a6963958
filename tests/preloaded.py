"""What a service imports before it does anything of its own, once for all that are forked from here."""

import gc

import pypinyin  # noqa: F401 - after intake's, which has a say in what it reads
import uvloop  # noqa: F401

# A collection in a service would otherwise look at, and copy, all of this.
gc.freeze()
