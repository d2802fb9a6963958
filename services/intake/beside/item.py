"""What every item of the work beside petitions has."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from ..state import Erasure


class Item(BaseModel):
    """What all have. ``documents``: its texts in the vault, in order; ``last_at``: when something last happened."""

    model_config = ConfigDict(frozen=True)
    town: str | None = None
    documents: list[str] = []
    last_at: datetime
    erasure: Erasure | None = None
