"""structlog: JSON in production, pretty in a terminal; never a citizen's words, never an address."""

import logging
import sys
from typing import Literal

import structlog

from .settings import Settings


def configure(level: str, form: Literal["json", "pretty"], service: str) -> None:
    """Set logging up for this process. Foreign loggers are cut to warnings and lose their exception texts."""
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(level=logging.CRITICAL, stream=sys.stderr, force=True)


def configure_from(settings: Settings, service: str) -> None:
    """The same, from settings."""
    configure(settings.log_level, settings.log_format, service)


def failure(error: BaseException) -> str:
    """What may be logged of an exception: its class. Its text can hold what a citizen wrote."""
    cause = error.__cause__ or error.__context__
    return type(error).__name__ if cause is None else f"{type(error).__name__} < {type(cause).__name__}"


def place(error: BaseException) -> str:
    """Where in our own code an exception arose, as ``file:line``; no values."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not found or "/services/" in file:
            found = f"{'/'.join(file.rsplit('/', 2)[-2:])}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
