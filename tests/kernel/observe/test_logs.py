"""Log lines: their form, their fields and what must never be in them."""

from __future__ import annotations

import io
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from colonnade.kernel.observe import (
    bind_request,
    configure_logging,
    current_request,
    get_logger,
    redact,
    redact_text,
    request_log,
)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def restored() -> Iterator[None]:
    """Restore the logging of the test run afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    request_log.configure(None, as_json=True)


@pytest.fixture
def stream(restored: None) -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def lines(stream: io.BytesIO) -> Lines:
    configure_logging("INFO", "json", stream=stream, cache=False)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_logger_event_and_request(lines: Lines) -> None:
    bind_request("req-7")
    assert current_request() == "req-7"
    get_logger("colonnade.test").warning("something", number=3, who=None)
    structlog.contextvars.clear_contextvars()
    get_logger("colonnade.test").info("later")
    first, second = lines()
    assert first.pop("time").endswith("Z")
    assert second.pop("time").endswith("Z")
    assert first == {
        "request_id": "req-7",
        "number": 3,
        "who": None,
        "event": "something",
        "level": "warning",
        "logger": "colonnade.test",
    }
    assert second == {"event": "later", "level": "info", "logger": "colonnade.test"}


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    get_logger("x").debug("no")
    logging.getLogger("y").debug("no")
    assert lines() == []


def test_the_standard_library_takes_the_same_road(lines: Lines) -> None:
    bind_request("req-8")
    logging.getLogger("uvicorn.error").info("Started on %s", "port", extra={"color_message": "x", "pid": 5})
    logging.getLogger("uvicorn.access").info("GET /")
    line = lines()[0]
    line.pop("time")
    assert line == {
        "request_id": "req-8",
        "pid": 5,
        "logger": "uvicorn.error",
        "level": "info",
        "event": "Started on port",
    }
    assert len(lines()) == 1


@pytest.mark.filterwarnings("always:old way:DeprecationWarning")
def test_warnings_are_lines_too(lines: Lines) -> None:
    warnings.warn("old way", DeprecationWarning, stacklevel=1)
    (line,) = lines()
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")
    assert "old way" in line["event"]


@pytest.mark.parametrize("standard", [True, False])
def test_an_exception_is_written_with_its_traceback_and_without_addresses(
    lines: Lines, standard: bool
) -> None:
    try:
        raise ValueError("cannot write to siti@example.org")
    except ValueError:
        if standard:
            logging.getLogger("x").exception("failed")
        else:
            get_logger("x").exception("failed")
    (line,) = lines()
    assert (line["event"], line["level"], line["exception_type"]) == ("failed", "error", "ValueError")
    assert line["exception"].startswith("Traceback (most recent call last):")
    assert line["exception"].endswith("ValueError: cannot write to [email]")


def test_values_json_cannot_hold_do_not_lose_the_line(lines: Lines) -> None:
    get_logger("x").info("odd", surrogate="a\ud800b", thing=object, raw=b"123", when={1, 2})
    (line,) = lines()
    assert line["event"] == "odd"
    assert line["raw"] == "[3 bytes]"
    assert line["when"] == "[1, 2]"
    assert "a" in line["surrogate"]


def test_a_closed_stream_is_no_error(stream: io.BytesIO, lines: Lines) -> None:
    stream.close()
    get_logger("x").error("into the void")


def test_console_lines_are_readable(stream: io.BytesIO, restored: None) -> None:
    configure_logging("INFO", "console", stream=stream, cache=False)
    get_logger("x").info("hello", password="hunter2", number=4)
    request_log.write("radio", "GET", "/articles", 200, 0.0042)
    try:
        raise ValueError("to siti@example.org")
    except ValueError:
        get_logger("x").exception("failed")
    text = stream.getvalue().decode()
    assert "hello" in text
    assert "number=4" in text
    assert "password=[hidden]" in text.replace("'", "")
    assert "GET /articles 200" in text
    assert "ValueError: to [email]" in text
    assert "hunter2" not in text
    assert "siti" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("level", "format_"), [("LOUD", "json"), ("INFO", "xml")])
def test_unknown_settings_are_refused(restored: None, level: str, format_: Any) -> None:
    with pytest.raises(ValueError, match="is not a log"):
        configure_logging(level, format_)


async def test_the_request_line(lines: Lines, stream: io.BytesIO) -> None:
    request_log.write(
        "radio", "GET", "/articles/{slug}", 200, 0.00423, ip="127.0.0.1", user=12, request_id="r"
    )
    assert lines() == []  # written together with the next, or within a tenth of a second
    get_logger("x").info("next")
    first, second = lines()
    assert first.pop("time").endswith("Z")
    assert first == {
        "event": "request",
        "level": "info",
        "logger": "colonnade.http",
        "product": "radio",
        "method": "GET",
        "route": "/articles/{slug}",
        "status": 200,
        "ms": 4.23,
        "ip": "127.0.0.1",
        "user": 12,
        "request_id": "r",
    }
    assert second["event"] == "next"
    request_log.write("radio", "GET", "/", 304, 0.001)
    request_log.flush()
    assert lines()[2]["status"] == 304
    assert "user" not in lines()[2]


def test_the_request_line_obeys_the_level(stream: io.BytesIO, restored: None) -> None:
    configure_logging("WARNING", "json", stream=stream, cache=False)
    request_log.write("radio", "GET", "/", 200, 0.001)
    request_log.flush()
    assert stream.getvalue() == b""


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "newPassword",
        "PASSWORD",
        "access_token",
        "refreshToken",
        "Authorization",
        "cookie",
        "set-cookie",
        "jwt_secret",
        "apiKey",
        "x-api-key",
        "otp",
        "email",
        "contact_email",
        "body",
        "html",
        "payload",
        "database_dsn",
    ],
)
def test_secret_names_are_hidden_at_any_depth(name: str) -> None:
    line = {"event": "x", name: "value", "deep": [{"er": {name: ["value"]}}]}
    assert redact(None, "info", line) == {
        "event": "x",
        name: "[hidden]",
        "deep": [{"er": {name: "[hidden]"}}],
    }


@pytest.mark.parametrize("name", ["event", "route", "status", "user", "compass", "embody", "pinned", "ip"])
def test_other_names_are_not(name: str) -> None:
    assert redact(None, "info", {name: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to Siti <siti.a+b@mail.example.co.id>, now", "to Siti <[email]>, now"),
        ("postgresql://radio:s3cret@db:5432/radio", "postgresql://radio:[hidden]@db:5432/radio"),
        ("got eyJhbGciOiJIUzI1.eyJzdWIiOiIxIn0.abc-_ there", "got [token] there"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer [hidden]"),
        ("GET /reset?token=abc123&page=2", "GET /reset?token=[hidden]&page=2"),
        ("callback?code=abc&x=1", "callback?code=[hidden]&x=1"),
        ("status_code=200", "status_code=200"),
        ("a @ b and user@localhost", "a @ b and user@localhost"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_texts_lose_what_looks_secret(text: str, expected: str) -> None:
    assert redact_text(text) == expected


@pytest.mark.parametrize("piece", ["a", "a@", "a.", "eyJ", "a-", "://", "bearer ", "token=", "@"])
def test_hostile_texts_take_no_time(piece: str) -> None:
    text = (piece * 100_000)[:100_000] + "@=eyJ bearer"
    started = time.perf_counter()
    assert len(redact_text(text)) < 200_000
    assert time.perf_counter() - started < 1
