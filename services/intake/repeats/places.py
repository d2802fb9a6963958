"""Villages, communities and other bodies that a text names: their cores."""

import re

from .told import Told, is_han

PLACE = re.compile("村民委员会|村委会|村民小组|居民委员会|居委会|社区|管理处|街道|村|镇|乡|小区|农场|林场")
ORGAN = re.compile(
    "卫生服务中心|服务中心|服务站|中学|小学|学校|学院|大学|医院|卫生院|卫生室|幼儿园|公司|集团|基金会|协会|合作社|银行|驾校"
    "|大队|工程队|供销社|残联|残疾人联合会|部门|中心|局|所|站|厂|场|队|馆"
)
_BEGINNING = 30
"""Where a text says whom it is about; organs that it names later are others: a supplier, a school nearby."""
_CUT = frozenset(
    "我你他她它们的了是在把将向对到给为和与及或被从由让叫有本该某各全这那哪里外去来住现任原后区县市省镇乡办报访映告控"
    "检诉请示关于说称据经就也都还没不一二三四五六七八九十个名位户条间座做过回以至之其俺咱号话信件众"
)
_ALSO_FIRST = frozenset("一三四五六七八九十前后中东西南北上下大小新")
"""What cuts a name off in most places but begins some: 五星村, 三塘镇."""
_GENERIC = frozenset(
    [
        "人民",
        "居民",
        "村民",
        "农民",
        "市民",
        "老旧",
        "自己",
        "小小",
        "公共",
        "周边",
        "附近",
        "未召",
        "收受",
        "养老",
        "移民",
        "扶贫",
        "基层",
        "上级",
        "卫生",
        "老年",
        "幼儿",
        "儿园",
        "服务",
        "公司",
        "工作",
        "管理",
        "检查",
        "纪检",
        "监督",
        "收费",
        "专项",
        "投诉",
        "现场",
        "市场",
        "监管",
    ]
)
"""What comes before such a word and yet names no place."""


def read_places(text: str, found: Told) -> None:
    """Take the places and organs of a text."""
    for match in PLACE.finditer(text):
        core = _core(text, match.start(), match.group())
        if core:
            found.places.append(core)
            found.own.update((core + match.group(), core))
    for match in ORGAN.finditer(text):
        core = _core(text, match.start(), match.group())
        if core and match.start() < _BEGINNING:
            found.organs.append(core[-2:] + match.group()[:1])
            found.own.add(core + match.group())


def _core(text: str, end: int, suffix: str) -> str | None:
    """The two to four characters that name a place: 珠江桥 of 我是珠江桥社区的."""
    start = end
    while start > 0 and end - start < 4 and is_han(text[start - 1]) and text[start - 1] not in _CUT:
        start -= 1
    if end - start == 1 and start > 0 and text[start - 1] in _ALSO_FIRST:
        start -= 1
    core = text[start:end]
    if core in _GENERIC or core[-2:] in _GENERIC:
        return None
    if len(core) >= 2:
        return core
    return core + suffix[0] if len(core) == 1 and core not in "农老新邻外派" else None
