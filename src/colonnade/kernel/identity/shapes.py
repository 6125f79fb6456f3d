"""Handlers whose body and answer have another shape in each product that mounts them.

Injection, validation and the API description all read a handler's annotations, so these are what is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

from colonnade.kernel.http import Ok

__all__ = ["take_shape"]


def take_shape(
    handler: Callable[..., Any],
    *,
    answer: Callable[..., Any],
    or_else: type | None = None,
    data: type | None = None,
) -> None:
    """Let `handler` answer `Ok` of what `answer` is annotated to return (or of `or_else`), and take `data`."""
    answered: Any = Ok  # to a type checker a value is no type argument
    shown: Any = get_type_hints(answer)["return"]
    if or_else is not None:
        shown = shown | or_else
    handler.__annotations__["return"] = answered[shown]
    if data is not None:
        handler.__annotations__["data"] = data
