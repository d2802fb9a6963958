"""Named points at which a fault test may end the process: the one hook for it."""

import os
from collections.abc import Callable

BEFORE_COMMIT = "before_commit"
AFTER_COMMIT = "after_commit"
AFTER_PUBLISH = "after_publish"
BEFORE_ACKNOWLEDGE = "before_acknowledge"
POINTS = (BEFORE_COMMIT, AFTER_COMMIT, AFTER_PUBLISH, BEFORE_ACKNOWLEDGE)

Hook = Callable[[str], None]


def nothing(_point: str) -> None:
    """The hook of every ordinary process."""


def dies_at(point: str | None) -> Hook:
    """A hook that ends the process at once, as ``kill -9`` would, when ``point`` is reached; None never does."""
    if point is None:
        return nothing
    if point not in POINTS:
        raise ValueError(f"crash_at: {point} is none of {', '.join(POINTS)}")

    def hook(reached: str) -> None:
        if reached == point:
            os._exit(137)

    return hook
