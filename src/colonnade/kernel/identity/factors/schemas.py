"""Errors about the second factors of an account, whatever their kind."""

from __future__ import annotations

from colonnade.kernel.core import Conflict

__all__ = ["LastSecondFactor"]


class LastSecondFactor(Conflict):
    """The role requires a second factor and this is the last one."""

    code = "LAST_SECOND_FACTOR"
    message = "Your role requires a second factor. Set up another one before you remove this."
