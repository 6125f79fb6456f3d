"""The base of the settings under one heading."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel

__all__ = ["Section"]


class Section(BaseModel):
    """Settings under one heading."""

    title: ClassVar[str] = ""
