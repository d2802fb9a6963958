"""What a text tells by rules: names of the accused, surnames, posts, places, numbers. In memory only."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .formulas import without_formulas
from .sounds import simplified
from .words import everyday, matters

SURNAMES = frozenset(
    "水王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱丘江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施"
    "文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛"
    "曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏"
    "席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐"
    "冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索"
    "宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利"
    "于呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"
)
"""Given by frequency; the rare ones are those that the first hundreds of the census list have."""
_COMMON_WORDS = frozenset(
    "安全和平方明来都原来时国公国强利由平计信相门来那海南权全公居但干元位区花满支官车强富连向应成万解和包常任何高关于白石方文路管师成都农党"
)
"""Characters that are a surname far more rarely than a word: they count only where a post stands beside them."""
_TITLES = {
    "secretary": "村支书 党支部书记 支部书记 总支书记 党委书记 党工委书记 支书 书记 书计 一把手",
    "head": "村委会主任 村主任 居委会主任 主任 村长 主仁",
    "treasurer": "出纳 会计 报账员 财务 文书 村秘书 秘书",
    "group": "组长 小组长 队长 社长 网格长 网格员 楼栋长",
    "women": "妇女主任 妇联主席 妇联",
    "guard": "治保主任 民兵营长 营长 治安员 综治专干 护林员 巡山员 协管员 保安 辅警 民警 警官",
    "clerk": "专干 民政专干 干事 工作人员 办事员 科员 干部 村干部 职工 委员 党委委员 支委 村委 "
    "农技员 监督员 抄表员 电工 接线员 同志",
    "town": "镇长 乡长 副镇长 镇党委 区长 县长 主席",
    "chief": "局长 科长 所长 站长 处长 副局长 副科长 股长 会长 馆长 台长 院长 园长 校长 场长 厂长 "
    "大队长 中队长 护士长 部长 党组书记",
    "boss": "经理 总经理 董事长 总裁 副总 老板 负责人 项目经理 厂长 法人",
    "teacher": "老师 教师 教练 教导主任 总务主任 班主任 师傅 司机",
    "doctor": "医生 大夫 村医 医师 护士",
}
POSTS = {word: code for code, words in _TITLES.items() for word in words.split()}
_POST = re.compile(
    "|".join(sorted(map(re.escape, POSTS), key=len, reverse=True))
    + "|(?<=副)[馆站所队院厂场局校园处科股组]长|[一-鿿]{2}员(?![工会们])"
)
_WEAK = frozenset({"clerk", "boss"})
"""After these words a name stands less often than something else."""
_AFTER_NAME = frozenset(
    "把将利在以用从因为对向收私违长身担同与和及的等伙让给多挪等虚借霸占截克扣贪侵开要是有也就说讲却又都不没被去来到拖每涉伤"
    "上下拿吃喝打骂欺滥擅任带组经常年与其个已未只竟还想办卖买租骗套冒做当指叫请报私之所现这那阻泄硬港喊数咯哒们他她"
)
"""What comes after a name of two characters: the third one is then none of it."""
_NOT_GIVEN = frozenset(
    "的了是在把将我你他她们这那不没有一二三四五六七八九十个人家民社区村组书记主任某等向对和与或及以员长"
)
_PLACE = re.compile("村民委员会|村委会|村民小组|居民委员会|居委会|社区|管理处|街道|村|镇|乡|小区|农场|林场")
_ORGAN = re.compile(
    "卫生服务中心|服务中心|服务站|中学|小学|学校|学院|大学|医院|卫生院|卫生室|幼儿园|公司|集团|基金会|协会|合作社|银行|驾校"
    "|大队|工程队|供销社|残联|残疾人联合会|部门|中心|局|所|站|厂|场|队|馆"
)
_BEGINNING = 30
"""Where a text says whom it is about; organs that it names later are others: a supplier, a school nearby."""
_OFFICE = re.compile("[园院校店室科处社委部行组]")
"""What a name may follow, though it names no place of its own."""
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
_MASKED = re.compile(r"某{1,2}|[x*○×]{1,3}")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*[十百佰千仟万亿]{0,2}|[零〇一二三四五六七八九十两俩百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]{2,}"
)


@dataclass(slots=True)
class Told:
    """What a petition says of whom and where. Everything in simplified characters.

    names: full names of who seems to be accused; perhaps: what may be one, but no post stands beside it; surnames:
    theirs, and those of masked names; places: cores of villages and communities; organs: of other bodies; own: pieces
    of text that are none of the matter.
    """

    simple: str
    names: list[str] = field(default_factory=list)
    perhaps: list[str] = field(default_factory=list)
    surnames: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    organs: list[str] = field(default_factory=list)
    own: set[str] = field(default_factory=set)


def told(text: str, accused: list[tuple[str | None, str | None]]) -> Told:
    """Read a text, and beside it names and organisations where the sender gave them in fields of their own."""
    found = Told(without_formulas(simplified(text)))
    for name, organisation in accused:
        if name:
            _read_given(simplified(name), found)
        if organisation:
            _read_places(simplified(organisation), found)
    _read_posts(found)
    _read_places(found.simple, found)
    _read_bare_names(found)
    for kept in (found.names, found.perhaps, found.surnames, found.posts, found.places, found.organs):
        kept[:] = list(dict.fromkeys(kept))[:6]
    return found


def _read_given(name: str, found: Told) -> None:
    for one in re.split(r"[、,，;；/]", name):
        post = _POST.search(one)
        if post:
            found.posts.append(_class_of(post.group()))
            one = one.replace(post.group(), "", 1).replace("副", "").rstrip("姓")
        if one[:1] in "老小阿" and len(one) == 2:
            one = one[1:]
        if not (len(one) <= 4 and (one[:1] in SURNAMES or (post is None and len(one) in (2, 3)))):
            continue
        if not one or not all(map(_is_han, one.rstrip("x*○×"))):
            continue
        found.surnames.append(one[0])
        if 2 <= len(one) <= 4 and not _MASKED.search(one):
            found.names.append(one)
            found.own.add(one)


def _read_posts(found: Told) -> None:
    text = found.simple
    for match in _POST.finditer(text):
        post, start, end = match.group(), match.start(), match.end()
        found.own.add(post)
        found.posts.append(_class_of(post))
        if end < len(text) and text[end] in "叫是：:（(“":
            end += 1
        if not _take_name(text, end, found, beside_post=True, surely=found.posts[-1] not in _WEAK):
            _take_name_before(text, start, found)


def _class_of(post: str) -> str:
    return POSTS.get(post, "chief" if post.endswith("长") else "clerk")


def _take_name(text: str, at: int, found: Told, *, beside_post: bool, surely: bool = True) -> bool:
    """A name that begins at ``at``: 王某, 王建国, 王样."""
    if at + 1 >= len(text) or text[at] not in SURNAMES or (not beside_post and text[at] in _COMMON_WORDS):
        return False
    if _MASKED.match(text, at + 1):
        found.surnames.append(text[at])
        found.own.add(text[at : at + 2])
        return True
    if text[at + 1] in _NOT_GIVEN or not _is_han(text[at + 1]):
        return False
    name = _longest(text, at)
    if name in everyday() or name[:2] in everyday() or name[:2] in matters():
        return False
    after = text[at + len(name) : at + len(name) + 1]
    if not surely and _is_han(after) and after not in _AFTER_NAME and text.count(name) == 1:
        return False
    if not beside_post:
        found.perhaps.append(name)
    else:
        found.names.append(name)
        found.surnames.append(name[0])
    found.own.add(name)
    return True


def _longest(text: str, at: int) -> str:
    two, three = text[at : at + 2], text[at : at + 3]
    if len(three) < 3 or not _is_han(three[2]):
        return two
    if text.count(three) > 1 and three[2] not in _AFTER_NAME:
        return three
    return two if three[2] in _AFTER_NAME or text.count(two) > text.count(three) else three


def _take_name_before(text: str, end: int, found: Told) -> None:
    """王书记, 王建国书记, 王建国(书记)."""
    if text[end - 1 : end] in ("(", "（"):
        end -= 1
    if end >= 3 and text[end - 3] in SURNAMES and text[end - 3] not in _COMMON_WORDS and text[end - 3 : end].isalpha():
        rest = text[end - 2 : end]
        if not any(one in _NOT_GIVEN or one in _AFTER_NAME or one == "副" for one in rest):
            found.names.append(text[end - 3 : end])
            found.surnames.append(text[end - 3])
            found.own.add(text[end - 3 : end])
            return
    if end >= 1 and text[end - 1] in SURNAMES and text[end - 1] not in "区公":
        found.surnames.append(text[end - 1])
        found.own.add(text[end - 1])
    elif end >= 2 and text[end - 1] == "副" and text[end - 2] in SURNAMES:
        found.surnames.append(text[end - 2])


_SPOKEN = re.compile(
    "姓([一-鿿])|(?<![一-鿿])(?:老|小|阿)([一-鿿])(?=[，。,在把说的也])|([一-鿿])某|(?<=[名位个])([一-鿿])姓"
)


def _read_bare_names(found: Told) -> None:
    """Where no post stands beside a name: at the beginning, after a place, after 举报."""
    text = found.simple
    for match in _SPOKEN.finditer(text):
        surname = next(one for one in match.groups() if one)
        if surname in SURNAMES:
            found.surnames.append(surname)
    for at in _likely_starts(text):
        if _take_name(text, at, found, beside_post=False) and len(found.perhaps) > 3:
            return


def _likely_starts(text: str) -> Iterator[int]:
    for match in re.finditer("举报|反映|检举|控告|关于", text):
        yield match.end()
    for pattern in (_PLACE, _ORGAN, _OFFICE):
        for match in pattern.finditer(text):
            yield match.end()
            if text[match.end() : match.end() + 1] == "的":
                yield match.end() + 1
    yield 0


def _read_places(text: str, found: Told) -> None:
    for match in _PLACE.finditer(text):
        core = _core(text, match.start(), match.group())
        if core:
            found.places.append(core)
            found.own.update((core + match.group(), core))
    for match in _ORGAN.finditer(text):
        core = _core(text, match.start(), match.group())
        if core and match.start() < _BEGINNING:
            found.organs.append(core[-2:] + match.group()[:1])
            found.own.add(core + match.group())


def _core(text: str, end: int, suffix: str) -> str | None:
    """The two to four characters that name a place: 珠江桥 of 我是珠江桥社区的."""
    start = end
    while start > 0 and end - start < 4 and _is_han(text[start - 1]) and text[start - 1] not in _CUT:
        start -= 1
    if end - start == 1 and start > 0 and text[start - 1] in _ALSO_FIRST:
        start -= 1
    core = text[start:end]
    if core in _GENERIC or core[-2:] in _GENERIC:
        return None
    if len(core) >= 2:
        return core
    return core + suffix[0] if len(core) == 1 and core not in "农老新邻外派" else None


def _is_han(one: str) -> bool:
    return bool(one) and "一" <= one <= "鿿"


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
