"""One golden example per message and version: valid, complete, and sent where the registry says."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import pytest
import xinfang_contracts
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts import envelope
from xinfang_contracts.channels import address
from xinfang_contracts.export import content_schema, schema_of
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.registry import BY_TYPE, CLOCKS, REGISTRY, Entry, Kind

FOLDER = Path(xinfang_contracts.__file__).parent / "examples"
DISTRICT = "990001"
SEALING = {
    "intake.submit_petition.v1": "content",
    "intake.deposit_document.v1": "content",
    "intake.sealed_petition.v1": "content",
    "intake.submit_sealed.v1": "content",
    "intake.report_up.v1": "content",
    "intake.sealed_file.v1": "content",
    "intake.ask_reporter.v1": "content",
    "intake.add_material.v1": "content",
    "intake.answer_question.v1": "content",
    "intake.record_reception.v1": "content",
    "intake.start_outreach.v1": "content",
    "intake.report_outreach.v1": "content",
    "intake.collect_concern.v1": "content",
    "intake.solve_concern.v1": "content",
    "intake.open_mediation.v1": "content",
    "intake.settle_mediation.v1": "content",
    "intake.fail_mediation.v1": "content",
    "intake.appoint_supervisor.v1": "content",
    "intake.issue_recommendation.v1": "content",
    "intake.answer_recommendation.v1": "content",
    "runtime.dead_letter.v1": "sealed",
}

every_entry = pytest.mark.parametrize("entry", REGISTRY, ids=lambda entry: entry.type)


def read(name: str) -> dict[str, Any]:
    example: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return example


def golden(entry: Entry) -> dict[str, Any]:
    return read(f"{entry.type}.json")


def body_of(example: dict[str, Any]) -> bytes:
    return json.dumps(example["data"], ensure_ascii=False).encode()


def test_each_registered_type_has_exactly_one_example() -> None:
    assert {file.name for file in FOLDER.glob("*.json")} == {f"{type_}.json" for type_ in BY_TYPE}


def test_no_two_entries_share_a_type() -> None:
    assert len(BY_TYPE) == len(REGISTRY)


@every_entry
def test_data_goes_through_the_model_unchanged(entry: Entry) -> None:
    example = golden(entry)
    message = entry.model.model_validate_json(body_of(example))
    assert json.loads(message.model_dump_json(exclude_unset=True)) == example["data"]
    assert entry.model.model_validate_json(message.model_dump_json()) == message


@every_entry
def test_data_satisfies_the_shipped_schema(entry: Entry) -> None:
    schema = schema_of(entry)
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(golden(entry)["data"])


@every_entry
def test_headers_are_those_of_the_envelope(entry: Entry) -> None:
    example = golden(entry)
    read_back, body = envelope.read(example["headers"], body_of(example))
    assert read_back.type == entry.type
    assert read_back.headers() == example["headers"]
    assert json.loads(body) == example["data"]
    assert all(f"{name}{value}".isascii() for name, value in example["headers"].items())


@every_entry
def test_what_is_not_a_command_says_its_time(entry: Entry) -> None:
    assert entry.kind in (Kind.COMMAND, Kind.READ) or "ce-time" in golden(entry)["headers"]


@every_entry
def test_subject_is_the_registrys(entry: Entry) -> None:
    template = re.sub(r"\{(\w+)\}", r"(?P<\1>[a-z0-9_-]+)", address(entry).replace(".", r"\."))
    found = re.fullmatch(template, golden(entry)["subject"], re.IGNORECASE)
    assert found is not None
    assert found["district"] == DISTRICT
    if entry.kind in (Kind.COMMAND, Kind.READ):
        assert found["actor"].split("_")[0] in entry.actors
        assert golden(entry)["subject"] == entry.subject(DISTRICT, found["actor"])
        assert golden(entry)["headers"]["ce-source"] == f"{DISTRICT}.{found['actor']}"
    if entry.kind is Kind.FACT:
        assert golden(entry)["subject"] == entry.subject(DISTRICT)
        assert golden(entry)["headers"]["ce-source"] == entry.owner
    if entry.kind is Kind.METRIC:
        data = golden(entry)["data"]
        assert (found["indicator"], found["period"]) == (data["indicator"], data["period"])
    assert entry.kind is not Kind.CLOCK or found["tick"] in CLOCKS


@pytest.mark.parametrize(("type_", "name"), SEALING.items())
def test_what_is_sealed_is_a_jwe_of_the_promised_algorithms(type_: str, name: str) -> None:
    head, wrapped_key, nonce, ciphertext, tag = golden(BY_TYPE[type_])["data"][name].split(".")
    said = json.loads(unpadded(head))
    assert (said["alg"], said["enc"], said["epk"]["crv"]) == ("ECDH-ES", "A256GCM", "X25519")
    assert (wrapped_key, len(unpadded(nonce)), len(unpadded(tag))) == ("", 12, 16)
    assert unpadded(ciphertext)


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_structured_example_says_the_same_as_the_binary_one() -> None:
    binary, structured = (read(f"{where}intake.submit_petition.v1.json") for where in ("", "structured/"))
    assert structured["subject"] == binary["subject"]
    from_binary = envelope.read(binary["headers"], body_of(binary))
    from_structured = envelope.read(structured["headers"], json.dumps(structured["body"]).encode())
    assert from_structured[0] == from_binary[0]
    assert json.loads(from_structured[1]) == json.loads(from_binary[1])


def test_the_content_example_is_what_a_publisher_may_encrypt() -> None:
    content = read("content/intake.petition_content.v1.json")
    PetitionContent.model_validate_json(json.dumps(content))
    jsonschema.Draft202012Validator(content_schema()).validate(content)


def test_examples_are_of_a_district_that_does_not_exist() -> None:
    for file in FOLDER.rglob("*.json"):
        text = file.read_text(encoding="utf-8")
        # Its own numbers and message ids aside.
        others = r"(?<![\da-f-])(?!990001)\d{6}(?:\d{3})?(?:\d{3})?-(?:[A-Z]-)?\d{4}-"
        assert not re.findall(others, text), file.name
        assert set(re.findall(r"xf\.(\d+)\.", text)) <= {DISTRICT}, file.name
        assert "430406" not in text, file.name


unknown_names = st.text(min_size=1, max_size=12).map(lambda name: f"x_{name}")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
additions = st.dictionaries(unknown_names, json_values, min_size=1, max_size=3)


def grown(value: Any, data: st.DataObject) -> Any:
    """``value`` as a newer writer might send it: any object has fields that this version does not know."""
    if isinstance(value, list):
        return [grown(one, data) for one in value]
    if not isinstance(value, dict):
        return value
    known = {name: grown(one, data) for name, one in value.items()}
    return known | data.draw(additions)


@given(entry=st.sampled_from(REGISTRY), data=st.data())
def test_a_newer_writers_additions_change_nothing_for_this_reader(entry: Entry, data: st.DataObject) -> None:
    example = golden(entry)["data"]
    newer = json.dumps(grown(example, data))
    assert entry.model.model_validate_json(newer) == entry.model.model_validate_json(json.dumps(example))
    jsonschema.Draft202012Validator(schema_of(entry)).validate(json.loads(newer))
