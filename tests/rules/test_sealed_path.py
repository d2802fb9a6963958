"""Who alone may read a petition on the leadership or on a higher level's cadre (规则15)."""

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import Accused, PetitionContent
from xinfang_contracts.message import Rank

from services.intake.sealed.sealing import late_reader, sealed_reader
from tests.rules.given import LIUYUAN, YANFENG, content

SUPERIOR = "superior_430400"
ORGAN = "雁峰区纪委监委"
HEAD = "某甲乙"


def with_names(**names: list[str]) -> District:
    """雁峰区 whose leaders are known by these names, all invented."""
    leaders = [one.model_copy(update={"names": names.get(one.code, [])}) for one in YANFENG.leaders]
    return YANFENG.model_copy(update={"leaders": leaders})


NAMED = with_names(leader_principal=[HEAD, "区纪委书记"], leader_deputy_2=["某丙丁"])


@pytest.mark.parametrize(
    "accused",
    [
        Accused(name=HEAD),
        Accused(name="某丙丁"),
        Accused(name=f"{HEAD}书记"),
        Accused(name="某 甲乙"),
        Accused(name="某\u3000甲\n乙"),
        Accused(organisation="雁峰区纪委", post="书记"),
        Accused(organisation="雁峰区", post="区纪委书记"),
        Accused(organisation=ORGAN, post="委主要负责同志"),
        Accused(organisation=f"中共{ORGAN}机关", post="主要负责同志"),
        Accused(organisation="区纪委监委", post="主要负责 同志"),
        Accused(organisation=ORGAN, post="党组成员、委主要负责同志"),
        Accused(organisation=ORGAN, post="分管副书记"),
        Accused(name=HEAD, rank=Rank.COUNTY),
    ],
    ids=repr,
)
def test_what_is_about_the_organs_leadership_goes_straight_to_the_superior(accused: Accused) -> None:
    villager = Accused(name="某戊己", rank=Rank.VILLAGE_OR_OTHER)
    assert sealed_reader(content(accused), NAMED) == SUPERIOR
    assert sealed_reader(content(villager, accused), NAMED) == SUPERIOR


def test_a_post_in_the_organ_is_recognised_where_the_file_holds_no_names() -> None:
    assert sealed_reader(content(Accused(organisation=ORGAN, post="主要负责同志")), YANFENG) == SUPERIOR


@pytest.mark.parametrize("organisation", ["某局", "雁峰区", "雁峰", "雁峰区委", "区委", "区", None])
@pytest.mark.parametrize("rank", YANFENG.remit.higher_ranks)
def test_a_higher_levels_cadre_goes_to_the_organs_own_principal(rank: Rank, organisation: str | None) -> None:
    about = content(Accused(name="某戊己", organisation=organisation, post="负责人", rank=rank))
    assert sealed_reader(about, NAMED) == "leader_principal"


def test_every_district_draws_the_line_where_its_file_says() -> None:
    about = content(Accused(name="某戊己", organisation="某局", rank=Rank.TOWNSHIP))
    assert sealed_reader(about, LIUYUAN) == "leader_first"
    assert sealed_reader(about, YANFENG) is None


@pytest.mark.parametrize("organisation", [ORGAN, f"中共{ORGAN}", "区纪委", "雁峰区纪委", "雁峰区监委", "监委"])
def test_what_may_be_about_the_principal_is_never_handed_to_the_principal(organisation: str) -> None:
    """No name, no title that the file knows: of that rank there is hardly anybody else in the organ."""
    unknown = Accused(name="某庚辛", organisation=organisation, post="书记、主任", rank=Rank.COUNTY)
    assert sealed_reader(content(unknown), YANFENG) == SUPERIOR


def test_one_leader_among_several_accused_decides() -> None:
    higher = Accused(name="某戊己", rank=Rank.COUNTY)
    assert sealed_reader(content(higher, Accused(name=HEAD)), NAMED) == SUPERIOR


@pytest.mark.parametrize(
    "text", [f"反映{HEAD}收受礼金", "反映某甲\n乙收受礼金", "反映区纪委书记", "反映 某 丙 丁 违规"]
)
@pytest.mark.parametrize("accused", [[], [Accused()], [Accused(unit="unit_430406001", rank=Rank.STAFF)]], ids=str)
def test_a_text_that_names_a_leader_and_nobody_accused_is_sealed(text: str, accused: list[Accused]) -> None:
    assert sealed_reader(content(*accused, text=text), NAMED) == SUPERIOR


@pytest.mark.parametrize(
    "about",
    [
        content(),
        content(Accused(name="某戊己", organisation="先锋街道", post="主要负责同志", rank=Rank.TOWNSHIP)),
        content(Accused(name="某戊己", organisation="雁峰区", post="工作人员")),
        content(Accused(name="某戊己", organisation=ORGAN, post="一级科员", rank=Rank.STAFF)),
        content(Accused(name="某戊己", organisation=ORGAN)),
        content(Accused(name="某戊己", organisation="", post="")),
        content(Accused(name="某戊己", organisation="岳屏镇纪委", post="书记")),
        content(Accused(name="某戊己", organisation="先锋街道纪工委", post="书记", rank=Rank.TOWNSHIP)),
        content(Accused(name="某戊己", organisation="某镇纪委", post="主要负责人")),
        content(Accused(name="某戊己", organisation="某村", post="村监委主任")),
        content(Accused(name="某戊己", organisation="某村", post="村支部书记"), text="请区纪委查处村支部书记"),
        content(text="反映岳屏镇纪委书记"),
        content(text="向区纪委反映多次,请纪委领导重视"),
        content(text="尊敬的区纪委书记:反映村主任"),
        content(text="尊敬的纪委书记,您好!反映某社区主任"),
        content(text="某小区区长期无人管理"),
    ],
    ids=str,
)
def test_everything_else_is_registered_here(about: PetitionContent) -> None:
    assert sealed_reader(about, NAMED) is None


@pytest.mark.parametrize(
    "text",
    [
        "反映区纪委书记收受礼金",
        "纪委一把手收了钱",
        "区纪委的主要负责同志",
        "纪委張書記",
        "雁峰區紀委監委書記",
        "区 纪 委、书 记",
        "区纪委\u200b书记",
        "区纪律检查委员会副书记",
        "区监察委员会主任",
        "纪检委班子成员",
        "纪委监委常委某某",
        "ＡＢ镇的事,区纪委常务副书记压着",
        "尊敬的区纪委书记:您本人收了钱,区纪委书记不该如此",
        "尊敬的纪委书记某甲收了钱",
        "岳屏镇纪委书记和区纪委书记分了钱",
        "区监委现任主任",
        "区纪委主要领导",
        "纪委的某书记",
        "区纪委欧阳书记",
    ],
)
@pytest.mark.parametrize("accused", [[], [Accused(name="某戊己", organisation="某村", post="主任")]], ids=["", "one"])
def test_a_form_of_address_of_the_leadership_seals_whoever_else_is_accused(text: str, accused: list[Accused]) -> None:
    """Whoever is accused beside them: the petition would be read by the people whom the text names."""
    assert sealed_reader(content(*accused, text=text), YANFENG) == SUPERIOR


def test_a_leaders_name_beside_another_accused_seals() -> None:
    assert sealed_reader(content(Accused(name="某戊己"), text=f"曾向{HEAD}反映"), NAMED) == SUPERIOR


@pytest.mark.parametrize(
    "accused",
    [
        Accused(post="区纪委书记"),
        Accused(organisation="区纪委监委"),
        Accused(name="某甲", unit="leader_deputy_1"),
        Accused(name="纪委书记"),
        Accused(name="某甲", organisation="中共雁峰区纪律检查委员会", post="书记"),
        Accused(name="某甲", organisation="区纪委", post="党组成员、副书记"),
        Accused(name="某书记", organisation="区纪委"),
        Accused(name="某甲", organisation="纪检委", post="主要领导"),
        Accused(name="某甲", organisation="区监委", post="一把手"),
        Accused(name="某甲", organisation="区纪委监委", post="领导"),
        Accused(name="某甲", organisation="区監察委員會", post="主任"),
        Accused(name="ｘ書記", organisation="區紀委"),
    ],
    ids=repr,
)
def test_a_post_in_the_organ_is_recognised_however_it_is_written(accused: Accused) -> None:
    assert sealed_reader(content(accused), YANFENG) == SUPERIOR


@pytest.mark.parametrize(
    "accused",
    [
        Accused(rank=Rank.COUNTY),
        Accused(name="某戊己", rank=Rank.COUNTY),
        Accused(organisation="区委", rank=Rank.COUNTY),
        Accused(organisation="某局", post="区委常委、局长", rank=Rank.COUNTY),
    ],
    ids=repr,
)
def test_where_nothing_tells_a_cadre_from_the_principal_the_superior_reads(accused: Accused) -> None:
    assert sealed_reader(content(accused), YANFENG) == SUPERIOR


@pytest.mark.parametrize(
    "about",
    [
        content(Accused(name="某戊己", organisation="雁峰区人民政府", post="副区长")),
        content(Accused(name="某戊己", organisation="区法院", post="院长")),
        content(Accused(name="某戊己", organisation="区政府", post="副区长", rank=Rank.STAFF)),
        content(text="反映区人大常委会主任违规用车"),
    ],
    ids=str,
)
def test_a_higher_levels_cadre_is_known_by_the_post_where_no_rank_is_given(about: PetitionContent) -> None:
    assert sealed_reader(about, YANFENG) == "leader_principal"


@pytest.mark.parametrize(
    ("ground", "about", "reader"),
    [
        ("own_leadership", content(), SUPERIOR),
        ("higher_rank", content(), "leader_principal"),
        ("higher_rank", content(Accused(name=HEAD)), SUPERIOR),
        ("higher_rank", content(Accused(name="某戊己", organisation="区纪委", rank=Rank.COUNTY)), SUPERIOR),
    ],
)
def test_what_a_clerk_finds_goes_by_its_ground_unless_the_content_names_the_leadership(
    ground: str, about: PetitionContent, reader: str
) -> None:
    assert late_reader(ground, about, NAMED) == reader


def test_a_blank_among_the_names_does_not_seal_everything() -> None:
    assert sealed_reader(content(), with_names(leader_principal=[" "])) is None
