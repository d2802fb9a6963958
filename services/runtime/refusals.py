"""What a refused command is answered with over HTTP: a status, and the reason in words."""

from collections.abc import Iterable

from xinfang_contracts.intake import RefusalReason

from .doors import SaidNo
from .faults import Fault

R = RefusalReason
TEXTS = {
    R.UNKNOWN_CHANNEL: "没有这个渠道 / there is no such channel",
    R.UNKNOWN_PETITION: "没有这件信访,或与您无关 / there is no such petition, or it is none of yours",
    R.UNKNOWN_RECEIVER: "没有这个接收单位 / there is no such receiver",
    R.UNKNOWN_UNIT: "没有这个承办单位 / there is no such unit",
    R.UNKNOWN_TOWN: "没有这个镇(街道) / there is no such town",
    R.UNKNOWN_READER: "没有这个读者 / there is no such reader",
    R.UNKNOWN_QUESTION: "没有这个问题 / there is no such question",
    R.NOT_ENTITLED: "这一步不由您办理 / this step is not yours",
    R.ALREADY_DECIDED: "已经办过,不能再办 / has been decided already",
    R.ALREADY_ANSWERED: "已经答复 / has been answered already",
    R.NOT_YOUR_TURN: "还没有轮到您,或这一步已经过去 / it is not your turn",
    R.WRONG_VERSION: "报告已有另一个版本,请重新打开 / the report has another version by now; open it again",
    R.ID_REUSED: "同一 Idempotency-Key 此前已用于另一内容 / the key was used before, with another content",
    R.ERASED: "该件已销毁 / has been erased",
    R.REVEALS_REPORTER: "内容会暴露举报人,未保存 / it would reveal the reporter; nothing was stored",
    R.CASE_OPEN: "该件仍在办理 / the case is still open",
    R.TOO_EARLY: "还不到时候 / it is too early",
    R.REVISION_DIFFERS: "区文件的版本不同 / the district file is of another revision",
    R.MUST_BE_SEALED: "该件须密封上报 / it must be sealed and sent up",
    R.NOTHING_TO_CORRECT: "没有可更正的内容 / there is nothing to correct",
    R.WRONG_KEY: "密钥不对 / the key is not right",
    R.WRONG_DIGEST: "文件与摘要不符 / the document is not the one of that digest",
    R.UNKNOWN_SUB_CLASS: "没有这个细类 / there is no such sub-class",
    R.CONTRADICTORY: "填写的内容自相矛盾 / what is said contradicts itself",
    R.NOT_VERIFIED: "举报人尚未核实 / the reporter is not verified",
    R.UNKNOWN_ITEM: "没有这一项 / there is no such item",
    R.UNKNOWN_PLACE: "没有这个地方 / there is no such place",
    R.UNKNOWN_ACTOR: "没有这个室、领导或单位 / there is no such office, leader or unit",
    R.UNKNOWN_WORK: "没有这部作品 / there is no such work",
    R.UNKNOWN_CONTACT: "没有这次接触 / there was no such contact",
    R.UNKNOWN_NOTICE: "没有这份告知书 / there is no such notice",
    R.ALREADY_TOLD: "已经告知 / has been told already",
    R.NO_ADDRESS: "没有可送达的地址 / there is no address",
    R.NO_PROOF: "缺少凭证 / the proof is missing",
    R.NOT_SET_UP: "本区没有设置这一项 / the district has not set this up",
    R.UNPRINTABLE: "无法打印 / cannot be printed",
    R.WRONG_DATE: "日期不对 / the date is not right",
    R.TIED: "须回避 / is tied to the case",
    R.TOO_LATE: "期限已过 / it is too late",
    R.TOO_OLD: "时间太久 / it is too long ago",
    R.UNKNOWN_CLOCK: "没有这个时限 / there is no such clock",
    R.CLOCK_RUNS: "时限已在计算 / the clock is running already",
    R.CLOCK_STANDS: "时限没有在计算 / the clock is not running",
    R.CAP_REACHED: "已到次数上限 / as often as it may be, it has been",
    R.TRACK_OPEN: "还有一条线没有办完 / a track is still open",
    R.NOT_SIGNED: "须由本人签名 / must be signed by its person",
    R.WRONG_SIGNATURE: "签名不对 / the signature does not hold",
    R.UNKNOWN_KEY: "这把密钥没有启用,或已停用 / the key is not enrolled, or no longer",
    R.OTHER_VERSION_SIGNED: "签的是另一个版本,请重新打开 / another version was signed; open it again",
    R.SPOKEN_ALREADY: "同一个人只能发表一次意见,办理的人不能审 / one person, one voice, and never on their own work",
    R.UNUSABLE_KEY: "密钥的格式不对 / the key is not one that can be used",
    R.KEY_TAKEN: "这把密钥属于另一个人或另一个区 / the key is another person's, or another district's",
    R.NO_REMARKS: "选“其他”须写明意见 / this reason needs remarks",
    R.OBJECTION_OPEN: "还有异议没有答复 / an objection is still to be answered",
    R.VISITS_DECLINED: "举报人已谢绝回访 / the reporter has declined visits",
    R.NOT_UNFOUNDED: "结论不是失实,不能这样办 / the outcome is not that it was unfounded",
    R.NOT_WRITTEN: "还须有书面形式 / it must be in writing as well",
    R.NOT_DEPOSITED: "文书尚未存入保管库,或未过脱敏检查 / the text is not in the vault, or has not passed the gate",
    R.UNKNOWN_GROUND: "区文件没有列出这个理由 / the district file has no such ground",
    R.REPORTER_NOT_TOLD: "还没有告知举报人 / the reporter has not been told yet",
    R.EMPTY_PERIOD: "这一时期没有可抽取的件 / there is nothing in that period",
    R.OTHER: "未予接受 / was refused",
}
FORBIDDEN = {R.NOT_ENTITLED, R.TIED, R.UNKNOWN_KEY, R.WRONG_SIGNATURE, R.NOT_SIGNED, R.SPOKEN_ALREADY}
CONFLICT = {
    *(R.ALREADY_DECIDED, R.ALREADY_ANSWERED, R.ALREADY_TOLD, R.NOT_YOUR_TURN, R.WRONG_VERSION, R.ID_REUSED),
    *(R.ERASED, R.CASE_OPEN, R.TOO_EARLY, R.REVISION_DIFFERS, R.CLOCK_RUNS, R.CLOCK_STANDS, R.TRACK_OPEN),
    *(R.OTHER_VERSION_SIGNED, R.CAP_REACHED, R.TOO_LATE),
}

STRANGERS = {R.UNKNOWN_PETITION, R.NOT_ENTITLED}
"""Of one petition both are told in the same words as of one that there is not: whoever tries number after number would
else learn to which of them they are tied."""


def not_theirs() -> SaidNo:
    """409: no such petition, none of the speaker's, or not one yet; which of them is not told."""
    text = (
        "没有这件信访,或与您无关,或前一步还没有完成,请稍后再试 / "
        "no such petition, or none of yours, or a step before it is not done yet"
    )
    return SaidNo(409, "not_yet", text, Retry_After="5")


def refusal(reason: RefusalReason, details: Iterable[str] = ()) -> SaidNo:
    """A refused command as an answer; ``details``: codes that say what was wrong."""
    status = 403 if reason in FORBIDDEN else 409 if reason in CONFLICT else 422
    text = TEXTS.get(reason, TEXTS[R.OTHER])
    return SaidNo(status, reason, text, [Fault(where="details", what=code) for code in details])
