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


def dies_at(where: str | None) -> Hook:
    """A hook that ends the process at once, as ``kill -9`` would, when a point is reached; None never does.

    ``where`` is ``point`` or ``point:n``, which dies when the point is reached for the n-th time.
    """
    if where is None:
        return nothing
    point, _, times = where.partition(":")
    if point not in POINTS or not (times or "1").isdigit():
        raise ValueError(f"crash_at: {where} is none of {', '.join(POINTS)}, with or without :n")
    left = int(times or 1)

    def hook(reached: str) -> None:
        nonlocal left
        left -= reached == point
        if left <= 0:
            os._exit(137)

    return hook
