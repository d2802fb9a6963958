"""A sentence for each fact on a petition. ``{field}`` names a field, ``[...]`` falls away where its field is empty.

Fields of a fact's parts are written with a point (``clock.due_at``); words.py says what codes mean.
"""

SENTENCES: dict[str, str] = {
    # intake: arrival
    "petition_registered": "登记:{traits.form}({traits.channel}),{traits.received_on}收到[,{traits.town}]"
    "[,上级{transfer.kind}{transfer.number}][,应回避:{excluded}][,须在{due_at}前筛查]",
    "petition_sealed": "密封:只给{reader}[,须在{due_at}前上报]",
    "sealed_handed_over": "密封件已由{reader}收到",
    "sealed_reported_up": "密封件已报{superior}",
    "up_report_overdue": "密封件未按期上报:期限{due_at}",
    "hand_over_overdue": "密封件未按期签收:{reader},期限{due_at}",
    "document_deposited": "存入文书:{kind},{by}",
    "material_added": "举报人补充材料",
    "reporter_asked": "向举报人提出询问",
    "reporter_answered": "举报人答复询问",
    "receipt_replaced": "换发查询码",
    "reception_recorded": "接访中登记:{item},{by}",
    "mediation_handed_over": "访前调解未成,转为来件:{item}",
    # intake: screening
    "screening_proposed": "规则建议:{proposals}",
    "petition_marked": "筛查中查明[越级:{skip_level}][,来访{visitors}人]",
    "petition_accepted": "受理(第{acceptance}次):{traits.category}[·{traits.sub_class}],被举报人{traits.rank}"
    "[,归口{responsible_unit}][,被举报人所在单位{accused_unit}][,重复自{repeat_of}][,应回避:{excluded}]",
    "petition_referred": "{manner}{receiver}[,{due_at}前催问],由{decided_by}决定",
    "petition_declined": "不予受理:{ground}",
    "petition_kept_on_file": "留存备查[,重复自{repeat_of}]",
    "petition_transferred_down": "转送{unit},须在{due_at}前受理或再转,由{decided_by}决定",
    "transfer_taken": "{unit}已受理转送[,再转{passed_to}]",
    "transfer_overdue": "上级转来的件未按期筛查:期限{due_at}",
    "referral_answered": "{receiver}答复:{outcome}({on})",
    "referral_step_taken": "对{receiver}{step}({on})",
    "referral_overdue": "{receiver}未按期答复,第{times}次提示:期限{due_at}",
    "reporter_verified": "核实实名({how}):{outcome},按{real_name}办理",
    "return_requested": "{office}提请退回信访室:{ground}",
    "return_refused": "{by}不同意退回",
    "petition_returned": "退回信访室:{ground},{office}提请,{by}批准",
    "outside_result_recorded": "{partner}告知结果:{kind}({on})",
    "superior_decided": "{superior}决定:{matter},{approved}[,指定{unit}]",
    # intake: repeats, notices, figures, erasure
    "repeat_proposed": "疑似重复件:{of}",
    "repeat_confirmed": "{by}确认重复自{of}[,多头举报:{multi_head}]",
    "repeat_rejected": "{by}认定与{of}不重复",
    "repeat_linked": "来了重复件{repeat}[,已提示{unit}查看新内容]",
    "notice_due": "应告知举报人:{kind},期限{due_at}",
    "notice_prepared": "告知书已拟:{kind},{way},{by}",
    "notice_sent": "告知书已发:{kind},{way},{sent_on}",
    "notice_delivered": "告知书已送达:{kind},{way},{delivered_on}",
    "notice_failed": "告知书未送达:{kind},{reason}",
    "notice_overdue": "告知超期:{kind},期限{due_at}",
    "traits_corrected": "更正登记数据:{reason},{by}",
    "assignment_corrected": "分办数据随之更正",
    "conclusion_corrected": "办结数据随之更正",
    "erasure_due": "保管期满:{due_on}",
    "erasure_proposed": "提请销毁:{ground},{by}",
    "erasure_approved": "{by}批准销毁",
    "petition_erased": "已销毁:{ground}",
    "command_refused": "拒绝{actor}的{command}:{reason}",
    # routing
    "case_assigned": "分给{unit}[({zone})],{mode},期限{clock.due_at}[,应回避:{excluded}]",
    "case_sent_up": "报{superior}",
    "case_withdrawn": "{unit}的承办撤销,退回信访室",
    "case_overdue": "{unit}超期:期限{clock.due_at}",
    # review
    "report_submitted": "{unit}报送第{version}版核查报告:{outcome}[,追回{recovered_yuan}元]",
    "opinion_given": "{actor}同意第{version}版(第{step}步)",
    "report_returned": "{actor}退回第{version}版:{reason}",
    "case_concluded": "办结:{outcome},审阅链{chain}[,联审:{jointly_reviewed}][,追回{recovered_yuan}元]",
    "case_settled": "息访",
    "result_fed_back": "结果反馈信访室({quarter})",
}
