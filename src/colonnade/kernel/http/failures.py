"""Turns every exception of a request into an answer in the product's error shape."""

from __future__ import annotations

import structlog

from colonnade.kernel.core import Problem
from colonnade.kernel.db import as_problem
from colonnade.kernel.http.answers import JSON, Response
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import Exchange

__all__ = ["failed", "problem_of"]

log = structlog.get_logger(__name__)


def problem_of(error: BaseException) -> Problem:
    """Return the Problem to answer for `error`; an unforeseen error is logged and answered without details."""
    if isinstance(error, Problem):
        if error.__cause__ is not None:
            log.warning("request failed", code=error.code, cause=repr(error.__cause__))
        return error
    if (problem := as_problem(error)) is not None:
        log.warning("request failed", code=problem.code, cause=repr(error))
        return problem
    log.error("unhandled error", exc_info=error)
    return Problem()


def failed(exchange: Exchange, problem: Problem, envelope: Envelope) -> Response[bytes]:
    """Return the answer that tells a client about `problem`."""
    headers = [*JSON, *((name.lower().encode(), value.encode()) for name, value in problem.headers.items())]
    return Response.of(problem.status, envelope.failure(problem, exchange.request_id), headers)
