"""Names, surnames and posts of the accused, as a text gives them or a field of its own."""

import re
from collections.abc import Iterator

from .places import ORGAN, PLACE
from .told import Told, is_han
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
_OFFICE = re.compile("[园院校店室科处社委部行组]")
"""What a name may follow, though it names no place of its own."""
_MASKED = re.compile(r"某{1,2}|[x*○×]{1,3}")


def read_given(name: str, found: Told) -> None:
    """Take what stands in a field for the accused's name."""
    for one in re.split(r"[、,，;；/]", name):
        post = _POST.search(one)
        if post:
            found.posts.append(_class_of(post.group()))
            one = one.replace(post.group(), "", 1).replace("副", "").rstrip("姓")
        if one[:1] in "老小阿" and len(one) == 2:
            one = one[1:]
        if not (len(one) <= 4 and (one[:1] in SURNAMES or (post is None and len(one) in (2, 3)))):
            continue
        if not one or not all(map(is_han, one.rstrip("x*○×"))):
            continue
        found.surnames.append(one[0])
        if 2 <= len(one) <= 4 and not _MASKED.search(one):
            found.names.append(one)
            found.own.add(one)


def read_posts(found: Told) -> None:
    """Take posts, and the names that stand beside them."""
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
    if text[at + 1] in _NOT_GIVEN or not is_han(text[at + 1]):
        return False
    name = _longest(text, at)
    if name in everyday() or name[:2] in everyday() or name[:2] in matters():
        return False
    after = text[at + len(name) : at + len(name) + 1]
    if not surely and is_han(after) and after not in _AFTER_NAME and text.count(name) == 1:
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
    if len(three) < 3 or not is_han(three[2]):
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


def read_bare_names(found: Told) -> None:
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
    for pattern in (PLACE, ORGAN, _OFFICE):
        for match in pattern.finditer(text):
            yield match.end()
            if text[match.end() : match.end() + 1] == "的":
                yield match.end() + 1
    yield 0
