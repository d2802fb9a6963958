"""Forms for what follows a conclusion: one entry a task of the queue, or a command that is open by itself. Pure.

Each entry is a command, its fields and its words; whether it may be given is the rule's to say.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from xinfang_contracts.district import District
from xinfang_contracts.registry import BY_TYPE

from ..after.people import entering
from ..after.reopening import may_reopen
from ..clarifying.accusing import speakers
from ..clarifying.asking import UNFOUNDED
from ..clarifying.people import hands, receiver
from ..state import Concluded, Handled
from . import words
from .offers import Field, Form, Place, options
from .words import Both

Over = Callable[[Place, int | None], str | None]
Whose = Callable[[Handled, District], Collection[str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A command as the desk offers it.

    number: the field for which of its kind it is; over: what a signature is over; fits: the conclusions it is for;
    whose: who may say it without being asked, as its rule has it.
    """

    command: str
    title: Both
    button: Both
    fields: Sequence[Field] = ()
    number: str | None = None
    signed: bool = False
    over: Over | None = None
    fits: Callable[[Concluded], bool] | None = None
    whose: Whose = entering

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
            over=self.over(place, number) if self.over else None,
            seen=trail.running[-1] if self.signed and trail and trail.running else None,
            tone="second" if is_folded else "first",
            folded=is_folded,
            says=self.title,
        )


def assessment(place: Place, number: int | None) -> str | None:
    """The digest of that clarification's assessment: there may be several under way at once."""
    clarifying = place.state.case.clarifying if place.state is not None else None
    one = clarifying.of(number) if clarifying is not None and number is not None else None
    return one.assessed.document.digest if one is not None and one.assessed is not None else None


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
        whose=lambda case, district: [hands(district, case)] if district.review.clarification else [],
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
        whose=lambda case, district: [receiver(district, case)] if district.review.clarification else [],
    ),
    Offer(
        "record_mistaken_accusation",
        ("认定为错告", "mistaken, in good faith"),
        ("认定", "Record"),
        [Field("explained", ("已向举报人说明", "explained to the reporter"), "yes"), _told()],
        fits=_is_unfounded,
        whose=lambda case, district: speakers(district, case),
    ),
    Offer(
        "propose_false_accusation",
        ("报请上级认定是否诬告陷害", "ask the superior whether it was a false accusation"),
        ("报请上级", "Ask"),
        [_told(required=True)],
        fits=_is_unfounded,
        whose=lambda case, district: speakers(district, case),
    ),
    Offer(
        "reopen_case",
        ("重新办理", "handle it again"),
        ("重新办理并签名", "Sign and reopen"),
        [Field("ground", ("理由", "ground"), "choice", options(words.REOPENING), required=True), _told()],
        signed=True,
        whose=may_reopen,
    ),
)
"""Open once a case is concluded, without anybody being asked: to the petition office, the unit, or whose it is."""


def following(place: Place) -> Iterator[Form]:
    """What this actor is asked to do, then what they may do besides."""
    asked = [(BY_TASK[task], number) for task, number in place.tasks if task in BY_TASK]
    found = [offer.form(place, number) for offer, number in asked]
    state = place.state
    if isinstance(state, Concluded) and place.actor not in state.case.excluded:
        fitting = [one for one in (RECORD_VIEW, *AFTERWARDS) if one.fits is None or one.fits(state)]
        besides = [one for one in fitting if place.actor in one.whose(state.case, place.district)]
        done = {offer.command for offer, _ in asked}
        found += [offer.form(place, is_folded=True) for offer in besides if offer.command not in done]
    yield from (form for form in found if form is not None)
