"""Keeps an account within its day's budget of model calls and tokens, and tells its owner before it is spent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from colonnade.kernel.core import now
from colonnade.kernel.db import Transaction
from colonnade.kernel.mail import SendMail, send_mail
from colonnade.kernel.realtime import append_event
from colonnade.products.dealroom.assistant.queries import usage
from colonnade.products.dealroom.assistant.queries.usage import Budget, Used
from colonnade.products.dealroom.assistant.schemas import ASSISTANT_BUDGET, AssistantSettings, AssistantUsage
from colonnade.products.dealroom.shared.rules.languages import language_of_mails
from colonnade.products.dealroom.shared.rules.places import session_room

__all__ = ["budget_of", "describe_usage", "reserve_call", "settle_call"]

LOW = 0.8
MAIL = "colonnade.products.dealroom.assistant:budget"


def budget_of(settings: AssistantSettings) -> Budget:
    """Return every account's budget for a day."""
    return Budget(settings.assistant_daily_calls, settings.assistant_daily_tokens)


def describe_usage(used: Used | None, budget: Budget, *, spent: bool = False) -> AssistantUsage:
    """Describe what is used of a budget; `spent`: what is left was not enough for a call.

    Once that was so on a day, it stays so, unless the budget is raised.
    """
    used = used or Used(now().date(), 0, 0, 0)
    share = min(1.0, max(used.calls / budget.calls, used.tokens / budget.tokens))
    ended = spent or share >= 1 or used.told_about(budget) == 2
    midnight = datetime.combine(used.day + timedelta(days=1), time(), tzinfo=UTC)
    return AssistantUsage(
        day=used.day,
        calls=used.calls,
        call_limit=budget.calls,
        tokens=used.tokens,
        token_limit=budget.tokens,
        share=round(share, 4),
        state="spent" if ended else "low" if share >= LOW else "ample",
        resets_at=midnight,
    )


async def reserve_call(
    tx: Transaction, owner_id: int, session_id: UUID, tokens: int, budget: Budget, *, language: str | None
) -> Used | None:
    """Take a call and an estimate of its tokens from today's budget, and tell the owner if it runs low.

    Return None if what is left is not enough.
    """
    used = await usage.reserve_call(tx, owner_id, tokens, budget)
    if used is None:
        before = await usage.find_used(tx, owner_id)
        await _tell(tx, owner_id, session_id, before, budget, spent=True, language=language)
        return None
    await _tell(tx, owner_id, session_id, used, budget, spent=False, language=language)
    return used


async def settle_call(
    tx: Transaction,
    owner_id: int,
    session_id: UUID,
    reserved: Used,
    difference: int,
    budget: Budget,
    *,
    language: str | None,
) -> None:
    """Correct the tokens of a reserved call by what it really took."""
    if difference:
        used = await usage.add_tokens(tx, owner_id, reserved.day, difference)
        await _tell(tx, owner_id, session_id, used, budget, spent=False, language=language)


async def _tell(
    tx: Transaction,
    owner_id: int,
    session_id: UUID,
    used: Used | None,
    budget: Budget,
    *,
    spent: bool,
    language: str | None,
) -> None:
    """Tell the owner once at 80 %, and once when nothing is left, by mail and by an event in the session."""
    if used is None:
        return
    about = describe_usage(used, budget, spent=spent)
    told = {"ample": 0, "low": 1, "spent": 2}[about.state]
    if told <= used.told_about(budget):
        return
    email = await usage.mark_told(tx, owner_id, used.day, told, budget)
    if email is None:
        return
    await append_event(tx, room=session_room(session_id), event=ASSISTANT_BUDGET, data=about)
    await tx.enqueue(
        send_mail,
        SendMail(
            to=email,
            account_id=owner_id,
            language=language_of_mails(language),
            template=MAIL,
            context={
                "spent": told == 2,
                "percent": int(about.share * 100),
                "calls": used.calls,
                "call_limit": budget.calls,
                "tokens": used.tokens,
                "token_limit": budget.tokens,
                "resets_at": about.resets_at.strftime("%Y-%m-%d %H:%M UTC"),
            },
            key=f"assistant-budget-{owner_id}-{used.day}-{told}-{budget.calls}-{budget.tokens}",
        ),
    )
