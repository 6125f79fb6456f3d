"""HTTP entries of the contacts slice."""

from colonnade.products.dealroom.contacts.routes.bindings import BINDINGS
from colonnade.products.dealroom.contacts.routes.contacts import CONTACTS

__all__ = ["ROUTES"]

ROUTES = [CONTACTS, BINDINGS]
