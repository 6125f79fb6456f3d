"""Requests of people without an account about what they left: found by e-mail, telephone or number, exported, erased.

>>> SLICE = Slice(name="letters", …, left_data=[LeftData("letters", find_letters, erase_letters)])
... # doctest: +SKIP
"""

from colonnade.kernel.privacy.left import Access, AllLeft, LeftData, Subject
from colonnade.kernel.privacy.routes import privacy_routes
from colonnade.kernel.privacy.schemas import MAX_FOUND, Erased, ErasureRequest, Found, SubjectQuery

__all__ = [
    "MAX_FOUND",
    "Access",
    "AllLeft",
    "Erased",
    "ErasureRequest",
    "Found",
    "LeftData",
    "Subject",
    "SubjectQuery",
    "privacy_routes",
]
