"""What the desk offers to whom, what it shows, and to whom it shows nothing."""

from datetime import timedelta
from itertools import pairwise

import pytest
from pydantic import create_model
from xinfang_contracts.clarification import AssessClarification
from xinfang_contracts.handling import TieDeclared
from xinfang_contracts.intake import CommandRefused, RefusalReason
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.registry import BY_TYPE, REGISTRY, Kind
from xinfang_contracts.review import GiveOpinion, Outcome

from services.review.desk.following import AFTERWARDS, BY_TASK, assessment, following
from services.review.desk.offers import Form, Place, offers
from services.review.desk.showing import may_see, shown, until
from services.review.desk.words import SAID
from services.review.state import Above, Concluded, State
from services.runtime import commands as commands_door
from services.runtime import refusals
from services.runtime.doors import SaidNo
from services.runtime.incoming import Incoming
from tests.rules.clarified import UNIT, Afterwards
from tests.rules.given import NOW, NUMBER, YANFENG, at
from tests.rules.stories import IN_ORDER, JOINT, TOWN_UNIT, Story, reported

EVERYBODY = [actor for actor in YANFENG.actors() if not actor.startswith(("partner", "superior"))]
NO_STEPS = {"command_refused", "conclusion_corrected"}
"""Corrections of figures and refusals: nothing that was done on a case."""
OTHER_UNIT = "unit_430406100"


def given(state: State, actor: str, **more: object) -> list[Form]:
    return offers(Place(NUMBER, state, YANFENG, actor, **more))  # type: ignore[arg-type]


def commands(forms: list[Form]) -> list[str]:
    return [form.command for form in forms]


def said_in(story: Story) -> list[tuple[object, Message]]:
    return [(NOW + timedelta(minutes=i), fact) for i, fact in enumerate(story.said)]


def page_of(story: Story) -> object:
    return shown(NUMBER, story.state, YANFENG, said_in(story))  # type: ignore[arg-type]


def test_only_those_whose_turn_it_is_are_offered_an_opinion() -> None:
    story = reported()
    for step, after in pairwise([*JOINT, []]):
        asked = {actor for actor in EVERYBODY if "give_opinion" in commands(given(story.state, actor))}
        assert asked == set(step)
        story.agreed_by(*step)
        assert not after or "give_opinion" not in commands(given(story.state, step[0]))
    assert isinstance(story.state, Concluded)
    assert not any("give_opinion" in commands(given(story.state, actor)) for actor in EVERYBODY)


def test_an_opinion_is_bound_to_the_version_and_to_what_was_seen() -> None:
    story = reported().agreed_by("office_petition")
    agree, back = given(story.state, "office_trial")
    assert (agree.fixed, back.fixed) == ({"petition": NUMBER, "version": 1},) * 2
    assert agree.signed and back.signed
    trail = story.state.case.trail if story.state else None
    assert trail is not None
    assert agree.seen == back.seen == trail.running[-1]
    assert [one.name for one in back.fields] == ["returned", "remarks"]


def test_the_unit_alone_is_offered_the_report_and_an_objection() -> None:
    story = Story()
    reporting = {actor: commands(given(story.state, actor)) for actor in EVERYBODY}
    assert reporting.pop(TOWN_UNIT) == ["submit_report", "object_to_assignment", "answer_supervision_letter"]
    assert not any(reporting.values())
    assert commands(given(reported().state, TOWN_UNIT)) == ["answer_supervision_letter"]


def test_what_is_not_yet_a_case_is_the_petition_offices_to_screen() -> None:
    decisions = [form.fixed["decision.kind"] for form in given(None, "office_petition")]
    assert decisions == ["accept", "refer", "decline", "keep_on_file"]
    assert given(None, "office_trial") == given(None, TOWN_UNIT) == []


def test_a_concluded_case_may_be_settled_by_its_unit_and_the_petition_office() -> None:
    story = reported().agreed_by(*IN_ORDER)
    settling = {actor for actor in EVERYBODY if "record_settlement" in commands(given(story.state, actor))}
    assert settling == {TOWN_UNIT, "office_petition"}


def test_every_form_is_a_command_that_there_is_with_fields_that_it_has() -> None:
    story = reported()
    forms = [*given(story.state, "office_trial"), *given(None, "office_petition"), *given(Story().state, TOWN_UNIT)]
    concluded = reported().agreed_by(*IN_ORDER).state
    forms += given(concluded, "office_petition")
    tasks = [(task, 1) for task in BY_TASK]
    forms += following(Place(NUMBER, concluded, YANFENG, "office_petition", tasks))
    for form in forms:
        entry = BY_TYPE[form.type]
        assert (entry.name, entry.owner, entry.kind) == (form.command, form.service, Kind.COMMAND)
        for name in [*form.fixed, *(one.name for one in form.fields)]:
            assert name.split(".")[0] in entry.model.model_fields, f"{form.command}.{name}"
        assert ("signature" in entry.model.model_fields) or not form.signed
        for one in form.fields:
            if one.kind in ("choice", "many") and "." not in one.name:
                field = entry.model.model_fields[one.name]
                taken = create_model("Taken", value=(field.annotation, field))  # type: ignore[arg-type]
                for code, *_ in one.options:
                    taken.model_validate({"value": [code] if one.kind == "many" else code})


def test_a_task_of_the_queue_has_its_form_where_the_command_is_known() -> None:
    concluded = reported().agreed_by(*IN_ORDER).state
    known = {entry.name for entry in REGISTRY if entry.kind is Kind.COMMAND}
    for task, offer in BY_TASK.items():
        forms = list(following(Place(NUMBER, concluded, YANFENG, "office_trial", [(task, 3)])))
        assert commands(forms) == ([offer.command] if offer.command in known else [])
        assert all(form.fixed.get("number") == 3 for form in forms if offer.number)


def besides(state: State, actor: str) -> set[str]:
    return set(commands(list(following(Place(NUMBER, state, YANFENG, actor)))))


def test_after_a_conclusion_everybody_is_offered_what_their_rules_let_them_say() -> None:
    concluded = reported().agreed_by(*IN_ORDER).state
    assert isinstance(concluded, Concluded)
    entered = {"record_view", "plan_follow_up"}
    # Of what was proved there is nothing to clear up.
    assert besides(concluded, TOWN_UNIT) == entered
    assert besides(concluded, "office_petition") == {*entered, "reopen_case"}
    assert besides(concluded, "leader_principal") == {"reopen_case"}
    assert besides(concluded, "office_trial") == set()
    cleared = concluded.model_copy(update={"outcome": Outcome.UNFOUNDED})
    accusing = {"record_mistaken_accusation", "propose_false_accusation"}
    assert besides(cleared, TOWN_UNIT) == {*entered, *accusing, "propose_clarification"}
    applied = {*entered, *accusing, "reopen_case", "record_clarification_application"}
    assert besides(cleared, "office_petition") == applied
    for offer in AFTERWARDS:
        for actor in EVERYBODY:
            if offer.command in besides(cleared, actor):
                assert actor.split("_")[0] in BY_TYPE[f"review.{offer.command}.v1"].actors


def test_a_clarification_is_approved_over_its_own_assessment() -> None:
    case = Afterwards()
    for number in (1, 2):
        case.proposed()
        document = DocumentRef(document=f"00000000-0000-4000-8000-{number:012x}", digest=f"{number}" * 64)
        case.say(UNIT, AssessClarification(petition=case.number, number=number, document=document))
    case.proposed()
    place = Place(case.number, case.state, YANFENG, "leader_principal")
    assert [assessment(place, number) for number in (1, 2, 3, None)] == ["1" * 64, "2" * 64, None, None]


def test_a_case_is_shown_to_those_who_handle_review_or_follow_it() -> None:
    state = reported().state
    seeing = {actor for actor in EVERYBODY if may_see(state, YANFENG, actor)}
    assert seeing == {TOWN_UNIT, "office_case", *IN_ORDER}
    assert not may_see(None, YANFENG, "office_petition")


def test_who_is_tied_sees_nothing_whoever_they_are() -> None:
    for tied in (TOWN_UNIT, "office_petition", "office_case", "leader_principal"):
        state = reported().state
        assert state is not None and may_see(state, YANFENG, tied)
        case = state.case.model_copy(update={"excluded": [tied]})
        assert not may_see(state.model_copy(update={"case": case}), YANFENG, tied)
        assert given(state.model_copy(update={"case": case}), tied) == []


def test_who_is_asked_sees_what_they_are_asked_about_unless_they_are_tied() -> None:
    state = reported().state
    assert state is not None and not may_see(state, YANFENG, "leader_deputy_2")
    assert may_see(state, YANFENG, "leader_deputy_2", True)
    case = state.case.model_copy(update={"excluded": ["leader_deputy_2"]})
    assert not may_see(state.model_copy(update={"case": case}), YANFENG, "leader_deputy_2", True)


def test_with_the_superior_only_those_who_follow_see_it() -> None:
    state = reported().state
    assert state is not None
    above = Above(case=state.case.model_copy(update={"unit": "superior_430400"}), version=2)
    seeing = {actor for actor in EVERYBODY if may_see(above, YANFENG, actor)}
    assert seeing == {"office_petition", "office_case", "leader_principal"}
    assert shown(NUMBER, above, YANFENG, []).steps == []


def test_the_chain_is_drawn_as_it_stands() -> None:
    story = reported().agreed_by("office_trial")
    page = shown(NUMBER, story.state, YANFENG, said_in(story))  # type: ignore[arg-type]
    assert [step.mark for step in page.steps] == ["agreed", "now", "later", "later", "later"]
    marks = {voice.actor: voice.mark for step in page.steps for voice in step.voices}
    assert (marks["office_trial"], marks["office_petition"], marks["leader_principal"]) == ("agreed", "now", "later")
    assert next(v.said_at for s in page.steps for v in s.voices if v.actor == "office_trial")
    story.agreed_by(*[actor for actor in IN_ORDER if actor != "office_trial"])
    over = shown(NUMBER, story.state, YANFENG, said_in(story))  # type: ignore[arg-type]
    assert {step.mark for step in over.steps} == {"agreed"}
    assert over.status[0] == "已办结"


def test_a_return_stands_in_the_record_and_the_next_version_is_awaited() -> None:
    story = reported()
    story.opinion("office_trial", back=True)
    page = shown(NUMBER, story.state, YANFENG, said_in(story))  # type: ignore[arg-type]
    assert "案件审理室退回第 1 版：事实不清" in [entry.text for entry in page.entries]
    assert (page.status[0], page.version) == ("等待承办单位报告", 2)
    assert [step.mark for step in page.steps] == ["now", "later", "later", "later", "later"]
    story.report(2)
    assert "give_opinion" in commands(given(story.state, "office_trial"))


def test_a_clock_that_ends_with_a_day_names_that_day() -> None:
    midnight = at("2023-03-03 00:00")
    assert (until(midnight), until(midnight + timedelta(hours=9))) == ("03-02 止", "03-03 09:00 前")


def test_a_recusal_is_told_without_its_reason() -> None:
    story = reported()
    tie = TieDeclared.model_construct(petition=NUMBER, actor="office_trial", assigned=True)
    page = shown(NUMBER, story.state, YANFENG, [(NOW, tie)])
    assert [entry.text for entry in page.entries] == ["案件审理室回避"]


def test_every_fact_of_review_on_a_case_has_chinese_words() -> None:
    told = {"report_submitted", "opinion_given", "report_returned", "case_concluded", "case_settled", *NO_STEPS}
    for entry in REGISTRY:
        if entry.kind is Kind.FACT and entry.owner == "review" and "petition" in entry.model.model_fields:
            assert entry.name in told or entry.name in SAID, entry.name


def test_the_tied_and_strangers_are_told_what_is_told_of_a_petition_that_there_is_not() -> None:
    # Over a door somebody may try number after number: what differs would tell them to which they are tied.
    def answered(reason: RefusalReason) -> tuple[int, object]:
        incoming = Incoming.__new__(Incoming)
        incoming.message = GiveOpinion(petition=NUMBER, version=1)
        refused = CommandRefused(command="review.give_opinion.v1", command_id="c", actor="office_trial", reason=reason)
        with pytest.raises(SaidNo) as no:
            commands_door._heard(incoming, [refused])
        return no.value.status, (no.value.wrong, no.value.headers)

    absent = refusals.not_theirs()
    for reason in (RefusalReason.UNKNOWN_PETITION, RefusalReason.NOT_ENTITLED):
        assert answered(reason) == (absent.status, (absent.wrong, absent.headers))
    assert answered(RefusalReason.NOT_YOUR_TURN)[0] == 409
    assert answered(RefusalReason.NOT_YOUR_TURN) != answered(RefusalReason.NOT_ENTITLED)


@pytest.mark.parametrize("reason", list(RefusalReason))
def test_every_refusal_has_words_and_a_status(reason: RefusalReason) -> None:
    assert reason in refusals.TEXTS
    answer = refusals.refusal(reason, ["code"])
    assert answer.status in (403, 409, 422)
    chinese, english = answer.wrong.text.split(" / ")
    assert (chinese and english and chinese != refusals.TEXTS[RefusalReason.OTHER]) or reason is RefusalReason.OTHER
    assert [one.what for one in answer.wrong.errors] == ["code"]
