"""What is wrong with what was handed in: the place and the reason, never the value."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

WHAT = {
    "missing": "缺少这一项 / is missing",
    "extra_forbidden": "含有未知的项 / holds an unknown field",
    "string_type": "应为文字 / must be text",
    "string_too_short": "太短 / too short",
    "string_too_long": "太长 / too long",
    "string_pattern_mismatch": "写法不对 / is not written as it should be",
    "string_unicode": "含有无效字符 / holds invalid characters",
    "enum": "不在可选值之内 / is none of the allowed values",
    "literal_error": "不在可选值之内 / is none of the allowed values",
    "list_type": "应为列表 / must be a list",
    "too_long": "项数太多 / too many items",
    "dict_type": "应为对象 / must be an object",
    "model_type": "应为对象 / must be an object",
    "model_attributes_type": "应为对象(application/json) / must be an object (application/json)",
    "bool_parsing": "应为 true 或 false / must be true or false",
    "none_required": "不能填写 / may not be given",
    "json_invalid": "不是有效的 UTF-8 JSON / is not valid JSON in UTF-8",
    "blank": "不能为空 / must not be empty",
    "nul": "含有空字符(U+0000) / holds a NUL character",
}
OTHERWISE = "不对 / is not right"


class Fault(BaseModel):
    """One thing that is wrong. ``where``: a path such as ``accused.0.name``, a header or a column; never a value."""

    where: str
    what: str


def faults_of(errors: Iterable[Mapping[str, Any]], skip: int = 0) -> list[Fault]:
    """pydantic's errors as places and reasons, the first ``skip`` steps of each place left out.

    The name of an unknown field is input too: of it only the object that holds it is named.
    """
    faults = []
    for one in errors:
        loc = one["loc"][skip:-1] if one["type"] == "extra_forbidden" else one["loc"][skip:]
        where = ".".join(str(step) for step in loc) or "body"
        faults.append(Fault(where=where, what=WHAT.get(one["type"], OTHERWISE)))
    return faults
