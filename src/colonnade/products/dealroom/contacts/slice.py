"""Contacts: one's customers, known by numbers, ids and user names, each with their sessions."""

from __future__ import annotations

from colonnade.kernel.exports import PersonalData
from colonnade.kernel.product import Slice
from colonnade.kernel.search import upkeep
from colonnade.products.dealroom.contacts.queries.contacts import CORPUS, collect_contacts
from colonnade.products.dealroom.contacts.routes import ROUTES
from colonnade.products.dealroom.contacts.seed import seed_contacts

__all__ = ["SLICE"]

SLICE = Slice(
    name="contacts",
    routes=ROUTES,
    jobs=[upkeep(CORPUS)],
    personal_data=[PersonalData("contacts", collect_contacts)],
    seed=seed_contacts,
)
