"""Who alone may read a petition on the leadership or on a higher level's cadre (规则15)."""

import pytest
from xinfang_contracts.district import District
from xinfang_contracts.intake import Accused, PetitionContent
from xinfang_contracts.message import Rank

from services.intake.decide import sealed_reader
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
    about = content(Accused(name="某戊己", rank=Rank.TOWNSHIP))
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
        # Somebody else is accused; the leader is whom the reporter has written to before.
        content(Accused(name="某戊己"), text=f"曾向{HEAD}反映"),
    ],
    ids=str,
)
def test_everything_else_is_registered_here(about: PetitionContent) -> None:
    assert sealed_reader(about, NAMED) is None


def test_a_blank_among_the_names_does_not_seal_everything() -> None:
    assert sealed_reader(content(), with_names(leader_principal=[" "])) is None
