"""Plain metrics."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel
from xinfang_contracts.district import District

from services.metrics.fold import fold
from services.metrics.store import SCHEMA
from services.runtime.rules import Keep, Output

from .message import Handle, Heard

COUNTED = (
    "intake.petition_registered.v1",
    "intake.petition_accepted.v1",
    "intake.petition_referred.v1",
    "intake.petition_declined.v1",
    "intake.petition_kept_on_file.v1",
    "intake.notice_due.v1",
    "routing.case_assigned.v1",
    "review.case_concluded.v1",
)

_COLUMNS = ("district", "counter", "month", "scope", "amount", "changes", "as_of")
_counts = SQLModel.metadata.tables[f"{SCHEMA}.counts"]
_adding = insert(_counts)
_ADD = _adding.on_conflict_do_update(
    index_elements=["district", "counter", "month", "scope"],
    set_={
        "amount": _counts.c.amount + _adding.excluded.amount,
        "changes": _counts.c.changes + 1,
        "as_of": func.greatest(_counts.c.as_of, _adding.excluded.as_of),
    },
)
_dirty = SQLModel.metadata.tables[f"{SCHEMA}.dirty"]
_MARK = insert(_dirty).on_conflict_do_update(
    index_elements=["district", "counter", "month"], set_={"version": _dirty.c.version + 1}
)


def handlers(_district: District, _key_folder: Path) -> dict[str, Handle]:
    """Type -> handler."""
    return dict.fromkeys(COUNTED, _count)


async def _count(heard: Heard, message: Any) -> Sequence[Output]:
    outputs = fold(None, message, heard.district, now=heard.now)
    counts = [count for one in outputs if isinstance(one, Keep) for count in one.what]
    district = heard.district.code
    # In key order: two transactions that take the same rows in another order would deadlock.
    places = sorted((one.counter, one.month, one.scope, one.amount) for one in counts)
    rows = [dict(zip(_COLUMNS, (district, *place, 1, heard.now), strict=True)) for place in places]
    await heard.session.execute(_ADD, rows)
    marks = sorted({(counter, month) for counter, month, _, _ in places})
    await heard.session.execute(
        _MARK, [{"district": district, "counter": counter, "month": month, "version": 1} for counter, month in marks]
    )
    return []
