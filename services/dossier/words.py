"""What codes mean, in Chinese. ``field.code`` where the field decides, ``code`` where it means one thing everywhere."""

from collections.abc import Iterator, Mapping

from xinfang_contracts.district import District
from xinfang_contracts.subclasses import SUB_CLASSES

WORDS: dict[str, str] = {
    "letter": "来信", "visit": "来访", "call": "电话", "net": "网络", "other": "其他",
    "forwarded": "转送", "told": "告知", "assigned": "交办",
    "political": "违反政治纪律", "organisational": "违反组织纪律", "integrity": "违反廉洁纪律",
    "masses": "违反群众纪律", "work": "违反工作纪律", "life": "违反生活纪律", "bribery": "贪污贿赂",
    "dereliction": "渎职侵权", "other_duty": "其他职务违法犯罪", "category.other": "其他违法犯罪",
    "province": "省部级", "prefecture": "厅局级", "county": "县处级", "township": "乡科级",
    "staff": "一般干部", "village_or_other": "农村、企业等其他人员",
    "skip_level.province": "赴省", "skip_level.central": "赴京",
    "decided_by.clerk": "信访室", "decided_by.rule": "规则",
    "litigation": "已由或应由诉讼、仲裁、裁决、复议解决", "other_organ": "属其他机关", "no_substance": "无实质内容",
    "courts": "属法院", "own": "自办", "higher": "属上级", "lower": "属下级", "remit.own": "属本级",
    "outcome.taken": "已受理", "outcome.returned": "退回,不属其职权", "outcome.answered": "已答复",
    "guided": "引导", "contacted": "联系", "coordinated": "协调", "urged": "督办", "answered": "得到答复",
    "phone": "电话", "interview": "面谈", "in_person": "当面", "mail": "邮件", "way.letter": "信函",
    "confirmed": "属实", "denied": "本人否认", "unreachable": "联系不上", "mismatch": "身份不符",
    "real_name.true": "实名", "real_name.false": "匿名", "approved.true": "同意", "approved.false": "不同意",
    "true": "是", "false": "否",
    "judgment": "判决", "ruling": "裁定", "administrative_penalty": "行政处罚",
    "criminal_filing": "刑事立案", "no_filing": "不予立案",
    "false_accusation_finding": "认定诬告陷害", "designate_unit": "指定管辖", "extend": "延长期限",
    "take_up": "提级核查",
    "acceptance": "受理告知", "result": "结果反馈",
    "entry_error": "登记有误", "entered_twice": "重复登记", "test_entry": "测试数据", "reclassified": "重新归类",
    "retention_over": "保管期满", "court_order": "法院命令", "reporter_request": "举报人请求",
    "mode.unit": "属地或派驻承办", "zone_assisted": "片区协办", "crossed": "交叉办理",
    "proved": "属实", "partly_proved": "部分属实", "unfounded": "失实", "not_provable": "无法查实",
    "facts_unclear": "事实不清", "evidence_lacking": "证据不足", "character_wrong": "定性不准",
    "procedure_wrong": "程序不当", "material_missing": "材料不全",
    "remit": "管辖", "receiver": "接收机关", "substance": "实质内容", "matter.real_name": "实名",
    "concrete": "有", "nothing_concrete": "无", "candidate": "待核实实名", "anonymous": "匿名",
    "category": "问题类别", "sub_class": "问题细类", "rank": "职级",
    "blue": "蓝色", "yellow": "黄色", "red": "红色",
    "done": "已办", "concluded": "办结", "withdrawn": "撤销", "complex": "复杂", "awaiting_evidence": "等待证据",
    "awaiting_others": "等待其他机关", "hearing": "听证", "appraisal": "鉴定", "other_procedure": "其他程序",
    "force_majeure": "不可抗力",
    "not_competent": "不属本单位职权", "other_place": "属其他地方", "conflict": "需回避",
    "kind.visit": "走访", "joint_meeting": "会商", "coordination": "协调", "on_site": "现场办公",
    "explanation": "释理", "help": "帮扶", "looked_into": "已了解", "reporter_met": "已见举报人", "under_way": "办理中",
    "resolved": "已化解", "stuck": "停滞", "overdue": "超期", "evasive": "推诿敷衍", "needs_more": "需补充核查",
    "special": "专题", "monthly": "常委会月度", "urgent": "重大紧急", "major": "重大疑难", "collective": "集体访",
    "asked_about": "打听案情", "pleaded": "说情", "interfered": "干预", "leader_of_organ": "本机关领导",
    "party_or_government_leader": "党政领导", "relative": "亲友", "colleague": "同事",
    "in_hand": "办理中", "solved": "已解决", "state.guided": "已引导到法定途径", "state.unfounded": "诉求不成立",
    "lapsed": "因已息访而终止",
    "what.transfer": "上级转来件的筛查", "what.referral": "转送、移送件的答复", "up_report": "密封件的上报",
    "hand_over": "密封件的签收", "what.notice": "告知举报人",
    "already_decided": "已有决定", "clock_stands": "时限已中止", "unknown_clock": "没有这个时限",
    "not_set_up": "区文件未设", "contradictory": "相互矛盾",
    "talk_or_letter": "谈话函询", "preliminary_check": "初步核实", "shelved": "暂存待查", "disposal.closed": "予以了结",
    "measures.none": "无", "criticised_educated": "批评教育", "admonished": "诫勉",
    "measures.organisational": "组织处理", "party_discipline": "党纪处分", "government_discipline": "政务处分",
    "transferred_to_justice": "移送司法", "rectified": "督促整改",
    "substance.guided": "已引导到法定途径", "substance.unfounded": "诉求不成立",
    "stepped_in": "有人替补", "calendar": "日历补正",
    "satisfied": "满意", "mostly_satisfied": "基本满意", "dissatisfied": "不满意",
    "ground.returned": "举报人再次来访", "new_evidence": "有新证据", "superior_ordered": "上级要求",
    "made": "已回访", "declined": "本人不需要回访", "not_reached": "未见到本人",
    "explained": "释理", "policy_help": "政策帮扶", "hardship_relief": "困难救助", "judicial_relief": "司法救助",
    "legal_aid": "法律援助", "guided_to_court": "引导诉讼", "guided_to_recheck": "引导复查复核", "mediated": "调解",
    "cleared.person": "个人", "cleared.organisation": "组织", "selection": "影响选举任用或评先评优",
    "rights": "损害权益或正常工作生活", "public_effect": "造成不良影响", "necessary": "组织认为有必要",
    "writing": "书面", "meeting": "会议", "face_to_face": "当面", "notice": "通报",
    "scope.accused": "本人", "party_committee": "党委(党组)", "scope.unit": "所在单位", "community": "村(社区)",
    "public": "向社会", "government": "政府", "departments": "职能部门", "reporter.told": "已告知真相",
    "accused_agrees.true": "同意", "accused_agrees.false": "不同意", "agrees.true": "属实",
    "agrees.false": "需重新评估", "step.assessment": "评估", "step.approval": "审批", "not_needed": "没有必要",
    "reporter.unreachable": "联系不上",
}  # fmt: skip


def vocabulary(district: District) -> dict[str, str]:
    """All words there are for codes of this district: its own names, and those of every district."""
    own = dict(_named(district))
    return {code: one.name for code, one in SUB_CLASSES.items()} | WORDS | own


def word(field: str, code: str, words: Mapping[str, str]) -> str:
    """The word for a code that stands in a field; the code itself where there is none."""
    return words.get(f"{field}.{code}", words.get(code, code))


def _named(district: District) -> Iterator[tuple[str, str]]:
    """A channel or a receiver may be called what a form or a ground is called: their names count in their fields."""
    for group in (district.towns, district.zones, district.units, district.offices, district.partners):
        for one in group:
            yield one.code, one.name
    for superior in district.superiors:
        yield superior.code, superior.name
    for leader in district.leaders:
        yield leader.code, leader.title
    for channel in district.channels:
        yield f"channel.{channel.code}", channel.name
    for receiver in district.receivers:
        yield f"receiver.{receiver.code}", receiver.name
    if district.review.clarification is not None:
        for ground in district.review.clarification.refusals:
            yield f"ground.{ground.code}", ground.name
    if district.review.quality is not None:
        for item in district.review.quality.checklist:
            yield f"item.{item.code}", item.name
    for chain in district.chains:
        yield f"chain.{chain.code}", chain.name
