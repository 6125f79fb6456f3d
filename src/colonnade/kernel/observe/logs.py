"""Logging: JSON lines, or coloured text in development, from structlog and from the standard library alike.

`configure_logging` is called once per process, before the first line is written. Every line goes to standard error
(standard output belongs to commands that print), carries the time, level, logger and the request's id, and passes
through `redact`. The HTTP kernel binds the request's id with `bind_request`; jobs inherit it.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, BinaryIO, Literal

import msgspec
import structlog

from colonnade.kernel.observe.redact import redact
from colonnade.kernel.observe.request_log import Sink, request_log

__all__ = ["LogFormat", "bind_request", "configure_logging", "current_request", "get_logger"]

LogFormat = Literal["json", "console"]

# Their INFO lines either repeat our request log or interest only their authors.
_QUIET = ("uvicorn.access", "httpx", "httpcore")
_QUIET_ALSO = ("botocore", "asyncio", "PIL", "pyvips", "websockets")
_RESERVED = frozenset(logging.LogRecord("", 0, "", 0, "", None, None).__dict__) | {"message", "asctime"}


def configure_logging(
    level: str = "INFO", format: LogFormat = "json", *, stream: BinaryIO | None = None, cache: bool = True
) -> None:
    """Send all logging of this process to `stream` (standard error) in `format`, from `level` upwards.

    `cache=False` lets tests reconfigure it. Raise ValueError for an unknown level or format.
    """
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"{level!r} is not a log level")
    if format not in ("json", "console"):
        raise ValueError(f"{format!r} is not a log format")
    target = stream or sys.stderr.buffer
    colors = format == "console" and target.isatty()
    shared = _processors(format, colors)
    sink = Sink(target)
    request_log.configure(sink if number <= logging.INFO else None, as_json=format == "json")
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, _add_names, *shared],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_Lines(sink),
        cache_logger_on_first_use=cache,
    )
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(_Handler(sink, shared))
    root.setLevel(number)
    for name in list(logging.Logger.manager.loggerDict):
        if name.split(".")[0] == "uvicorn":
            other = logging.getLogger(name)
            other.handlers.clear()
            other.propagate = True
    for name in (*_QUIET, *_QUIET_ALSO):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.captureWarnings(True)


def get_logger(name: str) -> Any:
    """Return a logger whose lines carry `name`."""
    return structlog.get_logger(name)


def bind_request(request_id: str) -> None:
    """Bind the request's id to every line of this task and to the jobs it enqueues."""
    structlog.contextvars.bind_contextvars(request_id=request_id)


def current_request() -> str | None:
    """Return the id bound by `bind_request`, or None."""
    request_id: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return request_id


def _processors(format: LogFormat, colors: bool) -> list[Any]:
    if format == "console":
        return [
            _explain_exception,
            structlog.processors.TimeStamper("%H:%M:%S", utc=False),
            redact,
            structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0, sort_keys=False),
            _as_bytes,
        ]
    return [
        _explain_exception,
        structlog.processors.TimeStamper("iso", utc=True, key="time"),
        redact,
        _as_json,
    ]


class _Line:
    """structlog's innermost logger: writes finished lines."""

    def __init__(self, sink: Sink, name: str) -> None:
        self.name = name
        self.msg = sink.write
        self.debug = self.info = self.warning = self.warn = sink.write
        self.error = self.exception = self.critical = self.fatal = self.log = sink.write


class _Lines:
    """structlog's factory: every logger writes to the same stream."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def __call__(self, *args: Any) -> _Line:
        return _Line(self._sink, args[0] if args else "")


class _Handler(logging.Handler):
    """Sends the standard library's records through the same processors."""

    def __init__(self, sink: Sink, processors: list[Any]) -> None:
        super().__init__()
        self._sink = sink
        self._processors = processors

    def emit(self, record: logging.LogRecord) -> None:
        """Write `record`."""
        try:
            line: Any = {
                **structlog.contextvars.get_contextvars(),
                **{name: value for name, value in record.__dict__.items() if name not in _RESERVED},
                "logger": record.name,
                "level": record.levelname.lower(),
                "event": record.getMessage(),
            }
            line.pop("color_message", None)  # uvicorn's
            if record.exc_info:
                line["exc_info"] = record.exc_info
            for processor in self._processors:
                line = processor(None, record.levelname.lower(), line)
            self._sink.write(line)
        except Exception:
            self.handleError(record)


def _add_names(logger: Any, method: str, line: Any) -> Any:
    line["level"] = "warning" if method == "warn" else "error" if method == "exception" else method
    line["logger"] = logger.name
    return line


def _explain_exception(_logger: Any, _method: str, line: Any) -> Any:
    """Replace `exc_info` by the exception's type and its traceback as text."""
    info = line.pop("exc_info", None)
    if not info:
        return line
    if isinstance(info, BaseException):
        error: BaseException | None = info
    elif isinstance(info, tuple):
        error = info[1]
    else:
        error = sys.exc_info()[1]
    if error is not None:
        line["exception_type"] = type(error).__name__
        line["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return line


def _as_bytes(_logger: Any, _method: str, line: str) -> bytes:
    return line.encode(errors="replace")


def _as_json(_logger: Any, _method: str, line: Any) -> bytes:
    try:
        return _encoder.encode(line)
    except (TypeError, ValueError, UnicodeEncodeError):
        return _encoder.encode({str(name): _harmless(value) for name, value in line.items()})


def _harmless(value: Any) -> Any:
    """Return the nearest value that JSON can represent, for a lone surrogate or a recursive structure."""
    if isinstance(value, int | float | bool) or value is None:
        return value
    return str(value).encode(errors="backslashreplace").decode()


_encoder = msgspec.json.Encoder(enc_hook=str)
