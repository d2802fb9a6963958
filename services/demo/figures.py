"""Expected figures, and the measured ones as a dashboard reads them from the metric stream."""

import csv
import json
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

from nats.aio.client import Client
from nats.js.errors import NotFoundError
from xinfang_contracts.registry import Stream, metric_subject

_RELATIONS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "=": operator.eq,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class FiguresError(Exception):
    """A file of expected figures that cannot be used; the text has file, line and reason."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One row: an indicator over a period should stand in this relation to this value."""

    figure: str
    relation: str
    value: Decimal
    period: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside the expected one."""

    figure: str
    relation: str
    expected: float
    measured: float
    holds: bool

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        return asdict(self)


def read(file: Path) -> list[Expected]:
    """Expected figures: columns figure, relation, value, period; others are read past."""
    expected = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for row in reader:
                expected.append(_expected(row, f"{file}:{reader.line_num}"))
    except OSError as error:
        raise FiguresError(f"{file}: {error.strerror}") from None
    return expected


def _expected(row: dict[str, str], where: str) -> Expected:
    try:
        value = Decimal(row["value"])
        relation = row["relation"]
        if relation not in _RELATIONS:
            raise FiguresError(f"{where}: relation: 应为 / must be one of {' '.join(_RELATIONS)}")
        return Expected(row["figure"], relation, value, row["period"])
    except (KeyError, InvalidOperation, TypeError):
        raise FiguresError(f"{where}: 需要 figure,relation,value,period / needs those columns") from None


async def measure(client: Client, district: str, expected: list[Expected]) -> list[Figure]:
    """Read each from the metric stream; what is not measured there is left out."""
    found = []
    for one in expected:
        value = await _district_value(client, metric_subject(district, one.figure, one.period))
        if value is not None:
            found.append(compare(one, value))
    return found


async def _district_value(client: Client, subject: str) -> Decimal | None:
    try:
        message = await client.jetstream().get_last_msg(Stream.METRICS.value, subject, direct=True)
    except NotFoundError:
        return None
    scopes = {one["scope"]: one["value"] for one in json.loads(message.data or b"{}")["scopes"]}
    value = scopes.get("district")
    return None if value is None else Decimal(str(value))


def compare(expected: Expected, measured: Decimal) -> Figure:
    """Round half up to the expected value's decimals, then hold the two together."""
    rounded = measured.quantize(Decimal(1).scaleb(int(expected.value.as_tuple().exponent)), ROUND_HALF_UP)
    return Figure(
        expected.figure,
        expected.relation,
        float(expected.value),
        float(measured),
        _RELATIONS[expected.relation](rounded, expected.value),
    )
