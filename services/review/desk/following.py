"""Forms for what follows a conclusion: one entry a task of the queue, or a command that is open by itself. Pure.

Each entry is a command, its fields and its words; whether it may be given is the rule's to say.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xinfang_contracts.message import DocumentRef
from xinfang_contracts.registry import BY_TYPE

from ..clarifying.asking import UNFOUNDED
from ..state import Concluded
from . import words
from .offers import Field, Form, Place, options
from .words import Both

Over = Callable[[Place], str | None]


@dataclass(frozen=True, slots=True)
class Offer:
    """A command as the desk offers it.

    number: the field for which of its kind it is; over: what a signature is over; fits: the conclusions it is for;
    petition_office: open to that office alone.
    """

    command: str
    title: Both
    button: Both
    fields: Sequence[Field] = ()
    number: str | None = None
    signed: bool = False
    over: Over | None = None
    fits: Callable[[Concluded], bool] | None = None
    petition_office: bool = False

    def form(self, place: Place, number: int | None = None, *, is_folded: bool = False) -> Form | None:
        """For this case; None where the contracts have no such command."""
        type_ = f"review.{self.command}.v1"
        if type_ not in BY_TYPE:
            return None
        fixed: dict[str, str | int | bool] = {"petition": place.petition}
        if self.number is not None and number is not None:
            fixed[self.number] = number
        trail = place.state.case.trail if place.state is not None else None
        return Form(
            "review",
            self.command,
            type_,
            self.title,
            self.button,
            self.fields,
            fixed,
            signed=self.signed,
            over=self.over(place) if self.over else None,
            seen=trail.running[-1] if self.signed and trail and trail.running else None,
            tone="second" if is_folded else "first",
            folded=is_folded,
            says=self.title,
        )


def assessment(place: Place) -> str | None:
    """The digest of the assessment that was said last."""
    found: Any = None
    for _, fact in place.said:
        if type(fact).__name__ == "ClarificationAssessed":
            found = getattr(fact, "document", None)
    return found.digest if isinstance(found, DocumentRef) else None


_WORDS = ("说明（加密后存入保管库）", "in words, encrypted")


def _is_unfounded(state: Concluded) -> bool:
    return state.outcome in UNFOUNDED


def _told(required: bool = False, kind: str = "other") -> Field:
    return Field("document", _WORDS, "words", required=required, document=kind)


_VIEW = Field("view", ("举报人意见", "the reporter's view"), "choice", options(words.VIEWS), required=True)
_ON = Field("on", ("日期", "on"), "date", required=True)
_GROUNDS = Field("grounds", ("理由", "grounds"), "many", options(words.CLEARING_GROUNDS), required=True)
_CLEARED = Field("cleared", ("为谁澄清", "who is cleared"), "choice", options(words.CLEARED), required=True)

RECORD_VIEW = Offer(
    "record_view",
    ("登记举报人对结果的意见", "the reporter's view of the result"),
    ("登记意见", "Record"),
    [
        _VIEW,
        Field("objection", ("提出异议", "objects"), "yes"),
        Field("new_evidence", ("提供新证据", "brings new evidence"), "yes"),
        _told(),
    ],
)
BY_TASK: Mapping[str, Offer] = {
    "reply": RECORD_VIEW,
    "answer_objection": Offer(
        "answer_objection",
        ("答复异议", "answer an objection"),
        ("提交答复", "Answer"),
        [_told(required=True)],
    ),
    "visit": Offer(
        "record_follow_up",
        ("登记回访", "record the visit"),
        ("登记回访", "Record"),
        [
            Field("outcome", ("回访结果", "outcome"), "choice", options(words.VISITS), required=True),
            _ON,
            Field("help", ("提供的帮助", "help given"), "many", options(words.HELP)),
            _told(kind="visit_note"),
        ],
    ),
    "send_result_up": Offer(
        "send_result_up",
        ("将结果报送上级", "send the result up"),
        ("同意报送并签名", "Sign and send"),
        signed=True,
    ),
    "assess_clarification": Offer(
        "assess_clarification",
        ("评估澄清", "assess the clarification"),
        ("提交评估", "Assess"),
        [_told(required=True)],
        number="number",
    ),
    "check_clarification": Offer(
        "check_clarification",
        ("核对澄清依据的事实", "check the facts"),
        ("提交核对", "Check"),
        [Field("agrees", ("事实清楚，同意", "agrees"), "yes", value="true"), _told()],
        number="number",
    ),
    "approve_clarification": Offer(
        "approve_clarification",
        ("审批澄清", "approve the clarification"),
        ("审批并签名", "Decide and sign"),
        [
            Field(
                "refused",
                ("不同意的理由（不选即同意）", "why not; none: approved"),
                "choice",
                options(words.REFUSALS),
            ),
            _told(),
        ],
        number="number",
        signed=True,
        over=assessment,
    ),
    "carry_out_clarification": Offer(
        "carry_out_clarification",
        ("实施澄清", "carry out the clarification"),
        ("登记实施", "Record"),
        [
            _ON,
            Field("ways", ("方式", "ways"), "many", options(words.WAYS), required=True),
            Field("scope", ("范围", "scope"), "choice", options(words.SCOPES), required=True),
            Field(
                "text", ("澄清文书（加密，先过脱敏检查）", "the text"), "words", required=True, document="clarification"
            ),
        ],
        number="number",
    ),
    "file_clarification": Offer(
        "file_clarification",
        ("澄清归档", "file the clarification"),
        ("归档", "File"),
        [Field("reporter", ("告知举报人", "the reporter"), "choice", options(words.TOLD)), _told()],
        number="number",
    ),
}
"""Task of a queue -> the command that does it."""
AFTERWARDS: Sequence[Offer] = (
    Offer(
        "plan_follow_up",
        ("安排回访", "plan a visit"),
        ("安排", "Plan"),
        [_ON, Field("asked_by_reporter", ("举报人要求", "the reporter asks for it"), "yes")],
    ),
    Offer(
        "propose_clarification",
        ("提出澄清正名", "propose a clarification"),
        ("提出", "Propose"),
        [_CLEARED, _GROUNDS, Field("accused_agrees", ("被反映人同意", "the accused agrees"), "yes"), _told()],
        fits=_is_unfounded,
    ),
    Offer(
        "record_clarification_application",
        ("登记被反映人的澄清申请", "the accused applies for a clarification"),
        ("登记申请", "Record"),
        [
            _CLEARED,
            _GROUNDS,
            Field("applied_on", ("申请日期", "applied on"), "date", required=True),
            _told(required=True),
        ],
        fits=_is_unfounded,
        petition_office=True,
    ),
    Offer(
        "record_mistaken_accusation",
        ("认定为错告", "mistaken, in good faith"),
        ("认定", "Record"),
        [Field("explained", ("已向举报人说明", "explained to the reporter"), "yes"), _told()],
        fits=_is_unfounded,
    ),
    Offer(
        "propose_false_accusation",
        ("报请上级认定是否诬告陷害", "ask the superior whether it was a false accusation"),
        ("报请上级", "Ask"),
        [_told(required=True)],
        fits=_is_unfounded,
    ),
    Offer(
        "reopen_case",
        ("重新办理", "handle it again"),
        ("重新办理并签名", "Sign and reopen"),
        [Field("ground", ("理由", "ground"), "choice", options(words.REOPENING), required=True), _told()],
        signed=True,
    ),
)
"""Open once a case is concluded, to the petition office and the handling unit, without anybody being asked."""


def following(place: Place) -> Iterator[Form]:
    """What this actor is asked to do, then what they may do besides."""
    asked = [(BY_TASK[task], number) for task, number in place.tasks if task in BY_TASK]
    found = [offer.form(place, number) for offer, number in asked]
    is_near = place.state is not None and (place.is_petition_office or place.actor == place.state.case.unit)
    if isinstance(place.state, Concluded) and is_near:
        open_to = [one for one in AFTERWARDS if place.is_petition_office or not one.petition_office]
        besides = [RECORD_VIEW, *(one for one in open_to if one.fits is None or one.fits(place.state))]
        done = {offer.command for offer, _ in asked}
        found += [offer.form(place, is_folded=True) for offer in besides if offer.command not in done]
    yield from (form for form in found if form is not None)
