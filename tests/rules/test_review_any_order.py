"""Review, whatever comes: opinions, returns, repeats, strangers, wrong versions, in any order, with any ties."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from xinfang_contracts.district import District, Unit
from xinfang_contracts.review import CaseConcluded, CaseSettled, OpinionGiven, ReportReturned, ReportSubmitted

from services.review.chain import reviewers
from services.review.state import Awaiting, Concluded, UnderReview
from services.runtime.rules import Refused
from tests.rules.given import facts
from tests.rules.stories import Story, ties

ANYBODY = st.tuples(
    st.sampled_from(["reports", "agrees", "returns", "settles"]), st.integers(0, 99), st.integers(-1, 1)
)
A_REVIEWER = st.tuples(st.sampled_from(["agrees", "returns"]), st.integers(-9, -1), st.just(0))
WHO_IS_NEXT = st.tuples(st.sampled_from(["goes on", "goes on", "goes on", "sends back", "is assigned again"]))
DEEDS = st.lists(ANYBODY | A_REVIEWER | WHO_IS_NEXT | WHO_IS_NEXT, max_size=30)


class Whatever(Story):
    """A case to which anything happens; knows by itself who must be heard, and checks that nobody else is."""

    def __init__(self, district: District, unit: Unit, excluded: set[str]) -> None:
        super().__init__(unit.code, district, sorted(excluded))
        self.excluded = excluded
        self.demanded = [actor for step in reviewers(district, unit, excluded) for actor in step]
        self.everybody = [*district.actors(), "partner_stranger", "", *self.demanded]
        self.version = 1

    def happens(self, what: str, who: int = 0, off: int = 0) -> None:
        actor, version = self.everybody[who % len(self.everybody)], max(1, self.version + off)
        match what:
            case "reports":
                self.somebody_reports(actor, version)
            case "agrees" | "returns":
                self.somebody_speaks(actor, version, what == "returns")
            case "settles":
                self.settlement(actor)
            case "is assigned again":
                self.hear(self.given)
            case "goes on" | "sends back":
                self.who_is_next_acts(what == "sends back")

    def who_is_next_acts(self, back: bool = False) -> None:
        if isinstance(self.state, Awaiting):
            self.somebody_reports(self.unit, self.version)
        elif isinstance(self.state, UnderReview):
            self.somebody_speaks(self.whose_turn()[-1], self.version, back)

    def somebody_reports(self, actor: str, version: int) -> None:
        is_awaited = isinstance(self.state, Awaiting) and (actor, version) == (self.unit, self.version)
        assert bool(facts(self.report(version, actor or "nobody"))) is is_awaited

    def somebody_speaks(self, actor: str, version: int, back: bool) -> None:
        is_heard = version == self.version and actor in self.whose_turn()
        assert bool(facts(self.opinion(actor, version, back=back))) is is_heard
        self.version += is_heard and back

    def whose_turn(self) -> list[str]:
        answers = {actor: self.would_say(actor, self.version) for actor in self.demanded}
        return [actor for actor, answer in answers.items() if not isinstance(answer[0], Refused)]

    def somebody_is_next_until_it_is_concluded(self) -> None:
        assert bool(self.whose_turn()) is isinstance(self.state, UnderReview)
        assert isinstance(self.state, Awaiting | UnderReview | Concluded)

    def one_voice_each_on_a_version_and_none_tied(self) -> None:
        voices = [(one.version, one.actor) for one in self.said if isinstance(one, OpinionGiven | ReportReturned)]
        assert len(set(voices)) == len(voices)
        assert {actor for _, actor in voices} <= {*self.demanded} - self.excluded - {self.unit}

    def concluded_with_every_voice_on_the_last_version(self) -> None:
        (fact,) = (one for one in self.said if isinstance(one, CaseConcluded))
        agreed = [one for one in self.said if isinstance(one, OpinionGiven) and one.version == fact.version]
        submitted = [one.version for one in self.said if isinstance(one, ReportSubmitted)]
        returned = [one.version for one in self.said if isinstance(one, ReportReturned)]
        assert sorted(one.actor for one in agreed) == sorted(self.demanded)
        assert [one.step for one in agreed] == sorted(one.step for one in agreed)
        assert submitted == [*returned, fact.version] == list(range(1, self.version + 1))
        assert sum(isinstance(one, CaseSettled) for one in self.said) <= 1


@given(ties(), DEEDS)
@settings(deadline=None, max_examples=60)
def test_whatever_comes_a_case_is_concluded_by_all_its_voices_and_by_no_other(
    drawn: tuple[District, Unit, set[str]], deeds: list[tuple[Any, ...]]
) -> None:
    case = Whatever(*drawn)
    for deed in [*deeds, *[("goes on",)] * (1 + len(case.demanded))]:
        case.happens(*deed)
        case.somebody_is_next_until_it_is_concluded()
        case.one_voice_each_on_a_version_and_none_tied()
    case.concluded_with_every_voice_on_the_last_version()
