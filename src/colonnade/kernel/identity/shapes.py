"""Handlers whose body and answer differ between the products that mount them.

Injection, validation and the API description all read a handler's annotations, so these are set for each product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

from colonnade.kernel.http import Ok

__all__ = ["annotate_handler"]


def annotate_handler(
    handler: Callable[..., Any],
    *,
    answer: type | Callable[..., Any],
    alternatives: Sequence[type] = (),
    data: type | None = None,
) -> None:
    """Annotate `handler`: it takes `data` and returns `Ok` of `answer`'s return type, or of an alternative.

    `answer` may also be the type itself.
    """
    answered: Any = Ok  # to a type checker a value is no type argument
    shown: Any = answer if isinstance(answer, type) else get_type_hints(answer)["return"]
    for alternative in alternatives:
        shown = shown | alternative
    handler.__annotations__["return"] = answered[shown]
    if data is not None:
        handler.__annotations__["data"] = data
