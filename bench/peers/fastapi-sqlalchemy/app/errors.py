"""Errors with an HTTP status, and the contract's error answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException


class Problem(Exception):
    """A refusal: its HTTP status, its stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def _answer(request: Request, status: int, code: str, message: str, **details: Any) -> JSONResponse:
    error = {
        "code": code,
        "message": message,
        **details,
        "timestamp": datetime.now(UTC).isoformat(),
        "requestId": request.scope["request_id"],
    }
    return JSONResponse({"success": False, "error": error}, status)


async def _refuse(request: Request, problem: Problem) -> JSONResponse:
    return _answer(request, problem.status, problem.code, problem.message)


async def _refuse_invalid(request: Request, problem: RequestValidationError) -> JSONResponse:
    fields = {".".join(map(str, error["loc"][1:])): error["msg"] for error in problem.errors()}
    return _answer(request, 422, "VALIDATION_ERROR", "Validation failed", details=fields)


async def _refuse_request(request: Request, problem: HTTPException) -> JSONResponse:
    code = "NOT_FOUND" if problem.status_code == 404 else "BAD_REQUEST"
    return _answer(request, problem.status_code, code, problem.detail)


def add_handlers(app: FastAPI) -> None:
    """Make all refusals of `app` answers in the contract's form."""
    app.add_exception_handler(Problem, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_invalid)
    app.add_exception_handler(HTTPException, _refuse_request)
