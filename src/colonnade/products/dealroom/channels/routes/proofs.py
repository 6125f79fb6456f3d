"""The proof that somebody manages a number: the provider shows it to their access token.

A call of the network, outside of any transaction, of some seconds at most and counted by account.
"""

from __future__ import annotations

from colonnade.kernel.core import Unavailable
from colonnade.products.dealroom.channels.clients.provider import (
    ChannelFault,
    Provider,
    ProviderFailed,
    Refused,
)
from colonnade.products.dealroom.channels.rules.numbers import is_same_number, own_number
from colonnade.products.dealroom.channels.schemas import NumberUnproven

__all__ = ["PROOFS", "PROOF_TIMEOUT_SECONDS", "prove_number"]

PROOFS = "channel-proofs"
"""The budget of calls that ask the provider for a number."""
PROOF_TIMEOUT_SECONDS = 8.0


async def prove_number(provider: Provider, phone_number_id: str, given: str | None) -> str:
    """Return the number (E.164) that the provider shows the caller's token for this id.

    Raise NumberUnproven if it shows none, or another than the one that is given; Unavailable if it does not answer.
    """
    try:
        displayed = await provider.show_number(phone_number_id, seconds=PROOF_TIMEOUT_SECONDS)
    except ProviderFailed as failure:
        if not _is_refusal(failure):
            raise Unavailable(f"The number could not be checked. {failure.reason}") from None
        raise NumberUnproven(
            fields={"accessToken": f"The provider does not show this number for it: {failure.reason}"}
        ) from None
    number = own_number(displayed) if displayed is not None else None
    if displayed is None or number is None:
        raise NumberUnproven(fields={"phoneNumberId": "The provider shows no telephone number for it"})
    if given is not None and not is_same_number(given, displayed):
        raise NumberUnproven(fields={"phoneNumber": f"The provider shows another number for it: {displayed}"})
    return number


def _is_refusal(failure: ProviderFailed) -> bool:
    """Return whether a token is refused, for good or until something is done about it, and not just at this moment."""
    if isinstance(failure, ChannelFault):
        return failure.pause in ("token", "blocked")
    return isinstance(failure, Refused)
