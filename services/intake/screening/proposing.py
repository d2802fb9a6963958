"""Screening: what rules propose of a petition, and why. Functions of values.

A proposal is for a clerk, who decides; it gives its rule, the article and codes of what was found, never a word of the
petition. Words are looked for in one pass of one pattern, because every petition is looked at as it comes in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xinfang_contracts.district import District, Screening, TermGroup
from xinfang_contracts.intake import PetitionContent, Referral, TransferDown
from xinfang_contracts.message import Category, Rank
from xinfang_contracts.proposal import Matter, Proposal
from xinfang_contracts.subclasses import SUB_CLASSES

ARTICLES = {
    "own_level": "规则11",
    "higher_post_named": "规则15",
    "lower_level": "规则16",
    "lower_unit": "规则16",
    "litigation": "规则13(1)",
    "other_organ": "规则13(2)",
    "receiver_of_matter": "规则13",
    "nothing_concrete": "规则13(3)",
    "something_concrete": "规则13(3)",
    "name_and_contact": "规则24",
    "no_name": "规则24",
    "no_contact": "规则24",
    "not_a_name": "规则30",
    "discipline": "规则4(1)",
    "duty_crime": "规则4(2)",
    "other_offence": "规则4(3)",
    "rank_given": "规则11",
    "rank_by_post": "规则11",
}
"""Every rule, and the article it rests on."""
_DUTY = (Category.BRIBERY, Category.DERELICTION, Category.OTHER_DUTY)
# What each may begin with is looked for first: most places of a text begin nothing, and that is the cheapest to know;
# \d among other characters would make it three times as dear.
_TIME = re.compile(
    r"(?=[0-9０-９去前今上本昨一二三四五六七八九十早晚下])"
    r"(?:\d\s*[年月日号点]|去年|前年|今年|上个?月|本月|昨天|前天|[一二三四五六七八九十]月|[早晚下上][上午])"
)
_AMOUNT = re.compile(
    r"(?=[0-9０-９一二三四五六七八九十百千几两])"
    r"(?:\d[\d.,]*\s*[元万块亩斤吨桌户只头棵平套公笔个倍成]|[一二三四五六七八九十百千几两][元万块千百亩])"
)
_PLACE = re.compile(r"[村镇路]|社区|街道|小区|[局校院厂]")


@dataclass(frozen=True, slots=True)
class Terms:
    """A district's words, ready to be looked for: one pattern, and the group of each word."""

    pattern: re.Pattern[str]
    groups: dict[str, TermGroup]
    by_code: dict[str, TermGroup]
    order: dict[str, int]
    higher: tuple[str, ...]
    signatures: tuple[str, ...]

    def found(self, text: str) -> Counter[str]:
        """How often each group is met in a text, by the group's code."""
        return Counter([self.groups[word].code for word in self.pattern.findall(text)])


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules have seen of one petition before they propose."""

    content: PetitionContent
    district: District
    terms: Terms
    groups: Sequence[TermGroup]
    official: bool
    rank: Rank | None
    rank_is_given: bool
    higher: bool

    @property
    def elsewhere(self) -> list[TermGroup]:
        """The groups of another organ's remit that were met, the most frequent first."""
        return [one for one in self.groups if one.remit is not None]

    @property
    def classes(self) -> list[TermGroup]:
        """The groups of a category that were met, the most frequent first."""
        return [one for one in self.groups if one.category is not None]

    @property
    def lower_unit(self) -> str | None:
        """The lower organ's unit, where there is one that is not the accused's own."""
        town = self.district.town_of(self.content.village)
        tied = {accused.unit for accused in self.content.accused}
        return next((unit.code for unit in self.district.units_of_town(town) if unit.code not in tied), None)


def propose(content: PetitionContent, district: District) -> list[Proposal]:
    """What the rules propose, matter by matter; nothing on a matter of which they know nothing."""
    seen = look(content, district)
    return [*_remit(seen), _substance(seen), _real_name(seen), *_category(seen), *_rank(seen)]


def look(content: PetitionContent, district: District) -> Seen:
    """Read a petition once, for all rules."""
    terms = terms_of(district)
    text = content.text
    posts = " ".join(f"{one.organisation or ''} {one.post or ''}" for one in content.accused)
    found = terms.found(text)
    by_post = [terms.groups[word] for word in terms.pattern.findall(posts)]
    ranks = [one.rank for one in by_post if one.rank is not None]
    given = [one.rank for one in content.accused if one.rank is not None]
    ordered = sorted(found, key=lambda code: (-found[code], terms.order[code]))
    return Seen(
        content=content,
        district=district,
        terms=terms,
        groups=[terms.by_code[code] for code in ordered],
        official=bool(ranks)
        or any(one.unit for one in content.accused)
        or any(rank is not Rank.VILLAGE_OR_OTHER for rank in given),
        rank=_highest(given or ranks),
        rank_is_given=bool(given),
        higher=any(post in text for post in terms.higher),
    )


_RANKS = {rank: place for place, rank in enumerate(Rank)}


def _highest(ranks: Iterable[Rank]) -> Rank | None:
    return min(ranks, key=_RANKS.__getitem__, default=None)


# -- the rules, a matter each ----------------------------------------------------------------------------------------


def _remit(seen: Seen) -> list[Proposal]:
    """Whose it is (规则11, 13, 15, 16), and for another's, who is to have it."""
    elsewhere = seen.elsewhere
    if seen.higher:
        return [_proposal(Matter.REMIT, "higher", "higher_post_named", ("higher_post",))]
    if elsewhere and not seen.official:
        first = elsewhere[0]
        remit, rule = ("courts", "litigation") if first.remit == "courts" else ("other_organ", "other_organ")
        codes = tuple(one.code for one in elsewhere)
        proposals = [_proposal(Matter.REMIT, remit, rule, (*codes, "no_official"))]
        receiver = seen.district.screening.receivers.get(first.code)
        if receiver is not None:
            proposals.append(_proposal(Matter.RECEIVER, receiver, "receiver_of_matter", (first.code,)))
        return proposals
    unit = seen.lower_unit
    if seen.official and unit is not None and seen.rank in seen.district.screening.lower_ranks:
        reasons = ("lower_rank", "town_known")
        return [
            _proposal(Matter.REMIT, "lower", "lower_level", reasons),
            _proposal(Matter.RECEIVER, unit, "lower_unit", ("town_known",)),
        ]
    return [_proposal(Matter.REMIT, "own", "own_level", ("official",) if seen.official else ("nothing_elsewhere",))]


def _substance(seen: Seen) -> Proposal:
    """规则13(3): without time, amount or a doing of somebody, only a violation is named."""
    text = seen.content.text
    facets = {
        "time": _TIME.search(text) is not None,
        "amount": _AMOUNT.search(text) is not None,
        "doing": any(one.rank is None for one in seen.groups),
        "person": any(one.name or one.post for one in seen.content.accused),
        "place": seen.content.village is not None or _PLACE.search(text) is not None,
    }
    present = [name for name, is_there in facets.items() if is_there]
    concrete = facets["time"] + facets["amount"] + (facets["doing"] and (facets["person"] or facets["place"]))
    if concrete:
        return _proposal(Matter.SUBSTANCE, "concrete", "something_concrete", tuple(present))
    missing = tuple(f"no_{name}" for name, is_there in facets.items() if not is_there)
    return _proposal(Matter.SUBSTANCE, "no_substance", "nothing_concrete", missing)


def _real_name(seen: Seen) -> Proposal:
    """规则24, 30: a name and a way to reach who bears it; whether it is real, the office asks."""
    reporter = seen.content.reporter
    name = (reporter.name or "").strip() if reporter else ""
    if not name:
        return _proposal(Matter.REAL_NAME, "anonymous", "no_name", ("no_name",))
    if any(word in name for word in seen.terms.signatures):
        return _proposal(Matter.REAL_NAME, "anonymous", "not_a_name", ("signature_only",))
    if not reporter or not (reporter.contact or "").strip():
        return _proposal(Matter.REAL_NAME, "anonymous", "no_contact", ("no_contact",))
    return _proposal(Matter.REAL_NAME, "candidate", "name_and_contact", ("name", "contact"))


def _category(seen: Seen) -> list[Proposal]:
    """规则4: the class that is met most often; of its sub-classes, the first that is open to the accused's rank."""
    classes = seen.classes
    if not classes or classes[0].category is None:
        return []
    category = classes[0].category
    same = [one for one in classes if one.category is category]
    rule = "duty_crime" if category in _DUTY else "other_offence" if category is Category.OTHER else "discipline"
    proposals = [_proposal(Matter.CATEGORY, category, rule, tuple(one.code for one in same))]
    for one in same:
        if one.sub_class is not None and (seen.rank is None or seen.rank in SUB_CLASSES[one.sub_class].ranks):
            return [*proposals, _proposal(Matter.SUB_CLASS, one.sub_class, rule, (one.code,))]
    return proposals


def _rank(seen: Seen) -> list[Proposal]:
    """As it was given, the highest of several; else by the post."""
    if seen.rank is None:
        return []
    rule = "rank_given" if seen.rank_is_given else "rank_by_post"
    return [_proposal(Matter.RANK, seen.rank, rule, ("given",) if seen.rank_is_given else ("post",))]


@lru_cache(maxsize=4096)
def _proposal(matter: Matter, value: str, rule: str, reasons: tuple[str, ...]) -> Proposal:
    """The same few come again and again, and validating one costs more than finding it."""
    return Proposal(matter=matter, value=value, rule=rule, article=ARTICLES[rule], reasons=list(reasons))


# -- what a rule may decide alone ------------------------------------------------------------------------------------


def decide_alone(proposals: Sequence[Proposal], district: District) -> TransferDown | Referral | None:
    """The decision that the district file leaves to a rule, when nothing speaks against it; else None."""
    by_matter = {one.matter: one for one in proposals}
    remit, receiver = by_matter[Matter.REMIT], by_matter.get(Matter.RECEIVER)
    if remit.value not in district.remit.auto or receiver is None:
        return None
    if by_matter[Matter.SUBSTANCE].value != "concrete":
        return None
    if remit.value == "lower":
        rank = by_matter.get(Matter.RANK)
        is_clear = rank is not None and rank.rule == "rank_given"
        return TransferDown(unit=receiver.value, basis=remit.article) if is_clear else None
    # One matter and no word of a discipline: with either, somebody must look.
    is_clear = len(remit.reasons) == 2 and Matter.CATEGORY not in by_matter
    return Referral(receiver=receiver.value, basis=remit.article) if is_clear else None


# -- words -----------------------------------------------------------------------------------------------------------

_KNOWN: dict[str, Terms] = {}


def terms_of(district: District) -> Terms:
    """Made once for each revision."""
    if district.revision not in _KNOWN:
        _KNOWN[district.revision] = _terms(district.screening, district.remit.posts)
    return _KNOWN[district.revision]


def _terms(screening: Screening, higher: Sequence[str]) -> Terms:
    groups = {word: group for group in reversed(screening.terms) for word in group.words}
    return Terms(
        pattern=_any_of(groups),
        groups=groups,
        by_code={group.code: group for group in screening.terms},
        order={group.code: place for place, group in enumerate(screening.terms)},
        higher=tuple(higher),
        signatures=tuple(screening.signatures),
    )


_TOGETHER = 32
"""First characters that are told apart one after another; before that, one look tells whether it is any of them."""


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """One pattern of many words, those of one first character together, so that little is tried at each place.

    Two characters are looked at first: of a text's places one in ten passes. Five times as fast as the words alone.
    """
    by_first: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda one: (-len(one), one)):
        by_first.setdefault(word[0], []).append(word[1:])
    if not by_first:
        return re.compile(r"(?!)")
    firsts = list(by_first)
    parts = [
        f"(?={_one_of(some)})(?:{'|'.join(_beginning(first, by_first[first]) for first in some)})"
        for some in (firsts[place : place + _TOGETHER] for place in range(0, len(firsts), _TOGETHER))
    ]
    rests = [rest for some in by_first.values() for rest in some]
    second = _one_of(rest[0] for rest in rests) if all(rests) else ""
    return re.compile(f"(?={_one_of(firsts)}{second})(?:{'|'.join(parts)})")


def _beginning(first: str, rests: Iterable[str]) -> str:
    return f"{re.escape(first)}(?:{'|'.join(map(re.escape, rests))})"


def _one_of(characters: Iterable[str]) -> str:
    return f"[{''.join(sorted({re.escape(one) for one in characters}))}]"
