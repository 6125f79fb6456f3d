"""Testimonials: listeners submit them, visitors read the approved ones, staff review."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from msgspec import UNSET

from colonnade.kernel.access import Principal, may
from colonnade.kernel.cache import CountCache
from colonnade.kernel.core import NotFound, Unauthorized
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Cached,
    Created,
    Exchange,
    ExpectedVersion,
    IdempotencyKey,
    Limit,
    Ok,
    Page,
    PageNumber,
    Router,
    SearchText,
    Tag,
    allows,
    anyone,
    found_page,
    get,
    once,
    post,
    put,
    spends,
)
from colonnade.kernel.identity import Tokens
from colonnade.kernel.search import wanted_text
from colonnade.products.radio.testimonials import actions, queries
from colonnade.products.radio.testimonials.schemas import (
    Review,
    Submitted,
    Testimonial,
    TestimonialCreate,
    TestimonialStatus,
    TestimonialUpdate,
)

__all__ = ["ROUTES"]

CACHED = Cached(tags=("testimonials",), ttl_seconds=1800)
MAY_SEE_ALL = "testimonials:read-any"
REVIEW = "testimonials:review"
EDIT_TOKEN = "testimonial-edit"  # noqa: S105 - the kind of a token
EDIT_TOKEN_TTL = timedelta(days=30)


@get("/", guards=[anyone()], response_cache=CACHED)
async def list_testimonials(
    db: Database,
    counts: CountCache,
    visitor: Principal | None,
    page: PageNumber = 1,
    limit: Limit = 10,
    status: TestimonialStatus | None = None,
    search: SearchText = None,
) -> Page[Testimonial]:
    """A page of testimonials: the approved ones, without e-mail addresses; staff choose the status.

    Those that a search finds by name or content come best first.
    """
    offset = (page - 1) * limit
    if (text := wanted_text(search)) is not None:
        full = may(visitor, MAY_SEE_ALL)
        status = status if full else "approved"
        found, hits = await queries.search_testimonials(
            db, text, status, full=full, limit=limit, offset=offset
        )
        return found_page(found, hits, page=page, limit=limit)
    if may(visitor, MAY_SEE_ALL):
        testimonials = await queries.list_testimonials(db, status, limit=limit, offset=offset)
    else:
        status = "approved"
        testimonials = await queries.list_approved(db, limit=limit, offset=offset)
    total = await counts.total(
        ("testimonials",) if status == "approved" else ("testimonials", "testimonials-waiting"),
        partial(queries.count_testimonials, db, status),
    )
    return Page.of(testimonials, page=page, limit=limit, total=total)


@get("/{testimonial_id:int}", guards=[anyone()])
async def show_testimonial(testimonial_id: int, db: Database, visitor: Principal | None) -> Ok[Testimonial]:
    """One testimonial; visitors see approved ones."""
    if may(visitor, MAY_SEE_ALL):
        testimonial = await queries.fetch_testimonial(db, testimonial_id)
        return Ok(testimonial, version=testimonial.version or None)
    return Ok(await queries.fetch_approved(db, testimonial_id))


@post("/", guards=[anyone(), spends("testimonials", unless_repeated=True, gives_device=True)])
async def submit_testimonial(
    data: TestimonialCreate,
    db: Database,
    tokens: Tokens,
    visitor: Principal | None,
    exchange: Exchange,
    idempotency_key: IdempotencyKey = None,
) -> Created[Submitted]:
    """Tell what the station has meant to you; it is shown once staff have approved it.

    `Idempotency-Key` is honoured.
    """
    async with once(exchange, db, visitor, idempotency_key) as attempt:
        testimonial = await actions.submit_testimonial(attempt.tx, data)
        submitted = Submitted(
            id=testimonial.id,
            status="pending",
            created_at=testimonial.created_at,
            edit_token=tokens.issue(EDIT_TOKEN, str(testimonial.id), EDIT_TOKEN_TTL),
        )
        answer = Created(submitted, message="Testimonial submitted for review")
        return await attempt.answer(answer, about=[("testimonials", submitted.id)])


@put("/{testimonial_id:int}", guards=[anyone(), spends("testimonial-edits")])
async def update_testimonial(
    testimonial_id: int,
    data: TestimonialUpdate,
    tokens: Tokens,
    db: Database,
    visitor: Principal | None,
    expected: ExpectedVersion,
) -> Ok[Testimonial]:
    """Change a testimonial, as its writer (with the `edit_token`) or as staff: it is pending again.

    Anyone else gets 404.
    """
    is_staff = may(visitor, REVIEW)
    if not is_staff and not _is_writer(tokens, data, testimonial_id):
        raise NotFound("There is no such testimonial.")
    async with db.transaction(visitor) as tx:
        testimonial = await actions.update_testimonial(tx, testimonial_id, data, expected=expected)
    if not is_staff:
        testimonial = _without_review(testimonial)
    return Ok(testimonial, message="Testimonial updated", version=testimonial.version or None)


def _without_review(testimonial: Testimonial) -> Testimonial:
    """Return the testimonial as its writer may see it."""
    return Testimonial(
        id=testimonial.id,
        name=testimonial.name,
        content=testimonial.content,
        rating=testimonial.rating,
        created_at=testimonial.created_at,
        email=testimonial.email,
        status=testimonial.status,
        updated_at=testimonial.updated_at,
        version=testimonial.version,
    )


def _is_writer(tokens: Tokens, data: TestimonialUpdate, testimonial_id: int) -> bool:
    if data.edit_token is UNSET:
        return False
    try:
        claims = tokens.verify(EDIT_TOKEN, data.edit_token)
    except Unauthorized:
        return False
    return bool(claims["sub"] == str(testimonial_id))


@post("/{testimonial_id:int}/review", guards=[allows(REVIEW)], status_code=200)
async def review_testimonial(
    testimonial_id: int, data: Review, db: Database, caller: Principal, expected: ExpectedVersion
) -> Ok[Testimonial]:
    """Approve, reject or ask for changes; the first decision stands. `reopen` takes a decision back.

    With `If-Match` a decision on a text that has changed since is refused.
    """
    async with db.transaction(caller) as tx:
        testimonial = await actions.review_testimonial(tx, caller, testimonial_id, data, expected=expected)
    return Ok(testimonial, message="Testimonial reviewed", version=testimonial.version or None)


ROUTES = Router(
    "/testimonials",
    route_handlers=[
        list_testimonials,
        show_testimonial,
        submit_testimonial,
        update_testimonial,
        review_testimonial,
    ],
    tags=[Tag("Testimonials", "Listeners tell their story; staff review it before everybody reads it.")],
)
