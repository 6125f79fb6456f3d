"""A responder without a model: short sentences made of the catalogue's words, deterministic for a prompt.

For tests, demonstrations, and vendors who want prices answered and nothing else.
"""

from __future__ import annotations

import re

from colonnade.products.dealroom.assistant.rules.catalogue import Item, format_price
from colonnade.products.dealroom.assistant.rules.desk import prompt_of
from colonnade.products.dealroom.assistant.rules.prompt import Prompt
from colonnade.products.dealroom.assistant.rules.texts import fold
from colonnade.products.dealroom.assistant.schemas import Reply

__all__ = ["LocalResponder", "respond_to"]

MAX_BENEFITS = 3
NAME_WEIGHT = 10
_WORD = re.compile(r"\w{3,}")
_PRICE = re.compile(r"\b(?:harga\w*|berapa\w*|price\w*|how much|costs?)\b")
_SENTENCES = {
    "id": {
        "price": "{name}: {price}.",
        "no price": "Harga {name} akan kami tanyakan dulu.",
        "about": "Kami punya {name}: {benefits}.",
        "name": "Kami punya {name}.",
        "nothing": "Terima kasih, pesan Anda kami teruskan.",
    },
    "en": {
        "price": "{name}: {price}.",
        "no price": "We will ask for the price of {name}.",
        "about": "We have {name}: {benefits}.",
        "name": "We have {name}.",
        "nothing": "Thank you, we will pass your message on.",
    },
}


class LocalResponder:
    """Answers about the product whose text shares most words with the customer's last messages."""

    model = "local"

    def respond(self, prompt: Prompt) -> Reply:
        """Return a reply in the language of the prompt (Indonesian, unless it is English)."""
        english = (prompt.language or "").lower().startswith("en")
        sentences = _SENTENCES["en" if english else "id"]
        products = prompt.catalogue.products
        if not products:
            return Reply(sentences["nothing"])
        asked = _asked(prompt)
        product = _best(prompt, products)
        if _PRICE.search(asked):
            return _about_price(product, sentences)
        benefits = tuple(prompt.catalogue.benefits[product.product_id or 0][:MAX_BENEFITS])
        kind = "about" if benefits else "name"
        text = sentences[kind].format(name=product.name, benefits=", ".join(benefits))
        return _reply(product, text, benefits)


def respond_to(packed: bytes) -> Reply:
    """Return the reply to a case (`rules.desk`)."""
    return LocalResponder().respond(prompt_of(packed))


def _asked(prompt: Prompt) -> str:
    """Return the customer's texts since the last answer, folded."""
    words: list[str] = []
    for message in reversed(prompt.messages):
        if message.sender in ("assistant", "human"):
            break
        if message.sender == "customer" and message.deleted_at is None:
            words.insert(0, message.content or "")
    return fold(" ".join(words))


def _best(prompt: Prompt, products: list[Item]) -> Item:
    """Return the product that the latest messages are about, else the first one listed."""
    for text in (_asked(prompt), *(fold(each.content or "") for each in reversed(prompt.messages))):
        asked = set(_WORD.findall(text))
        shared = [
            _shared(asked, product.name) * NAME_WEIGHT + _shared(asked, product.text) for product in products
        ]
        if max(shared) > 0:
            return products[shared.index(max(shared))]
    return products[0]


def _shared(asked: set[str], text: str) -> int:
    return len(asked & set(_WORD.findall(fold(text))))


def _about_price(product: Item, sentences: dict[str, str]) -> Reply:
    if product.price is None:
        return _reply(product, sentences["no price"].format(name=product.name), ())
    price = format_price(product.price)
    return _reply(product, sentences["price"].format(name=product.name, price=price), (price,))


def _reply(product: Item, text: str, claims: tuple[str, ...]) -> Reply:
    return Reply(text, (product.seller_id,), (product.product_id or 0,), claims)
