"""Settings of one slice: declared where they are used, loaded and checked together with all others."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict

__all__ = ["SliceSettings"]

S = TypeVar("S", bound="SliceSettings")


class SliceSettings(BaseModel):
    """Settings that one slice uses; a handler, job or client gets them by naming the class as a parameter's type.

    A field's name in upper case is the environment variable (`ORDER_RETENTION_DAYS`), its description the line
    in `.env.example`. Every field has a default. `title` is the heading there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    title: ClassVar[str] = ""

    @classmethod
    def __provided__(cls: type[S], services: Any) -> S:
        settings: S = services.settings.listed(cls)
        return settings
