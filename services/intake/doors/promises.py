"""What a reporter may expect and by when, in the district's own terms: no term stands in code or template."""

from datetime import date

from xinfang_contracts.district import District

_UNITS = {
    "working_day": ("个工作日", "working days"),
    "calendar_day": ("日", "days"),
    "month": ("个月", "months"),
}
_READ = (
    "有权办理的人审看您写的内容，决定受理、转送有权处理的机关，或者不予受理。 / "
    "Those in charge read it and decide: taken up, passed to the body responsible, or not taken up."
)
_ANONYMOUS = (
    "您没有同时留下姓名和联系方式，我们不会、也无法联系您。请隔一段时间凭回执码回来查看；需要补充时也凭它。 / "
    "You did not leave both a name and a way to reach you, so nobody will contact you. Come back with the code after "
    "a while to see how it stands, and to add to it."
)


def real_name(district: District) -> str:
    """What a true name and a way to reach its owner bring (规则25 to 27)."""
    chinese, english = ["优先办理"], ["it comes first"]
    if notice := _length(district, "acceptance_notice"):
        chinese.append(f"自收到之日起 {notice[0]}内告知您是否受理（{notice[2]}）")
        english.append(f"within {notice[1]} you are told whether it is taken up")
    if feedback := _length(district, "result_feedback"):
        chinese.append(f"办结之日起 {feedback[0]}内向您反馈结果（{feedback[2]}）")
        english.append(f"and within {feedback[1]} of its end, what came of it")
    return (
        f"留下真实姓名和联系方式，就是实名举报：{'，'.join(chinese)}。 / "
        f"With your true name and a way to reach you: {', '.join(english)}."
    )


def next_steps(district: District, *, is_named: bool, notice_by: date | None) -> list[str]:
    """What happens to a petition now, step by step. ``notice_by``: the last day of the notice, where it is certain."""
    return [_READ, *(_named(district, notice_by) if is_named else [_ANONYMOUS, *_concluded(district)])]


def _named(district: District, notice_by: date | None) -> list[str]:
    steps = []
    if notice := _length(district, "acceptance_notice"):
        day = "" if notice_by is None else f"，不晚于 {notice_by.year} 年 {notice_by.month} 月 {notice_by.day} 日"
        by = "" if notice_by is None else f", by {notice_by.isoformat()} at the latest,"
        steps.append(
            f"您留了姓名和联系方式：核实后，{notice[0]}内告知您是否受理{day}（{notice[2]}）。 / "
            f"You gave your name and a way to reach you: once that is checked, you are told within {notice[1]}{by} "
            "whether it is taken up."
        )
    steps += _concluded(district)
    if feedback := _length(district, "result_feedback"):
        steps.append(
            f"办结后 {feedback[0]}内向您反馈结果（{feedback[2]}）。 / "
            f"Within {feedback[1]} after that you hear what came of it."
        )
    return steps


def _concluded(district: District) -> list[str]:
    length = _length(district, district.handling.clock)
    if length is None:
        return []
    chinese = f"受理的，一般在 {length[0]}内办结（{length[2]}）。"
    return [f"{chinese} / If it is taken up, it is as a rule concluded within {length[1]}."]


def _length(district: District, clock: str) -> tuple[str, str, str] | None:
    """A clock's length in both languages and its article; None where the district file has no such clock."""
    found = district.clocks.get(clock)
    if found is None:
        return None
    chinese, english = _UNITS[found.unit]
    return f"{found.length} {chinese}", f"{found.length} {english}", found.basis
