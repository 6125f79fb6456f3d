"""Submits, edits and reviews testimonials."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import Invalidate, PreconditionFailed, check_version, given_fields
from colonnade.kernel.db import Transaction, erase_kept_about
from colonnade.kernel.privacy import MAX_FOUND, Access, Subject
from colonnade.products.radio.shared.actions import tell_queue
from colonnade.products.radio.testimonials import queries
from colonnade.products.radio.testimonials.schemas import (
    Review,
    ReviewAction,
    StatusChanged,
    Testimonial,
    TestimonialCreate,
    TestimonialStatus,
    TestimonialUpdate,
)

__all__ = ["erase_left", "find_left", "review_testimonial", "submit_testimonial", "update_testimonial"]

CHANGED = Invalidate(("testimonials", "homepage"))
WAITING = Invalidate(("testimonials-waiting",))
"""The staff's lists only: a submission does not invalidate answers that visitors see."""
EMAILS_AT_ONCE = 200
"""Addresses that are read before others get a turn: some milliseconds' work."""

_STATUS: dict[ReviewAction, TestimonialStatus] = {
    "approve": "approved",
    "reject": "rejected",
    "request_changes": "changes_requested",
    "reopen": "pending",
}


async def submit_testimonial(tx: Transaction, data: TestimonialCreate) -> Testimonial:
    """Create a testimonial that waits for a review."""
    testimonial = await queries.insert_testimonial(
        tx, name=data.name, email=data.email, content=data.content, rating=data.rating
    )
    tx.after_commit(WAITING)
    tell_queue(tx, "testimonial", [testimonial.id], "added")
    return testimonial


async def update_testimonial(
    tx: Transaction, testimonial_id: int, data: TestimonialUpdate, *, expected: int | None
) -> Testimonial:
    """Change the given fields; the testimonial is pending again, and not shown until it has been reviewed.

    The caller checks the permission. Raise NotFound, PreconditionFailed.
    """
    before = await queries.lock_testimonial(tx, testimonial_id)
    assert before.version is not UNSET
    check_version(expected, before.version)
    values = given_fields(data, "name", "content", "rating")
    if all(getattr(before, name) == value for name, value in values.items()):
        return before
    testimonial = await queries.update_testimonial(tx, testimonial_id, values)
    tx.after_commit(CHANGED if before.status == "approved" else WAITING)
    tell_queue(tx, "testimonial", [testimonial.id], "added")
    return testimonial


async def review_testimonial(
    tx: Transaction, caller: Principal, testimonial_id: int, data: Review, *, expected: int | None
) -> Testimonial:
    """Decide on a pending testimonial. Raise NotFound, StatusChanged, PreconditionFailed (edited since)."""
    reopens = data.action == "reopen"
    testimonial = await queries.review_testimonial(
        tx,
        testimonial_id,
        status=_STATUS[data.action],
        note=data.note,
        reviewer_id=None if reopens else caller.id,
        expected=expected,
    )
    if testimonial is None:
        present = await queries.fetch_testimonial(tx, testimonial_id)
        if (present.status == "pending") != reopens:
            raise PreconditionFailed
        raise StatusChanged(details={"status": present.status})
    tx.after_commit(CHANGED if reopens or data.action == "approve" else WAITING)
    tell_queue(tx, "testimonial", [testimonial.id], "added" if reopens else "decided")
    return testimonial


async def find_left(tx: Transaction, subject: Subject, access: Access) -> list[dict[str, Any]]:
    """Return the testimonials that somebody left."""
    return await queries.find_left(tx, subject.email, await _others(tx, subject), limit=MAX_FOUND + 1)


async def erase_left(tx: Transaction, subject: Subject, access: Access) -> int:
    """Delete the testimonials that somebody left; return their number."""
    erased = await queries.erase_left(tx, subject.email, await _others(tx, subject))
    if erased:
        await erase_kept_about(tx, "testimonials", erased)
        tx.after_commit(CHANGED)
        tx.after_commit(WAITING)
        tell_queue(tx, "testimonial", erased, "decided")
    return len(erased)


async def _others(tx: Transaction, subject: Subject) -> list[int]:
    """Return the ids of testimonials under an address of somebody's that is not in ASCII."""
    return await subject.pick_addressed(
        lambda last: queries.list_other_emails(tx, after_id=last, limit=EMAILS_AT_ONCE)
    )
