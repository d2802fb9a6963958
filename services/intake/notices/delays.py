"""When a mail that could not be sent is tried again. Functions of values."""

DELAYS = (5.0, 60.0, 300.0, 1_800.0, 7_200.0, 21_600.0, 86_400.0)
"""Seconds after each failure: a greylist opens within minutes, a weekend's outage within a day and a half."""


def next_try(failures: int) -> float | None:
    """Seconds until the next try after so many failures; None when it is given up."""
    return DELAYS[failures - 1] if failures <= len(DELAYS) else None
