"""Looks for what neither the model's form nor the catalogue explains: orders in what it read, leaks and wrong opening
hours in what it wrote.

The result is the same reply with more `problems`; each of them holds it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from colonnade.products.dealroom.assistant.rules.closures import find_wrong_times
from colonnade.products.dealroom.assistant.rules.leaks import find_echoes, find_leaks, find_masks
from colonnade.products.dealroom.assistant.rules.orders import find_orders
from colonnade.products.dealroom.assistant.rules.prompt import Prompt, instructions_of, unanswered
from colonnade.products.dealroom.assistant.rules.texts import is_overlong
from colonnade.products.dealroom.assistant.schemas import Reply

__all__ = ["inspect_reply"]


def inspect_reply(reply: Reply, prompt: Prompt) -> Reply:
    """Return the reply with a problem for everything by which a customer may have steered it, or it gives away."""
    if not reply.text:
        return reply
    vendor = prompt.vendor
    asked = [message.content or "" for message in unanswered(prompt.messages)]
    catalogue = "\n".join(item.text for item in prompt.catalogue.items)
    names = [item.name for item in prompt.catalogue.items if item.product_id is None]
    if vendor is not None:
        names.append(vendor.name)
    problems = [
        *_orders(asked),
        *find_leaks(reply.text, instructions_of(prompt), vendor.persona if vendor else None, catalogue),
        *find_masks(reply.text, names),
        *find_echoes(reply.text, [one for one in asked if not is_overlong(one)], catalogue),
        *(find_wrong_times(reply.text, prompt.language, prompt.hours) if prompt.hours is not None else ()),
    ]
    return (
        structs.replace(reply, problems=tuple(dict.fromkeys((*reply.problems, *problems))))
        if problems
        else reply
    )


def _orders(asked: Sequence[str]) -> list[str]:
    """Return one reason if a message to be answered gives orders to the assistant."""
    found = [order for text in asked for order in find_orders(text)]
    return [f"ORDERS_IN_MESSAGE: {found[0]}"] if found else []
