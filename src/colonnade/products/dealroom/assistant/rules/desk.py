"""Does what an answer takes of the processor, in one call before a model is asked and one after.

A catalogue, a talk and a model's text are written by strangers, and whatever they cost holds the interpreter: these
functions run in a process that is killed at its deadline (`core.workers`). So they take a case as bytes, which cost the
server a thousandth of what they cost here.

Out of scope: reading a model's text (`clients.completions`), what a check looks at (`inspection`, `grounding`).
"""

from __future__ import annotations

import zlib

import msgspec
from msgspec import Struct

from colonnade.products.dealroom.assistant.rules.catalogue import Catalogue
from colonnade.products.dealroom.assistant.rules.closures import vouching_times
from colonnade.products.dealroom.assistant.rules.grounding import Judgement, is_too_long, judge
from colonnade.products.dealroom.assistant.rules.inspection import inspect_reply
from colonnade.products.dealroom.assistant.rules.orders import without_orders
from colonnade.products.dealroom.assistant.rules.prompt import Prompt, Turn, build_turns
from colonnade.products.dealroom.assistant.rules.talk import talk_of
from colonnade.products.dealroom.assistant.rules.times import Hours
from colonnade.products.dealroom.assistant.schemas import Reply
from colonnade.products.dealroom.messages.schemas import Message
from colonnade.products.dealroom.sellers.schemas import Seller
from colonnade.products.dealroom.vendors.schemas import Vendor

__all__ = ["Case", "Prepared", "check", "pack_case", "pack_turns", "prepare", "prompt_of"]


class Case(Struct, frozen=True):
    """The material of an answer: the vendor, the sellers, the talk (oldest first), the language, and the hours.

    `quoted` are earlier messages that those of the talk answer.
    """

    vendor: Vendor | None
    sellers: list[Seller]
    messages: list[Message]
    language: str | None
    hours: Hours | None = None
    quoted: list[Message] = []


class Prepared(Struct, frozen=True):
    """The turns for a model with their size, and as they are stored."""

    turns: list[Turn]
    size_bytes: int
    packed: bytes


def pack_case(case: Case) -> bytes:
    """Return a case in the form in which it is sent to the process. A millisecond for a large catalogue."""
    return msgspec.msgpack.encode(case)


def pack_turns(turns: list[Turn]) -> bytes:
    """Return turns in the form in which they are stored. CPU-bound: a millisecond for each 50 kB."""
    return zlib.compress(msgspec.json.encode(turns), 6)


def prompt_of(packed: bytes) -> Prompt:
    """Return a case as a prompt, without what gives orders in its catalogue: neither shown, nor vouching."""
    case = msgspec.msgpack.decode(packed, type=Case)
    catalogue = Catalogue(without_orders(case.sellers))
    return Prompt(case.vendor, catalogue, case.messages, case.language, case.hours, case.quoted)


def prepare(packed: bytes) -> Prepared:
    """Build the turns of a case for a model."""
    turns = build_turns(prompt_of(packed))
    return Prepared(turns, sum(len(turn.content.encode()) for turn in turns), pack_turns(turns))


def check(asked: bytes, judged: bytes, reply: Reply) -> Judgement:
    """Check a reply to a case as it was `asked`: what it gives away, what steered it, and what it states.

    `judged` is the case with the catalogue as it is now, which vouches for it; mostly the same object.
    """
    prompt = prompt_of(asked)
    if not is_too_long(reply.text):  # else that is why it is held
        reply = inspect_reply(reply, prompt)
    if judged is not asked:
        prompt = prompt_of(judged)
    vendor = prompt.vendor
    phones = [one for one in (vendor.phone_number, vendor.phone_number_typed) if one] if vendor else []
    times = vouching_times(reply.text, prompt.language, prompt.hours) if prompt.hours is not None else []
    talk = talk_of(prompt.messages, vendor)
    return judge(
        reply,
        prompt.catalogue,
        asked=talk.asked,
        known=[*phones, *times],
        names=talk.names,
        language=prompt.language or "",
    )
