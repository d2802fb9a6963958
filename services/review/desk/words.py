"""What the desk calls things: Chinese, with English beside it."""

from collections.abc import Mapping

from xinfang_contracts.district import District

Both = tuple[str, str]

OUTCOMES: Mapping[str, Both] = {
    "proved": ("属实", "proved"),
    "partly_proved": ("部分属实", "partly proved"),
    "unfounded": ("失实", "unfounded"),
    "not_provable": ("无法查实", "not provable"),
}
RETURN_REASONS: Mapping[str, Both] = {
    "facts_unclear": ("事实不清", "facts unclear"),
    "evidence_lacking": ("证据不足", "evidence lacking"),
    "character_wrong": ("定性不准", "wrongly characterised"),
    "procedure_wrong": ("程序不当", "procedure wrong"),
    "material_missing": ("材料不全", "material missing"),
    "other": ("其他", "other"),
}
CATEGORIES: Mapping[str, Both] = {
    "political": ("违反政治纪律", "political discipline"),
    "organisational": ("违反组织纪律", "organisational discipline"),
    "integrity": ("违反廉洁纪律", "integrity"),
    "masses": ("违反群众纪律", "mass discipline"),
    "work": ("违反工作纪律", "work discipline"),
    "life": ("违反生活纪律", "life discipline"),
    "bribery": ("贪污贿赂", "bribery"),
    "dereliction": ("渎职侵权", "dereliction"),
    "other_duty": ("其他职务违法犯罪", "other duty offences"),
    "other": ("其他违法犯罪", "other offences"),
}
RANKS: Mapping[str, Both] = {
    "village_or_other": ("农村、企业等其他人员", "village, enterprise or other"),
    "staff": ("一般干部", "staff"),
    "township": ("乡科级", "township level"),
    "county": ("县处级", "county level"),
    "prefecture": ("厅局级", "prefecture level"),
    "province": ("省部级", "province level"),
}
GROUNDS: Mapping[str, Both] = {
    "litigation": ("已由或应由诉讼、仲裁、裁决、复议解决", "courts or arbitration"),
    "other_organ": ("属其他机关", "another organ's"),
    "no_substance": ("无实质内容", "no substance"),
}
OBJECTIONS: Mapping[str, Both] = {
    "not_competent": ("不属本单位职权", "not competent"),
    "other_place": ("属其他地方", "another place's"),
    "conflict": ("需回避", "conflict of interest"),
}
STATUSES: Mapping[str, Both] = {
    "awaiting": ("等待承办单位报告", "awaiting the unit's report"),
    "under_review": ("联审中", "under joint review"),
    "concluded": ("已办结", "concluded"),
    "withdrawn": ("已撤回", "withdrawn"),
    "above": ("已报上级", "with the superior"),
}
TASKS: Mapping[str, Both] = {
    "report": ("提交核查报告", "hand in the report"),
    "opinion": ("审阅报告、发表意见", "read and give an opinion"),
    "screen": ("筛查来件", "screen"),
    "send_notice": ("寄送告知书", "send a notice"),
    "handle": ("在办", "in hand"),
    "lead": ("领导包案", "led by you"),
    "answer_letter": ("答复督办函", "answer a supervision letter"),
}
KINDS: Mapping[str, Both] = {
    "petition": ("信访件原文", "the petition"),
    "report": ("核查报告", "report"),
    "remarks": ("审阅意见", "remarks"),
    "objection": ("异议", "objection"),
    "visit_note": ("回访记录", "visit note"),
    "letter": ("函件", "letter"),
    "clarification": ("澄清", "clarification"),
    "mail": ("邮件", "mail"),
    "file": ("附件", "file"),
    "material": ("补充材料", "further material"),
    "question": ("向举报人的询问", "question to the reporter"),
    "answer": ("举报人的答复", "the reporter's answer"),
    "other": ("其他", "other"),
}


def names_of(district: District) -> dict[str, str]:
    """Code -> name, of everybody who may speak."""
    named = {one.code: one.name for group in (district.offices, district.units) for one in group}
    named |= {one.code: one.title for one in district.leaders}
    return named | {one.code: one.name for group in (district.superiors, district.partners) for one in group}


SAID: Mapping[str, str] = {
    "track_opened": "另开一条办理线",
    "track_recorded": "登记办理线进展",
    "result_fed_back": "季度反馈信访室",
    "returns_withdrawn": "退回记录随撤回取消",
}
"""What else is said on a case, by the fact's name; those with more to tell stand in ``showing``."""
