"""Shapes of categories, and their errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from colonnade.kernel.core import Conflict
from colonnade.products.radio.shared.schemas import Slug

__all__ = ["Category", "CategoryCreate", "CategoryTaken", "CategoryUpdate"]


class Category(Struct, frozen=True):
    """A category of articles."""

    id: int
    name: str
    slug: str
    description: str | None
    version: int
    created_at: datetime


class CategoryCreate(Struct, frozen=True):
    """A new category."""

    name: Annotated[str, Meta(min_length=2, max_length=255)]
    slug: Slug | None = None
    description: Annotated[str, Meta(max_length=2000)] | None = None


class CategoryUpdate(Struct, frozen=True):
    """The changes of a category."""

    name: Annotated[str, Meta(min_length=2, max_length=255)] | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=2000)] | UnsetType | None = UNSET


class CategoryTaken(Conflict):
    """Another category has this slug."""

    code = "CATEGORY_TAKEN"
    message = "Another category already uses this slug."
