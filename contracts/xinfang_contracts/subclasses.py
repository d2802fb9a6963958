"""问题细类: what can be complained of within each class, as the public report form of 12388 lists it.

The names are the form's; the codes are ours, for its numbers are not unique. Which of them may be chosen depends on
the accused's rank: some need an office that an ordinary clerk or a villager does not hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .message import Category, Rank

CADRES = frozenset({Rank.PROVINCE, Rank.PREFECTURE, Rank.COUNTY, Rank.TOWNSHIP})
EVERYBODY = frozenset(Rank)


@dataclass(frozen=True, slots=True)
class SubClass:
    """One sub-class; ``ranks``: of whom it can be said."""

    code: str
    name: str
    category: Category
    ranks: frozenset[Rank] = EVERYBODY


_NAMES: dict[Category, tuple[tuple[str, str], ...]] = {
    Category.POLITICAL: (
        ("harmful_speech", "公开发表危害党的言论"),
        ("hostile_organisation", "参加反对党和政府的活动或组织"),
        ("cliques", "在党内搞团团伙伙"),
        ("obstructing_policy", "妨碍党和国家方针政策实施"),
        ("resisting_inquiry", "对抗组织审查"),
        ("superstition", "组织参加迷信活动"),
        ("defection", "叛逃及涉外活动中损害党和国家利益"),
        ("unprincipled_harmony", "无原则一团和气和违反政治规矩"),
    ),
    Category.ORGANISATIONAL: (
        ("democratic_centralism", "违反民主集中制原则"),
        ("not_reporting", "不按要求请示报告有关事项"),
        ("fellowships", "违规组织参加老乡会校友会战友会"),
        ("members_rights", "侵犯党员权利"),
        ("election_rigging", "在投票和选举中搞非组织活动"),
        ("cadre_selection", "违反干部选拔任用规定"),
        ("personnel_profit", "在人事劳动工作中违规谋利"),
        ("party_admission", "违规发展党员"),
        ("passports", "违规办理出国证件和在境外脱离组织"),
    ),
    Category.INTEGRITY: (
        ("trading_power", "权权交易和纵容特定关系人以权谋私"),
        ("gifts", "违规接受礼品礼金宴请服务"),
        ("weddings_funerals", "违规操办婚丧喜庆事宜"),
        ("private_business", "违规从事营利活动"),
        ("perks", "违反工作生活待遇规定"),
        ("using_property", "违规占有使用公私财物"),
        ("public_banquets", "违规参与公款宴请消费"),
        ("allowances", "违规自定薪酬和发放津贴补贴奖金"),
        ("public_travel", "公款旅游"),
        ("official_reception", "违反公务接待管理规定"),
        ("official_cars", "违反公务用车管理规定"),
        ("meetings", "违反会议活动管理规定"),
        ("office_space", "违反办公用房管理规定"),
        ("power_for_sex", "权色钱色交易"),
        ("integrity_other", "其他违反廉洁纪律行为"),
    ),
    Category.MASSES: (
        ("harming_interests", "侵害群众利益"),
        ("indifference", "漠视群众利益"),
        ("blind_projects", "盲目铺摊子上项目"),
        ("right_to_know", "侵犯群众知情权"),
        ("masses_other", "其他违反群众纪律行为"),
    ),
    Category.WORK: (
        ("duty_neglected", "主体责任落实不力"),
        ("meddling_in_markets", "违规干预市场经济活动"),
        ("meddling_in_justice", "违规干预执纪执法司法活动"),
        ("secrets", "泄露扩散窃取私存党的秘密"),
        ("examinations", "违反考试录取工作规定"),
        ("work_other", "其他违反工作纪律行为"),
    ),
    Category.LIFE: (
        ("extravagance", "生活奢靡"),
        ("affairs", "不正当性关系"),
        ("life_other", "其他违反生活纪律行为"),
    ),
    Category.BRIBERY: (
        ("embezzlement", "贪污"),
        ("misappropriation", "挪用公款"),
        ("taking_bribes", "受贿"),
        ("giving_bribes", "行贿"),
        ("unexplained_wealth", "巨额财产来源不明"),
        ("bribery_other", "其他贪污贿赂行为"),
    ),
    Category.DERELICTION: (
        ("abuse_of_power", "滥用职权"),
        ("neglect_of_duty", "玩忽职守"),
        ("favouritism", "徇私舞弊"),
        ("citizens_rights", "利用职权侵犯公民权利"),
        ("dereliction_other", "其他渎职侵权行为"),
    ),
    Category.OTHER_DUTY: (
        ("occupational_embezzlement", "职务侵占"),
        ("misused_funds", "挪用资金和特定款物"),
        ("same_trade", "非法同业经营和为亲友非法牟利"),
        ("state_enterprise_neglect", "国有企事业人员失职和滥用职权"),
        ("shielding", "包庇犯罪分子"),
        ("other_duty_other", "其他职务违法和职务犯罪行为"),
    ),
    Category.OTHER: (("other_offence", "其他违法犯罪行为"),),
}
# The form offers these to cadres only, and those of 干预 not to 一般干部、农村、其他.
_RANKS = {"perks": CADRES, "meddling_in_markets": CADRES, "meddling_in_justice": CADRES}

SUB_CLASSES: dict[str, SubClass] = {
    code: SubClass(code, name, category, _RANKS.get(code, EVERYBODY))
    for category, names in _NAMES.items()
    for code, name in names
}
"""All of them, by code."""


def sub_classes(category: Category, rank: Rank) -> Iterator[SubClass]:
    """What may be chosen within a class for an accused of that rank, in the form's order."""
    return (one for one in SUB_CLASSES.values() if one.category is category and rank in one.ranks)
