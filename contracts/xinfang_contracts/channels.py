"""The AsyncAPI 3 document, derived from the registry: where each message travels and what it holds."""

from collections.abc import Mapping
from typing import Any

from . import __version__
from .envelope import Envelope
from .registry import (
    CLOCKS,
    REGISTRY,
    Entry,
    Kind,
    clock_subject,
    dead_subject,
    metric_subject,
    sealed_subject,
)

Part = dict[str, Any]

PARAMETERS: dict[str, Part] = {
    "district": {"description": "GB/T 2260 行政区划代码 / district code, six digits", "examples": ["990001"]},
    "actor": {"description": "谁在说、说给谁 / who speaks or is told", "examples": ["partner_hotline"]},
    "indicator": {"description": "指标 / indicator", "examples": ["petitions_received"]},
    "period": {"description": "期间 / period", "examples": ["2023-11", "2023-Q4", "2023-to-11", "now"]},
    "tick": {"description": "时钟 / the district's clock", "enum": list(CLOCKS)},
    "reader": {"description": "唯一能解开的上级 / the superior that alone can open it"},
    "service": {"description": "埋下它的服务 / the service that buried it"},
}

ABOUT = (
    "信访举报中间件的全部消息。动作从本系统看：receive 是别人发来的，send 是本系统发出的。"
    " / Every message of Xinfang. Actions are Xinfang's: it receives commands and ticks and sends the rest."
)
_ASCII = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}


def address(entry: Entry) -> str:
    """The subject with its parameters in braces; KeyError for a kind that nothing addresses yet."""
    by_kind = {
        Kind.COMMAND: entry.subject("{district}", "{actor}"),
        Kind.FACT: entry.subject("{district}"),
        Kind.METRIC: metric_subject("{district}", "{indicator}", "{period}"),
        Kind.SEALED: sealed_subject("{district}", "{reader}"),
        Kind.CLOCK: clock_subject("{district}", "{tick}"),
        Kind.DEAD: dead_subject("{district}", "{service}"),
        Kind.READ: entry.subject("{district}", "{actor}"),
    }
    return by_kind[entry.kind]


def notice_address(entry: Entry) -> str:
    """Where actors are told of a fact, with its parameters in braces."""
    return entry.notice_subject("{district}", "{actor}")


def document(golden: Mapping[str, Part]) -> Part:
    """The whole document; ``golden`` holds the example of each type, shown beside its message."""
    channels, operations = _channels()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "信访举报中间件 / Xinfang",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {entry.type: _message(entry, golden.get(entry.type)) for entry in REGISTRY},
            "parameters": PARAMETERS,
            "schemas": {"headers": _headers()},
        },
    }


def _channels() -> tuple[Part, Part]:
    channels: Part = {}
    operations: Part = {}
    for entry in REGISTRY:
        action = "receive" if entry.kind in (Kind.COMMAND, Kind.CLOCK, Kind.READ) else "send"
        # What is sealed waits on one subject: one channel, named after the first of its messages.
        channel = next(one.type for one in REGISTRY if address(one) == address(entry))
        _add(channels, channel, address(entry), entry)
        operations[f"{action}.{entry.type}"] = _operation(action, channel, entry)
        if entry.told:
            # Both owners' command_refused reach an actor on one subject: one channel, two messages.
            notice = f"notice.{entry.name}.v{entry.major}"
            _add(channels, notice, notice_address(entry), entry)
            operations[f"send.notice.{entry.type}"] = _operation("send", notice, entry)
    return channels, operations


def _add(channels: Part, key: str, where: str, entry: Entry) -> None:
    names = [part[1:-1] for part in where.split(".") if part.startswith("{")]
    channel = channels.setdefault(
        key,
        {
            "address": where,
            "messages": {},
            "parameters": {name: {"$ref": f"#/components/parameters/{name}"} for name in names},
        },
    )
    channel["messages"][entry.type] = {"$ref": f"#/components/messages/{entry.type}"}
    actors = entry.told if key.startswith("notice.") else entry.actors
    if actors:
        channel["x-xinfang-actors"] = sorted({*channel.get("x-xinfang-actors", ()), *actors})


def _operation(action: str, channel: str, entry: Entry) -> Part:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{entry.type}"}],
    }


def _message(entry: Entry, golden: Part | None) -> Part:
    message: Part = {
        "name": entry.type,
        "title": entry.model.__name__,
        "summary": (entry.model.__doc__ or "").strip().split("\n")[0],
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/headers"},
                {"type": "object", "properties": {"ce-type": {"const": entry.type}}},
            ]
        },
        "payload": {"$ref": f"../schemas/{entry.type}.schema.json"},
        "x-xinfang-kind": str(entry.kind),
        "x-xinfang-owner": entry.owner,
    }
    if golden is not None:
        message["examples"] = [{"name": "golden", "headers": golden["headers"], "payload": golden["data"]}]
    return message


def _headers() -> Part:
    """The envelope as a schema: what an Envelope writes, its optional attributes beside."""
    demanded = Envelope(id="1", type="t", source="s").headers()
    optional = ("ce-correlationid", "ce-causationid", "traceparent")
    return {
        "type": "object",
        "description": "CloudEvents 1.0, binary mode; ASCII only",
        "required": sorted(demanded.keys() - {"Nats-Msg-Id", "content-type"}),
        "properties": dict.fromkeys((*demanded, *optional), _ASCII)
        | {
            "ce-specversion": {"const": "1.0"},
            "ce-time": {"type": "string", "format": "date-time", "description": "with a zone"},
            "content-type": {"const": "application/json"},
            "Nats-Msg-Id": {"type": "string", "description": "ce-source/ce-id"},
        },
    }
