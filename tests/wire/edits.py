"""Edits of the shipped schemas: those that break a neighbour, with rule and place, and those that do not."""

import copy
from collections.abc import Callable
from typing import Any

from xinfang_contracts.export import schemas
from xinfang_contracts.shapes import pointed

SHIPPED = schemas()
Json = dict[str, Any]
SPELT = {
    "ref": "$ref",
    "open_enum": "x-open-enum",
    "told": "x-xinfang-told",
    "actors": "x-xinfang-actors",
    "kind": "x-xinfang-kind",
}
Edit = Callable[[Json], None]

SUBMIT, SCREEN, CONTENT = (
    "intake.submit_petition.v1",
    "intake.screen_petition.v1",
    "intake.petition_content.v1",
)
REPORT, REGISTERED, REFUSED = (
    "review.submit_report.v1",
    "intake.petition_registered.v1",
    "intake.command_refused.v1",
)
DECLARED, CONCLUDED, METRIC = (
    "intake.district_declared.v1",
    "review.case_concluded.v1",
    "metrics.indicator_value.v1",
)
ASSIGNED, DEAD = "routing.case_assigned.v1", "runtime.dead_letter.v1"


def at(where: str, **keywords: Any) -> Edit:
    """Set keywords of the node at a pointer; None takes one away."""

    def edit(schema: Json) -> None:
        node: Any = schema
        for part in where.split("/") if where else ():
            node = node[int(part)] if isinstance(node, list) else node[part]
        for said, value in keywords.items():
            name = SPELT.get(said, said)
            if value is None:
                del node[name]
            else:
                node[name] = value

    return edit


def gone(where: str, name: str) -> Edit:
    """Take a field away, and its name out of those required."""

    def edit(schema: Json) -> None:
        node = pointed(f"#/{where}" if where else "#", schema)
        del node["properties"][name]
        if name in node.get("required", []):
            node["required"].remove(name)

    return edit


def required(where: str, *names: str) -> Edit:
    def edit(schema: Json) -> None:
        pointed(f"#/{where}" if where else "#", schema)["required"].extend(names)

    return edit


def optional(where: str, name: str) -> Edit:
    return lambda schema: pointed(f"#/{where}" if where else "#", schema)["required"].remove(name)


def without_branch(schema: Json) -> None:
    del schema["properties"]["decision"]["oneOf"][3]


def with_branch(schema: Json) -> None:
    schema["$defs"]["Visit"] = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"const": "visit", "type": "string"}},
    }
    schema["properties"]["decision"]["oneOf"].append({"$ref": "#/$defs/Visit"})


def renamed(schema: Json) -> None:
    schema["$defs"]["Finding"] = schema["$defs"].pop("Outcome")
    schema["properties"]["outcome"]["$ref"] = "#/$defs/Finding"


def all_edits(*edits: Edit) -> Edit:
    def edit(schema: Json) -> None:
        for one in edits:
            one(schema)

    return edit


NOT_NULL = {"type": "string", "pattern": "^[0-9]{9}([0-9]{3})?$"}
TRAITS, CASE = "$defs/Traits", "$defs/CaseTraits"

BROKEN: list[tuple[str, str, Edit, str, str]] = [
    ("field_removed", REGISTERED, gone("", "traits"), "field.removed", "traits"),
    ("optional_field_removed", REPORT, gone("", "recovered_yuan"), "field.removed", "recovered_yuan"),
    ("nested_field_removed", REGISTERED, gone(TRAITS, "town"), "field.removed", "traits.town"),
    (
        "field_of_an_item_removed",
        METRIC,
        gone("$defs/ScopeValue", "value"),
        "field.removed",
        "scopes[].value",
    ),
    (
        "field_of_a_branch_removed",
        SCREEN,
        gone("$defs/Refusal", "ground"),
        "field.removed",
        "decision<decline>.ground",
    ),
    ("optional_became_required", SUBMIT, required("", "received_on"), "field.required", "received_on"),
    (
        "nested_optional_became_required",
        REGISTERED,
        required(TRAITS, "town"),
        "field.required",
        "traits.town",
    ),
    (
        "new_required_field",
        SUBMIT,
        all_edits(at("properties", language={"type": "string"}), required("", "language")),
        "field.new_required",
        "language",
    ),
    ("required_without_a_field", SUBMIT, required("", "language"), "field.new_required", "language"),
    ("fact_required_became_optional", REGISTERED, optional(TRAITS, "form"), "field.optional", "traits.form"),
    (
        "number_to_text",
        REPORT,
        at("properties/recovered_yuan", type="string"),
        "type.changed",
        "recovered_yuan",
    ),
    ("whole_number_to_number", REPORT, at("properties/version", type="number"), "type.changed", "version"),
    ("type_dropped", SUBMIT, at("properties/channel", type=None), "type.changed", "channel"),
    ("object_to_list", REGISTERED, at(TRAITS, type="array"), "type.changed", "traits"),
    (
        "reference_to_another_shape",
        REPORT,
        at("properties/outcome", ref="#/$defs/DocumentRef"),
        "type.changed",
        "outcome",
    ),
    ("items_retyped", DECLARED, at("properties/towns/items", type="integer"), "type.changed", "towns[]"),
    ("items_dropped", DECLARED, at("properties/towns", items=None), "type.changed", "towns[]"),
    (
        "date_to_moment",
        CONCLUDED,
        at("properties/concluded_on", format="date-time"),
        "format.changed",
        "concluded_on",
    ),
    (
        "format_dropped",
        REGISTERED,
        at(f"{TRAITS}/properties/received_on", format=None),
        "format.changed",
        "traits.received_on",
    ),
    ("command_enum_narrowed", REPORT, at("$defs/Outcome", enum=["proved"]), "enum.narrowed", "outcome"),
    ("fact_enum_narrowed", CONCLUDED, at("$defs/Outcome", enum=["proved"]), "enum.narrowed", "outcome"),
    ("enum_where_any_value_was", SUBMIT, at("properties/channel", enum=["web"]), "enum.narrowed", "channel"),
    (
        "const_where_an_enum_was",
        REPORT,
        at("$defs/Outcome", enum=None, const="proved"),
        "enum.narrowed",
        "outcome",
    ),
    (
        "open_enum_closed",
        REFUSED,
        at("$defs/RefusalReason", open_enum=None, enum=["other"]),
        "enum.narrowed",
        "reason",
    ),
    (
        "open_enum_lost_a_member",
        REFUSED,
        at("$defs/RefusalReason", open_enum=["other"]),
        "enum.narrowed",
        "reason",
    ),
    ("open_enum_forgotten", REFUSED, at("$defs/RefusalReason", open_enum=None), "enum.narrowed", "reason"),
    (
        "fact_enum_widened",
        REGISTERED,
        at("$defs/Form", enum=["letter", "visit", "call", "net", "other", "fax"]),
        "enum.widened",
        "traits.form",
    ),
    ("fact_enum_dropped", REGISTERED, at("$defs/Form", enum=None), "enum.widened", "traits.form"),
    (
        "metric_enum_widened",
        METRIC,
        at("properties/unit", enum=["items", "percent", "units", "zones", "yuan", "people", "days"]),
        "enum.widened",
        "unit",
    ),
    ("maximum_lowered", REPORT, at("properties/version", maximum=9), "limit.narrowed", "version"),
    (
        "minimum_raised",
        REPORT,
        at("properties/recovered_yuan", minimum=1),
        "limit.narrowed",
        "recovered_yuan",
    ),
    ("length_lowered", SUBMIT, at("properties/channel", maxLength=39), "limit.narrowed", "channel"),
    ("length_added", DECLARED, at("properties/revision", maxLength=64), "limit.narrowed", "revision"),
    ("items_lowered", CONTENT, at("properties/accused", maxItems=19), "limit.narrowed", "accused"),
    ("items_demanded", CONTENT, at("properties/accused", minItems=1), "limit.narrowed", "accused"),
    ("fact_length_raised", REFUSED, at("properties/command", maxLength=81), "limit.widened", "command"),
    ("fact_length_dropped", REFUSED, at("properties/command", maxLength=None), "limit.widened", "command"),
    ("fact_minimum_lowered", METRIC, at("properties/formula", minimum=0), "limit.widened", "formula"),
    ("pattern_changed", SUBMIT, at("properties/channel", pattern="^[a-z]+$"), "pattern.changed", "channel"),
    (
        "pattern_added",
        DECLARED,
        at("properties/revision", pattern="^[0-9a-f]+$"),
        "pattern.changed",
        "revision",
    ),
    ("fact_pattern_dropped", DEAD, at("properties/reason", pattern=None), "pattern.removed", "reason"),
    ("null_no_longer_taken", CONTENT, at("properties/village", anyOf=[NOT_NULL]), "null.removed", "village"),
    (
        "fact_null_added",
        CONCLUDED,
        at(
            "properties/version",
            anyOf=[{"type": "integer", "minimum": 1, "maximum": 999}, {"type": "null"}],
            type=None,
            minimum=None,
            maximum=None,
        ),
        "null.added",
        "version",
    ),
    (
        "default_changed",
        CONCLUDED,
        at("properties/recovered_yuan", default=1),
        "default.changed",
        "recovered_yuan",
    ),
    (
        "default_dropped",
        SCREEN,
        at("$defs/Acceptance/properties/first_time", default=None),
        "default.changed",
        "decision<accept>.first_time",
    ),
    ("branch_removed", SCREEN, without_branch, "branch.removed", "decision"),
    (
        "branches_collapsed",
        SCREEN,
        at("properties/decision", oneOf=[{"$ref": "#/$defs/Acceptance"}]),
        "branch.removed",
        "decision",
    ),
    (
        "branch_renamed",
        SCREEN,
        at("$defs/Refusal/properties/kind", const="refuse"),
        "branch.removed",
        "decision",
    ),
    ("tag_lost", SCREEN, at("$defs/Refusal/properties/kind", const=None), "tag.changed", "decision"),
    ("actor_removed", SUBMIT, at("", actors=["office"]), "actor.removed", ""),
    ("told_removed", REGISTERED, at("", told=["office"]), "told.removed", ""),
    ("kind_changed", REGISTERED, at("", kind="command"), "kind.changed", ""),
    ("unknown_fields_refused", SUBMIT, at("", additionalProperties=False), "keyword.changed", ""),
    (
        "keyword_that_nobody_knows",
        SUBMIT,
        at("properties/channel", **{"not": {"const": "web"}}),
        "keyword.changed",
        "channel",
    ),
    (
        "reference_out_of_the_file",
        SUBMIT,
        at("properties/channel", ref="urn:elsewhere"),
        "schema.unjudged",
        "",
    ),
    ("reference_to_nothing", REPORT, at("properties/outcome", ref="#/$defs/None"), "schema.unjudged", ""),
    (
        "alternatives_beside_demands",
        SCREEN,
        at("properties/decision", minProperties=1),
        "schema.unjudged",
        "",
    ),
]

ALLOWED: list[tuple[str, str, Edit]] = [
    ("optional_field_of_a_command", SUBMIT, at("properties", language={"type": "string", "default": "zh"})),
    ("optional_field_of_a_fact", REGISTERED, at("properties", language={"type": "string"})),
    ("optional_field_of_a_nested_shape", CONCLUDED, at(f"{CASE}/properties", note={"type": "integer"})),
    ("optional_field_of_an_item", METRIC, at("$defs/ScopeValue/properties", note={"type": "integer"})),
    ("optional_field_of_a_branch", SCREEN, at("$defs/Refusal/properties", note={"type": "integer"})),
    ("described_anew", SUBMIT, at("", description="别的说法", title="Other")),
    ("new_actor", SUBMIT, at("", actors=["office", "partner", "superior", "unit"])),
    ("newly_told", REGISTERED, at("", told=["leader", "office", "partner", "superior"])),
    (
        "new_member_of_an_open_enum",
        REFUSED,
        lambda s: s["$defs"]["RefusalReason"]["x-open-enum"].append("too_late"),
    ),
    ("command_enum_widened", REPORT, lambda s: s["$defs"]["Outcome"]["enum"].append("withdrawn")),
    ("command_enum_dropped", REPORT, at("$defs/Outcome", enum=None)),
    ("command_length_raised", SUBMIT, at("properties/channel", maxLength=60)),
    ("command_limit_dropped", REPORT, at("properties/version", maximum=None)),
    ("command_pattern_dropped", SUBMIT, at("properties/channel", pattern=None)),
    ("command_required_became_optional", REPORT, optional("", "outcome")),
    (
        "command_null_added",
        REPORT,
        at(
            "properties/version",
            anyOf=[{"type": "integer", "minimum": 1, "maximum": 999}, {"type": "null"}],
            type=None,
            minimum=None,
            maximum=None,
        ),
    ),
    ("command_branch_added", SCREEN, with_branch),
    ("content_grows", CONTENT, at("properties/accused", maxItems=40)),
    ("class_renamed", REPORT, renamed),
    ("shape_written_in_place", REPORT, lambda s: s["properties"].update(outcome=s["$defs"].pop("Outcome"))),
    (
        "reference_wrapped",
        REPORT,
        lambda s: s["properties"].update(outcome={"allOf": [{"$ref": "#/$defs/Outcome"}]}),
    ),
    (
        "null_written_as_a_type",
        CONTENT,
        at("properties/village", anyOf=None, **NOT_NULL | {"type": ["null", "string"]}),
    ),
]


def edited(type_: str, edit: Edit) -> Json:
    schema = copy.deepcopy(SHIPPED[type_])
    edit(schema)
    return schema
