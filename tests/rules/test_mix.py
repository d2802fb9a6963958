"""The benchmark's load knows beforehand which unit routing will choose."""

from joserfc.jwk import OKPKey
from xinfang_contracts.intake import Acceptance, ScreenPetition
from xinfang_contracts.pressing import LeaderNamed
from xinfang_contracts.routing import CaseAssigned

from services.bench.mix import Writer
from services.intake.decide import Facts as IntakeFacts
from services.intake.decide import screen
from services.intake.state import Registered
from services.routing.decide import assign
from services.routing.facts import Facts
from tests.rules.given import NOW, YANFENG, facts, traits


def test_routing_chooses_the_unit_that_the_load_expects() -> None:
    writer = Writer(YANFENG, OKPKey.generate_key("X25519"))
    for serial in range(1, 1_600, 3):
        number = f"430406-2023-{serial:06d}"
        decision = writer._decision("accept", serial)
        assert isinstance(decision, Acceptance)
        message = ScreenPetition(petition=number, decision=decision)
        clerk = IntakeFacts(YANFENG, writer.petition_office, number)
        accepted = facts(screen(Registered(traits=traits()), message, clerk, now=NOW))[0]
        outputs = assign(None, accepted, Facts(YANFENG), now=NOW)  # type: ignore[arg-type]
        fact, *named = facts(outputs)
        assert isinstance(fact, CaseAssigned)
        assert fact.unit == writer._unit(serial).code
        if decision.first_time:
            assert len(outputs) == 2, "one fact, one notice"
        else:
            assert [type(one) for one in named] == [LeaderNamed]
