"""A register's row as the content of a petition, the way a sender writes it."""

from xinfang_contracts.intake import Accused, PetitionContent, Reporter

from services.intake.ledgers.register import RANKS

from .ledgers import Received


def content_of(row: Received) -> PetitionContent:
    """Reporter, accused and text; what is empty is left out."""
    name, contact = _cell(row, "举报人"), _cell(row, "联系方式")
    rank = _cell(row, "被反映人职级")
    accused = Accused(
        name=_cell(row, "被反映人"),
        organisation=_cell(row, "被反映人单位"),
        post=_cell(row, "被反映人职务"),
        rank=RANKS[rank] if rank else None,
    )
    return PetitionContent(
        text=row.cells["反映内容"],
        accused=[accused] if accused != Accused() else [],
        reporter=Reporter(name=name, contact=contact) if name or contact else None,
        village=_cell(row, "所涉村社区"),
    )


def _cell(row: Received, column: str) -> str | None:
    return (row.cells.get(column) or "").strip() or None
