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
DISPOSALS: Mapping[str, Both] = {
    "talk_or_letter": ("谈话函询", "talk or letter"),
    "preliminary_check": ("初步核实", "preliminary check"),
    "shelved": ("暂存待查", "shelved"),
    "closed": ("予以了结", "closed"),
}
MEASURES: Mapping[str, Both] = {
    "none": ("无", "none"),
    "criticised_educated": ("批评教育", "criticised, educated"),
    "admonished": ("提醒谈话、诫勉", "admonished"),
    "organisational": ("组织处理", "organisational"),
    "party_discipline": ("党纪处分", "party discipline"),
    "government_discipline": ("政务处分", "government discipline"),
    "transferred_to_justice": ("移送司法", "transferred to justice"),
    "rectified": ("督促整改", "rectified"),
    "other": ("其他", "other"),
}
FORMS: Mapping[str, Both] = {
    "1": ("第一种形态", "the first"),
    "2": ("第二种形态", "the second"),
    "3": ("第三种形态", "the third"),
    "4": ("第四种形态", "the fourth"),
}
SUBSTANCES: Mapping[str, Both] = {
    "in_hand": ("办理中", "in hand"),
    "solved": ("已解决", "solved"),
    "guided": ("已引导到法定途径", "guided to the lawful way"),
    "unfounded": ("诉求不成立", "unfounded"),
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
    "reply": ("答复举报人、听取意见", "reply to the reporter"),
    "answer_objection": ("答复异议", "answer an objection"),
    "visit": ("回访", "visit"),
    "send_result_up": ("结果报送上级", "send the result up"),
    "assess_clarification": ("评估澄清", "assess a clarification"),
    "check_clarification": ("核对澄清依据的事实", "check the facts"),
    "approve_clarification": ("审批澄清", "approve a clarification"),
    "carry_out_clarification": ("实施澄清", "carry out a clarification"),
    "file_clarification": ("澄清归档", "file a clarification"),
    "review_quality": ("质量评查", "review a file's quality"),
    "decide_quality": ("定质量评查异议", "decide an objection"),
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


VIEWS: Mapping[str, Both] = {
    "satisfied": ("满意", "satisfied"),
    "mostly_satisfied": ("基本满意", "mostly satisfied"),
    "dissatisfied": ("不满意", "dissatisfied"),
}
VISITS: Mapping[str, Both] = {
    "made": ("已回访", "made"),
    "declined": ("举报人谢绝", "declined"),
    "not_reached": ("联系不上", "not reached"),
}
HELP: Mapping[str, Both] = {
    "explained": ("释理", "explained"),
    "policy_help": ("政策帮扶", "policy help"),
    "hardship_relief": ("困难救助", "hardship relief"),
    "judicial_relief": ("司法救助", "judicial relief"),
    "legal_aid": ("法律援助", "legal aid"),
    "guided_to_court": ("引导诉讼", "guided to court"),
    "guided_to_recheck": ("引导复查", "guided to a recheck"),
    "mediated": ("调解", "mediated"),
}
REOPENING: Mapping[str, Both] = {
    "returned": ("举报人再次反映", "the reporter has come back"),
    "new_evidence": ("有新证据", "new evidence"),
    "superior_ordered": ("上级要求", "the superior orders it"),
}
CLEARED: Mapping[str, Both] = {"person": ("个人", "a person"), "organisation": ("组织", "an organisation")}
CLEARING_GROUNDS: Mapping[str, Both] = {
    "selection": ("影响选拔任用、评先评优", "selection or awards"),
    "rights": ("影响合法权益、正常生活", "rights or daily life"),
    "public_effect": ("造成不良影响", "a bad effect"),
    "necessary": ("组织认为有必要", "the organisation finds it necessary"),
}
WAYS: Mapping[str, Both] = {
    "writing": ("书面", "in writing"),
    "meeting": ("会议", "a meeting"),
    "face_to_face": ("当面", "face to face"),
    "notice": ("通报", "a notice"),
}
SCOPES: Mapping[str, Both] = {
    "accused": ("本人", "the accused"),
    "party_committee": ("所在党组织", "the party committee"),
    "unit": ("所在单位", "the unit"),
    "community": ("村(社区)", "the community"),
    "public": ("社会", "everybody"),
}
REFUSALS: Mapping[str, Both] = {
    "facts_unclear": ("事实不清", "facts unclear"),
    "not_needed": ("没有必要", "not needed"),
    "other": ("其他", "other"),
}
TOLD: Mapping[str, Both] = {"told": ("已告知", "told"), "unreachable": ("联系不上", "unreachable")}
SAID: Mapping[str, str] = {
    "track_opened": "另开一条办理线",
    "track_recorded": "登记办理线进展",
    "result_fed_back": "季度反馈信访室",
    "returns_withdrawn": "退回记录随撤回取消",
    "opinions_asked": "请有关室、领导发表意见",
    "opinion_overdue": "意见超期，已提示",
    "case_resumed": "重新交由承办单位办理",
    "view_recorded": "登记举报人对结果的意见",
    "objection_answered": "答复异议",
    "result_sent_up": "结果报送上级",
    "follow_up_planned": "安排回访",
    "follow_up_due": "回访到期",
    "follow_up_recorded": "登记回访",
    "case_lapsed": "期满未再反映，息访",
    "case_reopened": "重新办理",
    "settlement_ended": "息访结束",
    "clarification_proposed": "提出澄清正名",
    "clarification_assessed": "评估澄清",
    "clarification_checked": "核对澄清依据的事实",
    "clarification_refused": "不予澄清",
    "clarification_approved": "同意澄清",
    "clarification_reminded": "提示澄清期限",
    "clarification_overdue": "澄清超期",
    "clarification_recounted": "澄清期限重新计算",
    "clarification_made": "已澄清",
    "clarification_filed": "澄清归档",
    "false_accusation_proposed": "报请认定诬告陷害",
    "false_accusation_judged": "上级就诬告陷害作出认定",
    "mistaken_accusation_recorded": "登记错告",
    "file_sampled": "抽取质量评查",
    "quality_reviewed": "完成质量评查",
    "quality_objected": "对质量评查有异议",
    "quality_decided": "质量评查异议已定",
}
"""What else is said on a case, by the fact's name; those with more to tell stand in ``showing``."""
