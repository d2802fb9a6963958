"""Numbers as people write them: 3.5万, 三万五 and 35000 are one."""

import re

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*[十百佰千仟万亿]{0,2}|[零〇一二三四五六七八九十两俩百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]{2,}"
)
_ORDINAL = frozenset("号日月期届岁楼栋室〕]")
"""What stands after a number that counts nothing of the matter."""


def numbers(simple: str) -> tuple[set[int], set[int]]:
    """Amounts and counts from ten on, and years. 3.5万, 三万五 and 35000 are one number."""
    values, years = set(), set()
    for match in _NUMBER.finditer(simple):
        value = _value(match.group())
        after = simple[match.end() : match.end() + 1]
        if value is None or value < 10 or after in _ORDINAL:
            continue
        if 1980 <= value < 2100 and after in ("年", "-", "."):
            years.add(value)
        elif value < 10**10:
            values.add(value)
    return values, years


def _value(written: str) -> int | None:
    if written[0].isdigit():
        match = re.match(r"[\d.,]+", written)
        if match is None:
            return None
        digits = match.group().replace(",", "")
        factor = 1
        for unit in written[match.end() :]:
            factor *= _UNITS[unit]
        try:
            return round(float(digits) * factor)
        except ValueError:
            return None
    if not any(one in _UNITS for one in written):
        return int("".join(str(_DIGITS[one]) for one in written)) if len(written) <= 8 else None
    return _chinese_value(written)


def _chinese_value(written: str) -> int:
    total = section = digit = 0
    last = 1
    for one in written:
        if one in _DIGITS:
            digit = _DIGITS[one]
        elif _UNITS[one] >= 10_000:
            total = (total + section + digit) * _UNITS[one]
            section = digit = 0
            last = _UNITS[one]
        else:
            section += (digit or 1) * _UNITS[one]
            digit = 0
            last = _UNITS[one]
    if digit and last > 10 and written[-2:-1] != "零":
        digit *= last // 10  # 三万五 is 35,000
    return total + section + digit
