"""The benchmark itself: all three systems take the same load through to the same end. Nothing is timed here."""

from services.bench.run import SYSTEMS, run

PETITIONS = 300


def test_all_three_systems_bring_every_petition_to_its_predicted_end() -> None:
    # `run` raises when a fact, notice or indicator is missing, refused, buried or there twice.
    found = run(PETITIONS, show=False, latency=False)
    assert found["n"] == PETITIONS
    assert {"petitions_per_s", "share_of_floor", "times_plain_faststream", "p50_ms", "p99_ms"} <= found.keys()
    systems = found["systems"]
    assert isinstance(systems, dict)
    assert {name: one["petitions"] for name, one in systems.items()} == dict.fromkeys(SYSTEMS, PETITIONS)
