"""Encrypts items for keeping, and decrypts them for their channel's owner."""

from __future__ import annotations

from uuid import uuid4

from msgspec import structs

from colonnade.kernel.core import FieldCipher, Undecryptable
from colonnade.products.dealroom.webhooks.queries.items import SealedItem
from colonnade.products.dealroom.webhooks.rules.kinds import UNKNOWN, outcome_of
from colonnade.products.dealroom.webhooks.rules.parts import named_in
from colonnade.products.dealroom.webhooks.rules.payloads import Item
from colonnade.products.dealroom.webhooks.rules.reading import Read
from colonnade.products.dealroom.webhooks.schemas import RAW, KeptItem, RawItem

__all__ = ["seal", "unseal"]


def seal(
    cipher: FieldCipher, channel_id: int, item: Item, read: Read, *, with_text: bool = True
) -> SealedItem:
    """Return an item as it is kept."""
    kept, said = read
    id_ = uuid4()
    text = item.raw.decode(errors="replace")
    people = named_in(item.raw) if with_text else []
    return SealedItem(
        id=id_,
        channel_id=channel_id,
        digest=item.digest,
        kind=kept.kind,
        called=kept.called[:100] or UNKNOWN,
        outcome=outcome_of(kept.kind) if said is not None else "ignored",
        provider_id=kept.provider_id,
        provider_time=kept.at,
        raw=cipher.encrypt(text, place=RAW.place(id_)) if with_text else None,
        about=None if people is None else " ".join(people),
    )


def unseal(cipher: FieldCipher, item: KeptItem, sealed: str | None) -> RawItem:
    """Return an item with its text."""
    try:
        raw = None if sealed is None else cipher.decrypt(sealed, place=RAW.place(item.id))
    except Undecryptable:
        raw = None
    return RawItem(**structs.asdict(item), raw=raw)
