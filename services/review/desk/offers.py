"""What an actor may do on a case now, as forms: command, fields, labels. Only an offer: the rules decide. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import Message

from ..decide import current, steps_of
from ..state import Awaiting, Concluded, State, UnderReview
from . import words
from .words import Both

Options = Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a command; ``name`` with dots for what stands deeper.

    document: words, which the page seals for the vault as a document of this kind; the command carries the reference.
    """

    name: str
    label: Both
    kind: Literal["choice", "many", "number", "words", "yes", "text", "date"] = "text"
    options: Options = ()
    required: bool = False
    document: str = "other"
    hint: Both | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One command. fixed: what is not the person's to choose; over, seen: what a signature under it is bound to."""

    service: str
    command: str
    type: str
    title: Both
    button: Both
    fields: Sequence[Field] = ()
    fixed: Mapping[str, str | int | bool] = field(default_factory=dict)
    signed: bool = False
    over: str | None = None
    seen: str | None = None
    tone: Literal["first", "second"] = "first"
    folded: bool = False
    says: Both | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands. tasks: what their queue asks of them here, and which of its kind; said: on the case."""

    petition: str
    state: State
    district: District
    actor: str
    tasks: Sequence[tuple[str, int]] = ()
    said: Sequence[tuple[datetime, Message]] = ()

    @property
    def is_petition_office(self) -> bool:
        """信访室."""
        return self.actor in {one.code for one in self.district.office_of_kind(OfficeKind.PETITION)}


Source = Callable[[Place], Iterator[Form]]
_REMARKS = ("意见 （加密后存入保管库）", "remarks, encrypted for the vault")


def options(words_: Mapping[str, Both]) -> Options:
    """A field's choices."""
    return [(code, *both) for code, both in words_.items()]


def _named(codes: Mapping[str, str]) -> Options:
    return [(code, name, "") for code, name in codes.items()]


def _opinion(place: Place) -> Iterator[Form]:
    state = place.state
    if not isinstance(state, UnderReview) or place.actor in {*state.given, *state.case.excluded}:
        return
    steps = steps_of(place.district, state.case)
    turn = current(steps, state.given)
    if turn == len(steps) or place.actor not in steps[turn]:
        return
    fixed: dict[str, str | int | bool] = {"petition": place.petition, "version": state.version}
    bound = {
        "signed": True,
        "over": state.report.digest if state.report else None,
        "seen": state.case.trail.running[-1] if state.case.trail and state.case.trail.running else None,
    }
    remarks = Field("remarks", _REMARKS, "words", document="remarks")
    agree = ("同意这一版报告", "agree to this version")
    back = ("退回这一版报告", "return this version")
    shape = ("review", "give_opinion", "review.give_opinion.v1")
    yield Form(*shape, agree, ("同意并签名", "Agree and sign"), [remarks], fixed, says=agree, **bound)  # type: ignore[arg-type]
    reason = Field("returned", ("退回理由", "reason"), "choice", options(words.RETURN_REASONS), required=True)
    fields = [reason, remarks]
    yield Form(*shape, back, ("退回并签名", "Return and sign"), fields, fixed, tone="second", says=back, **bound)  # type: ignore[arg-type]


def _report(place: Place) -> Iterator[Form]:
    state = place.state
    if not isinstance(state, Awaiting) or place.actor != state.case.unit:
        return
    yield Form(
        "review",
        "submit_report",
        "review.submit_report.v1",
        (f"提交核查报告（第 {state.version} 版）", f"hand in the report, version {state.version}"),
        ("提交报告", "Hand in"),
        [
            Field("outcome", ("核查结论", "outcome"), "choice", options(words.OUTCOMES), required=True),
            Field("disposal", ("线索处置方式", "disposal"), "choice", options(words.DISPOSALS)),
            Field("measures", ("处理措施", "measures"), "many", options(words.MEASURES)),
            Field("form", ("四种形态", "the four forms"), "choice", options(words.FORMS)),
            Field("substance", ("诉求办理情况", "the reporter's own claim"), "choice", options(words.SUBSTANCES)),
            Field("recovered_yuan", ("挽回损失（元）", "yuan recovered"), "number", value="0"),
            Field(
                "report",
                ("报告正文 （加密后存入保管库）", "the report, encrypted"),
                "words",
                required=True,
                document="report",
            ),
        ],
        {"petition": place.petition, "version": state.version},
    )
    yield Form(
        "routing",
        "object_to_assignment",
        "routing.object_to_assignment.v1",
        ("对交办有异议", "object to the assignment"),
        ("提出异议", "Object"),
        [
            Field("reason", ("理由", "reason"), "choice", options(words.OBJECTIONS), required=True),
            Field(
                "document",
                ("说明 （加密后存入保管库）", "in words, encrypted"),
                "words",
                required=True,
                document="objection",
            ),
        ],
        {"petition": place.petition},
        tone="second",
        folded=True,
    )


def _letter(place: Place) -> Iterator[Form]:
    """督办函: the queue says which letters wait."""
    if not isinstance(place.state, Awaiting | UnderReview) or place.actor != place.state.case.unit:
        return
    if place.actor in place.state.case.excluded:
        return
    yield Form(
        "routing",
        "answer_supervision_letter",
        "routing.answer_supervision_letter.v1",
        ("答复督办函", "answer a supervision letter"),
        ("提交答复", "Answer"),
        [
            Field("number", ("第几号督办函", "which letter"), "number", required=True),
            Field("document", ("答复（加密后存入保管库）", "the answer, encrypted"), "words", required=True),
        ],
        {"petition": place.petition},
        tone="second",
        folded=True,
    )


def _settlement(place: Place) -> Iterator[Form]:
    state = place.state
    if (
        isinstance(state, Concluded)
        and not state.settled
        and (place.is_petition_office or place.actor == state.case.unit)
    ):
        yield Form(
            "review",
            "record_settlement",
            "review.record_settlement.v1",
            ("举报人确认息访", "the reporter has confirmed that it rests"),
            ("登记息访", "Record"),
            [Field("proof", ("凭证（加密后存入保管库）", "the proof, encrypted"), "words")],
            fixed={"petition": place.petition},
            # Cannot be taken back: nobody is to press it by the way.
            tone="second",
            folded=True,
        )


def _screening(place: Place) -> Iterator[Form]:
    if place.state is not None or not place.is_petition_office:
        return
    shape = ("intake", "screen_petition", "intake.screen_petition.v1")
    units = {one.code: one.name for one in place.district.units}
    basis = Field("decision.basis", ("依据", "basis"), required=True, value="规则13")
    yield Form(
        *shape,
        ("受理", "accept"),
        ("受理", "Accept"),
        [
            Field("decision.category", ("问题类别", "category"), "choice", options(words.CATEGORIES), required=True),
            Field(
                "decision.rank", ("被反映人职级", "rank of the accused"), "choice", options(words.RANKS), required=True
            ),
            Field("decision.responsible_unit", ("归口单位", "responsible unit"), "choice", _named(units)),
            Field("decision.accused_unit", ("被反映人所在单位", "unit of the accused"), "choice", _named(units)),
            Field("decision.real_name", ("实名举报", "real name"), "yes"),
            Field("decision.first_time", ("初次举报", "for the first time"), "yes", value="true"),
        ],
        {"petition": place.petition, "decision.kind": "accept"},
    )
    receivers = {one.code: one.name for one in place.district.receivers}
    yield Form(
        *shape,
        ("转送、告知其他机关", "refer to another organ"),
        ("转送", "Refer"),
        [Field("decision.receiver", ("接收机关", "receiver"), "choice", _named(receivers), required=True), basis],
        {"petition": place.petition, "decision.kind": "refer"},
        tone="second",
        folded=True,
    )
    grounds = Field("decision.ground", ("理由", "ground"), "choice", options(words.GROUNDS), required=True)
    yield Form(
        *shape,
        ("不予受理", "decline"),
        ("不予受理", "Decline"),
        [grounds, basis],
        {"petition": place.petition, "decision.kind": "decline"},
        tone="second",
        folded=True,
    )
    kept = Field("decision.basis", ("依据", "basis"), required=True, value="规则14")
    yield Form(
        *shape,
        ("留存备查", "keep on file"),
        ("留存", "Keep"),
        [kept],
        {"petition": place.petition, "decision.kind": "keep_on_file"},
        tone="second",
        folded=True,
    )


SOURCES: Sequence[Source] = (_opinion, _report, _letter, _settlement, _screening)
"""Each kind of work that the desk offers up to the conclusion; what follows it stands in ``following``."""


def offers(place: Place) -> list[Form]:
    """The forms, in the order in which they are shown."""
    return [form for source in SOURCES for form in source(place)]
