"""The identities that a provider's name of a person stands for."""

from __future__ import annotations

from colonnade.products.dealroom.contacts.schemas import Given, Person
from colonnade.products.dealroom.shared.rules.numbers import canonical_number, other_form, spellings

__all__ = ["identities_of", "number_identity"]


def identities_of(person: Person) -> list[Given]:
    """Return the identities of a person, the one that leads the others first; a user name leads none."""
    given = []
    if person.wa_id is not None:
        given.append(number_identity(canonical_number(person.wa_id), written=person.wa_id))
    elif person.number is not None:
        given.append(number_identity(person.number))
    if person.user_id is not None:
        given.append(Given("user_id", person.user_id, None, ""))
    if person.username is not None:
        name = person.username.removeprefix("@")
        value = name.lower()[:100]
        if value:
            given.append(Given("username", value, name if name != value else None, value))
    return given


def number_identity(number: str, *, written: str | None = None) -> Given:
    """Return the identity of a number in its one form, and as the provider writes it if that is known."""
    forms = spellings(number)
    if written is not None and f"+{written}" not in forms.split():
        forms = f"{forms} +{written}"
    return Given("phone", number, written, forms, other_form(number))
