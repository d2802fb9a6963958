"""What the compatibility gate can object to: rule ids and their words."""

from dataclasses import asdict, dataclass

from .shapes import Node

RULES: dict[str, tuple[str, str]] = {
    "message.removed": ("消息被删除", "the message was removed"),
    "kind.changed": ("消息种类由 {was} 变为 {now}", "the message's kind changed from {was} to {now}"),
    "actor.removed": ("{was} 不再可以发送", "{was} may no longer send it"),
    "told.removed": ("{was} 不再被告知", "{was} is no longer told of it"),
    "field.removed": ("字段被删除", "the field was removed"),
    "field.required": ("可选字段变为必填", "an optional field became required"),
    "field.new_required": ("新增了必填字段", "a new field is required"),
    "field.optional": (
        "必填字段变为可选，旧读者仍要求它",
        "a required field became optional; older readers demand it",
    ),
    "field.unknown": ("此处的旧读者拒绝未知字段", "older readers refuse an unknown field here"),
    "default.changed": ("缺省值由 {was} 变为 {now}", "the default changed from {was} to {now}"),
    "type.changed": ("类型由 {was} 变为 {now}", "the type changed from {was} to {now}"),
    "format.changed": ("格式由 {was} 变为 {now}", "the format changed from {was} to {now}"),
    "const.changed": ("固定值由 {was} 变为 {now}", "the constant changed from {was} to {now}"),
    "enum.narrowed": ("不再接受的取值：{was}", "values no longer taken: {was}"),
    "enum.widened": ("旧读者不认识的新取值：{now}", "new values that older readers refuse: {now}"),
    "limit.narrowed": ("{name} 由 {was} 收紧为 {now}", "{name} was tightened from {was} to {now}"),
    "limit.widened": (
        "{name} 由 {was} 放宽为 {now}，旧读者会拒收",
        "{name} was loosened from {was} to {now}",
    ),
    "pattern.changed": ("格式表达式由 {was} 变为 {now}", "the pattern changed from {was} to {now}"),
    "pattern.removed": (
        "格式表达式被取消，旧读者仍要求它",
        "the pattern was dropped; older readers demand it",
    ),
    "null.removed": ("不再允许空值", "null is no longer taken"),
    "null.added": ("允许空值，旧读者会拒收", "null is now possible; older readers refuse it"),
    "branch.removed": ("分支 {was} 被删除或收紧", "the branch {was} was removed or tightened"),
    "branch.added": ("旧读者不认识的新分支 {now}", "a new branch that older readers refuse: {now}"),
    "tag.changed": (
        "区分字段由 {was} 变为 {now}",
        "the field that tells branches apart changed from {was} to {now}",
    ),
    "schema.unjudged": ("无法判断：{now}", "cannot be judged: {now}"),
    "keyword.changed": ("{name} 有变化，无法判断是否兼容", "{name} changed in a way that cannot be judged"),
}
"""Rule ids and what they say, in Chinese and in English."""


@dataclass(frozen=True)
class Break:
    """One reason for refusal.

    type: the message's; path: where, as ``traits.form``, ``scopes[].unit`` or ``decision<accept>.rank``;
    rule: one of RULES; zh, en: what is wrong, in words.
    """

    type: str
    path: str
    rule: str
    zh: str
    en: str

    def as_json(self) -> dict[str, str]:
        """For ``--json``."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.type} {self.path or '-'} [{self.rule}] {self.zh} / {self.en}"


@dataclass(frozen=True)
class Pair:
    """Two versions of one message; ``strict`` refuses what is widened as well."""

    type: str
    old: Node
    new: Node
    strict: bool

    def broken(self, path: str, rule: str, was: object = None, now: object = None, name: str = "") -> Break:
        zh, en = RULES[rule]
        return Break(
            self.type,
            path,
            rule,
            zh.format(was=_word(was, "无"), now=_word(now, "无"), name=name),
            en.format(was=_word(was, "none"), now=_word(now, "none"), name=name),
        )


def _word(value: object, none: str) -> str:
    return none if value is None else str(value)
