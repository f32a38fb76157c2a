"""Structured logs. Ids of request, organization and job are bound by context.

`app/web/request_ids.py` binds a request, `core/uow.py` the organization, `workers/runtime.py` a
job; the gateway writes the ids of a stanza and its session into the line itself.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

#: Keys whose values never reach a log line.
SECRET_KEYS = frozenset(
    {"password", "new_password", "otp", "token", "access_token", "renewal_token", "authorization",
     "cookie", "secret", "secret_key", "signature_phrase"}
)  # fmt: skip


def _redact(_: Any, __: str, event: Any) -> Any:
    for key in event.keys() & SECRET_KEYS:
        event[key] = "[redacted]"
    return event


def set_up(level: str = "INFO", *, json: bool | None = None) -> None:
    """Send every log line to standard error: JSON for machines, coloured text on a terminal."""
    as_json = json if json is not None else not sys.stderr.isatty()
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        # Tracebacks without local variables: those may hold passwords and people's words.
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "picows", "uvicorn.access"):
        logging.getLogger(noisy).setLevel("WARNING")


def get(name: str) -> Any:
    """The logger of a module."""
    return structlog.get_logger(name)
