"""Calls to external servers: https only, never into our own network, with timeouts and a bound on the answer's size."""

from colonnade.kernel.outbound.addresses import AddressRefused, check_url, is_loopback_url
from colonnade.kernel.outbound.client import Answer, AnswerTooLarge, Outbound, OutboundFailed
from colonnade.kernel.outbound.multipart import OutgoingFile
from colonnade.kernel.outbound.registries import is_public

__all__ = [
    "AddressRefused",
    "Answer",
    "AnswerTooLarge",
    "Outbound",
    "OutboundFailed",
    "OutgoingFile",
    "check_url",
    "is_loopback_url",
    "is_public",
]
