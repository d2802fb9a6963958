"""Prometheus figures and OpenTelemetry spans of the rounds; no label says anything of a petition or a person."""

import time
from collections import Counter as Tally
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, TraceFlags
from prometheus_client import Counter, Histogram

from .incoming import Incoming
from .settle import Verdict

_messages = Counter("xinfang_messages_handled", "Messages that took effect or were known", ["service", "type"])
_outputs = Counter("xinfang_messages_published", "Messages published", ["service"])
_settled = Counter("xinfang_messages_failed", "Messages that failed, by how they were settled", ["service", "verdict"])
_round_seconds = Histogram(
    "xinfang_round_seconds",
    "From the begin of a round to its acknowledgement",
    ["service"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
_round_messages = Histogram(
    "xinfang_round_messages", "Messages in a round", ["service"], buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
_tracing = False


def configure(service: str, endpoint: str | None) -> None:
    """Send spans to an OTLP/HTTP endpoint; without one, none are made."""
    global _tracing
    if endpoint is None:
        return
    provider = TracerProvider(resource=Resource.create({"service.name": f"xinfang-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    _tracing = True


def flush() -> None:
    """Send the spans that wait; nothing is lost with a process that ends."""
    if isinstance(provider := trace.get_tracer_provider(), TracerProvider):
        provider.shutdown()


def round_done(service: str, messages: Sequence[Incoming], outputs: int, seconds: float) -> None:
    """Count a round, and make its span with a link to each sender's trace."""
    for message_type, count in Tally(one.entry.type for one in messages).items():
        _messages.labels(service, message_type).inc(count)
    _outputs.labels(service).inc(outputs)
    _round_seconds.labels(service).observe(seconds)
    _round_messages.labels(service).observe(len(messages))
    if _tracing:
        links = [Link(context) for one in messages if (context := _context(one.envelope.traceparent)) is not None]
        attributes = {"messaging.batch.message_count": len(messages), "xinfang.outputs": outputs}
        span = trace.get_tracer("xinfang").start_span(
            "round", links=links, attributes=attributes, start_time=time.time_ns() - int(seconds * 1e9)
        )
        span.end()


def settled(service: str, verdict: Verdict) -> None:
    """Count a failure by its row in the settling table."""
    _settled.labels(service, type(verdict).__name__.lower()).inc()


def _context(traceparent: str | None) -> SpanContext | None:
    """A W3C traceparent as a span context; None when it is not one."""
    parts = (traceparent or "").split("-")
    try:
        trace_id, span_id = int(parts[1], 16), int(parts[2], 16)
    except (IndexError, ValueError):
        return None
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(1))
