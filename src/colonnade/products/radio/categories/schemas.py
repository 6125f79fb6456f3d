"""Shapes of categories, and their errors."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from colonnade.kernel.core import Conflict, Words
from colonnade.products.radio.shared.schemas import ShortText, Slug

__all__ = ["Category", "CategoryCreate", "CategoryTaken", "CategoryUpdate"]


class Category(Struct, frozen=True):
    """A category of articles."""

    id: int
    name: str
    slug: str
    description: str | None
    version: int
    created_at: datetime


class Description(Words, max_length=2000):
    """What the category is about."""


class CategoryCreate(Struct, frozen=True):
    """A new category."""

    name: ShortText
    slug: Slug | None = None
    description: Description | None = None


class CategoryUpdate(Struct, frozen=True):
    """The changes of a category."""

    name: ShortText | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET


class CategoryTaken(Conflict):
    """Another category has this slug."""

    code = "CATEGORY_TAKEN"
    message = "Another category already uses this slug."
