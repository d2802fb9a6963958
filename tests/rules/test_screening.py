"""Every screening rule in one table: by which article, given what, it proposes what, and why."""

from typing import Any

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import Accused, PetitionContent, Referral, Reporter, TransferDown
from xinfang_contracts.message import Category, Rank
from xinfang_contracts.proposal import Matter
from xinfang_contracts.subclasses import SUB_CLASSES, sub_classes

from services.intake.screening import proposing
from services.intake.screening.proposing import ARTICLES, decide_alone, propose
from tests.rules.given import CANARY, LIUYUAN, YANFENG, content

VILLAGE = "430406003004"
TOWN_UNIT = "unit_430406003"
CADRE = Accused(name="某拟丁", organisation="某村委会", post="村会计", rank=Rank.VILLAGE_OR_OTHER)
CHIEF = Accused(name="某拟丙", organisation="区直某局", post="副局长")
NEIGHBOUR = Accused(name="某拟戊", post="邻居", rank=Rank.VILLAGE_OR_OTHER)
NAMED = Reporter(name="样拟名", contact="000-1000-0000")


def given(text: str, *accused: Accused, **more: Any) -> PetitionContent:
    return content(*accused, text=text, **more)


# article, rule; given; matter, value, reasons
TABLE: tuple[tuple[str, str, PetitionContent, Matter, str, list[str]], ...] = (
    ("规则11", "own_level", given("收了好处费", CHIEF), Matter.REMIT, "own", ["official"]),
    ("规则11", "own_level", given("有个情况"), Matter.REMIT, "own", ["nothing_elsewhere"]),
    # A reporter's lawsuit makes a cadre's conduct no matter for the courts.
    ("规则11", "own_level", given("官司一审打赢了,他不给钱", CHIEF), Matter.REMIT, "own", ["official"]),
    # The accused's own unit is no unit to transfer to.
    (
        "规则11",
        "own_level",
        given("虚报", CADRE.model_copy(update={"unit": TOWN_UNIT}), village=VILLAGE),
        Matter.REMIT,
        "own",
        ["official"],
    ),
    ("规则13(1)", "litigation", given("一审判我败诉"), Matter.REMIT, "courts", ["lawsuit", "no_official"]),
    ("规则13(1)", "litigation", given("申请了行政复议"), Matter.REMIT, "courts", ["arbitration", "no_official"]),
    ("规则13(1)", "litigation", given("借条", NEIGHBOUR), Matter.REMIT, "courts", ["private_dispute", "no_official"]),
    ("规则13(2)", "other_organ", given("拖欠工资"), Matter.REMIT, "other_organ", ["wages", "no_official"]),
    (
        "规则13(2)",
        "other_organ",
        given("公租房,公租房,派出所"),
        Matter.REMIT,
        "other_organ",
        ["homes", "crime", "no_official"],
    ),
    ("规则13", "receiver_of_matter", given("拖欠工资"), Matter.RECEIVER, "labour", ["wages"]),
    ("规则13", "receiver_of_matter", given("二审还在审理"), Matter.RECEIVER, "court", ["lawsuit"]),
    (
        "规则15",
        "higher_post_named",
        given("副区长知道这件事", CHIEF),
        Matter.REMIT,
        "higher",
        ["higher_post"],
    ),
    (
        "规则16",
        "lower_level",
        given("虚报", CADRE, village=VILLAGE),
        Matter.REMIT,
        "lower",
        ["lower_rank", "town_known"],
    ),
    ("规则16", "lower_unit", given("虚报", CADRE, village=VILLAGE), Matter.RECEIVER, TOWN_UNIT, ["town_known"]),
    (
        "规则13(3)",
        "nothing_concrete",
        given("没有一个干净的"),
        Matter.SUBSTANCE,
        "no_substance",
        ["no_time", "no_amount", "no_doing", "no_person", "no_place"],
    ),
    (
        "规则13(3)",
        "nothing_concrete",
        given("良心坏了", CADRE, village=VILLAGE),
        Matter.SUBSTANCE,
        "no_substance",
        ["no_time", "no_amount", "no_doing"],
    ),
    ("规则13(3)", "something_concrete", given("2022年的事"), Matter.SUBSTANCE, "concrete", ["time"]),
    ("规则13(3)", "something_concrete", given("去年的事"), Matter.SUBSTANCE, "concrete", ["time"]),
    ("规则13(3)", "something_concrete", given("少了3万元"), Matter.SUBSTANCE, "concrete", ["amount"]),
    ("规则13(3)", "something_concrete", given("少了两万"), Matter.SUBSTANCE, "concrete", ["amount"]),
    ("规则13(3)", "something_concrete", given("打白条", CADRE), Matter.SUBSTANCE, "concrete", ["doing", "person"]),
    (
        "规则13(3)",
        "something_concrete",
        given("打白条", village=VILLAGE),
        Matter.SUBSTANCE,
        "concrete",
        ["doing", "place"],
    ),
    ("规则24", "no_name", given("无"), Matter.REAL_NAME, "anonymous", ["no_name"]),
    (
        "规则24",
        "no_contact",
        given("无", reporter=Reporter(name="样拟名")),
        Matter.REAL_NAME,
        "anonymous",
        ["no_contact"],
    ),
    ("规则24", "name_and_contact", given("无", reporter=NAMED), Matter.REAL_NAME, "candidate", ["name", "contact"]),
    (
        "规则30",
        "not_a_name",
        given("无", reporter=Reporter(name="几名村民", contact="000-1000-0000")),
        Matter.REAL_NAME,
        "anonymous",
        ["signature_only"],
    ),
    ("规则4(1)", "discipline", given("摆酒收礼,摆酒"), Matter.CATEGORY, "integrity", ["feast", "presents"]),
    ("规则4(1)", "discipline", given("摆酒收礼,摆酒"), Matter.SUB_CLASS, "weddings_funerals", ["feast"]),
    ("规则4(1)", "discipline", given("拉票"), Matter.CATEGORY, "organisational", ["votes"]),
    ("规则4(1)", "discipline", given("冒领"), Matter.CATEGORY, "masses", ["subsidies"]),
    ("规则4(1)", "discipline", given("脱岗"), Matter.CATEGORY, "work", ["absent"]),
    ("规则4(1)", "discipline", given("打牌"), Matter.CATEGORY, "life", ["gambling"]),
    ("规则4(1)", "discipline", given("拉帮结派"), Matter.CATEGORY, "political", ["faction"]),
    ("规则4(2)", "duty_crime", given("受贿"), Matter.CATEGORY, "bribery", ["bribes"]),
    ("规则4(2)", "duty_crime", given("玩忽职守"), Matter.CATEGORY, "dereliction", ["neglect"]),
    ("规则4(2)", "duty_crime", given("职务侵占"), Matter.CATEGORY, "other_duty", ["shell"]),
    ("规则4(2)", "duty_crime", given("职务侵占"), Matter.SUB_CLASS, "occupational_embezzlement", ["shell"]),
    ("规则11", "rank_given", given("无", CADRE), Matter.RANK, "village_or_other", ["given"]),
    ("规则11", "rank_given", given("无", CADRE, Accused(rank=Rank.STAFF)), Matter.RANK, "staff", ["given"]),
    ("规则11", "rank_by_post", given("无", CHIEF), Matter.RANK, "township", ["post"]),
)


@pytest.mark.parametrize(("article", "rule", "about", "matter", "value", "reasons"), TABLE)
def test_each_rule_proposes_by_its_article_and_says_why(
    article: str, rule: str, about: PetitionContent, matter: Matter, value: str, reasons: list[str]
) -> None:
    (found,) = [one for one in propose(about, YANFENG) if one.matter is matter]
    assert (found.value, found.rule, found.article, found.reasons) == (value, rule, article, reasons)


def test_the_table_has_every_rule() -> None:
    # 其他违法犯罪 (规则4(3)) has no words of its own in this district.
    assert {rule for _, rule, *_ in TABLE} == ARTICLES.keys() - {"other_offence"}


def test_a_rule_has_one_article() -> None:
    assert {(rule, article) for article, rule, *_ in TABLE} <= set(ARTICLES.items())


@pytest.mark.parametrize("district", [YANFENG, LIUYUAN], ids=lambda one: one.code)
def test_a_proposal_holds_no_word_of_the_petition(district: District) -> None:
    about = given(
        f"{CANARY}受贿3万元,一审,副区长", CADRE, reporter=Reporter(name=CANARY, contact=CANARY), village=VILLAGE
    )
    said = "".join(one.model_dump_json() for one in propose(about, district))
    assert CANARY not in said
    assert {char for char in said if ord(char) > 127} <= set("规则")


def test_every_proposal_gives_a_reason() -> None:
    assert all(one.reasons for _, _, about, *_ in TABLE for one in propose(about, YANFENG))


def test_another_district_looks_for_its_own_words() -> None:
    ducks = propose(given("他要我送鸭子", Accused(post="水管员")), LIUYUAN)
    assert [one.value for one in ducks if one.matter in (Matter.SUB_CLASS, Matter.RANK)] == ["gifts", "staff"]
    assert not [one for one in propose(given("他受贿"), LIUYUAN) if one.matter is Matter.CATEGORY]


def test_the_longer_of_two_words_is_found() -> None:
    assert proposing.terms_of(YANFENG).found("没有公开招标") == {"relatives": 1}


# -- sub-classes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code, one in SUB_CLASSES.items() if one.ranks != frozenset(Rank)])
def test_a_sub_class_that_needs_an_office_is_open_to_cadres_only(code: str) -> None:
    one = SUB_CLASSES[code]
    assert one in sub_classes(one.category, Rank.TOWNSHIP)
    assert one not in sub_classes(one.category, Rank.VILLAGE_OR_OTHER)


def test_a_sub_class_that_is_not_open_to_the_rank_is_not_proposed() -> None:
    def classes(rank: Rank) -> list[str]:
        found = propose(given("插手工程", Accused(post="某", rank=rank)), YANFENG)
        return [one.value for one in found if one.matter in (Matter.CATEGORY, Matter.SUB_CLASS)]

    assert classes(Rank.TOWNSHIP) == ["work", "meddling_in_markets"]
    assert classes(Rank.VILLAGE_OR_OTHER) == ["work"]


def test_every_category_has_sub_classes() -> None:
    assert {one.category for one in SUB_CLASSES.values()} == set(Category)


# -- what a rule may decide alone ------------------------------------------------------------------------------------

CLEAR_LOWER = given("去年虚报3万元", CADRE, village=VILLAGE)
CLEAR_REFERRAL = given("去年拖欠工资3万元")


def leaving(*auto: str) -> District:
    remit = YANFENG.remit.model_copy(update={"auto": list(auto)})
    return YANFENG.model_copy(update={"remit": remit})


def alone(about: PetitionContent, district: District) -> Referral | TransferDown | None:
    return decide_alone(propose(about, district), district)


@pytest.mark.parametrize("about", [CLEAR_LOWER, CLEAR_REFERRAL, *(about for _, _, about, *_ in TABLE)])
def test_without_a_policy_nothing_is_decided_by_a_rule(about: PetitionContent) -> None:
    assert alone(about, YANFENG) is None


def test_what_is_clear_a_rule_decides_where_the_district_file_says_so() -> None:
    assert alone(CLEAR_LOWER, leaving("lower")) == TransferDown(unit=TOWN_UNIT, basis="规则16")
    assert alone(CLEAR_REFERRAL, leaving("other_organ")) == Referral(receiver="labour", basis="规则13(2)")
    assert alone(CLEAR_REFERRAL, leaving("lower", "courts")) is None


@pytest.mark.parametrize(
    "about",
    [
        given("去年拖欠工资,公租房"),
        given("去年拖欠工资,还受贿"),
        given("拖欠工资"),
        given("良心坏了", CADRE, village=VILLAGE),
        given("去年虚报", CADRE.model_copy(update={"rank": None}), village=VILLAGE),
        given("去年虚报,副区长知道", CADRE, village=VILLAGE),
        given("去年虚报", CADRE),
    ],
)
def test_what_is_not_clear_waits_for_a_clerk(about: PetitionContent) -> None:
    assert alone(about, leaving("lower", "other_organ", "courts")) is None
