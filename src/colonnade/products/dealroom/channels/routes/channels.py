"""Channels: one's own telephone numbers at a messaging provider, and their state."""

from __future__ import annotations

from msgspec import UNSET

from colonnade.kernel.access import Principal
from colonnade.kernel.core import FieldCipher
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Created,
    Exchange,
    ExpectedVersion,
    Ok,
    Router,
    Tag,
    allows,
    delete,
    get,
    mirrored,
    patch,
    post,
    spend_budget,
    spends,
)
from colonnade.products.dealroom.channels.actions import channels as actions
from colonnade.products.dealroom.channels.actions.states import note_change
from colonnade.products.dealroom.channels.clients.provider import (
    ChannelFault,
    ProviderFactory,
    Refused,
    TryAgain,
)
from colonnade.products.dealroom.channels.queries import channels as queries
from colonnade.products.dealroom.channels.routes.proofs import PROOFS, prove_number
from colonnade.products.dealroom.channels.rules.numbers import is_same_number
from colonnade.products.dealroom.channels.rules.states import after_refusal
from colonnade.products.dealroom.channels.schemas import (
    RESUME_SENDING,
    Channel,
    ChannelCreate,
    ChannelExists,
    ChannelHealth,
    ChannelReleased,
    ChannelSettings,
    ChannelState,
    ChannelUpdate,
    NumberUnproven,
    ResumeSending,
)
from colonnade.products.dealroom.shared.rules.places import LONG_BODY_BYTES, PREFIX

__all__ = ["CHANNELS"]

USE = "channels:use"
PROBE_TIMEOUT_SECONDS = 8.0
PROBE = "probe:channels"


@post(
    "/channels", guards=[allows(USE), spends(PROOFS)], answers=(503,), request_max_body_size=LONG_BODY_BYTES
)
async def create_channel(
    data: ChannelCreate,
    db: Database,
    cipher: FieldCipher,
    providers: ProviderFactory,
    caller: Principal,
    exchange: Exchange,
) -> Created[Channel]:
    """Connect a number; the provider has to call its `webhookPath`.

    The provider is asked whether `accessToken` manages the number. It is taken from whoever has it then, and a channel
    of one's own that has lost it gets it back; 409 when one has a channel for it.
    """
    if await queries.holds_number(db, caller.id, data.phone_number_id):
        raise ChannelExists
    provider = providers.open_with(data.access_token)
    number = await prove_number(provider, data.phone_number_id, data.phone_number)
    async with db.transaction(caller) as tx:
        channel = await actions.create_channel(tx, cipher, caller, data, number=number, origin=exchange)
    return Created(channel, version=channel.version)


@get("/channels", guards=[allows(USE)])
async def list_channels(db: Database, caller: Principal) -> Ok[list[Channel]]:
    """One's own channels."""
    return Ok(await queries.list_channels(db, caller.id))


@get("/channels/{channel_id:int}", guards=[allows(USE)])
async def show_channel(channel_id: int, db: Database, caller: Principal) -> Ok[Channel]:
    """One channel."""
    channel = await queries.fetch_channel(db, caller.id, channel_id)
    return Ok(channel, version=channel.version)


@patch("/channels/{channel_id:int}", guards=[allows(USE)], request_max_body_size=LONG_BODY_BYTES)
async def update_channel(
    channel_id: int,
    data: ChannelUpdate,
    db: Database,
    cipher: FieldCipher,
    providers: ProviderFactory,
    caller: Principal,
    exchange: Exchange,
    expected: ExpectedVersion,
) -> Ok[Channel]:
    """Change a channel or its secrets; `If-Match` guards against overwriting another's edit.

    Another `accessToken` or `phoneNumber` is proven as in `POST /channels`.
    """
    number = await _prove_change(db, providers, caller, exchange, channel_id, data)
    async with db.transaction(caller) as tx:
        channel = await actions.update_channel(
            tx,
            cipher,
            caller,
            channel_id,
            data,
            expected=expected,
            number=number,
            origin=exchange,
        )
    return Ok(channel, version=channel.version)


@delete("/channels/{channel_id:int}", guards=[allows(USE)])
async def delete_channel(
    channel_id: int, db: Database, caller: Principal, exchange: Exchange, expected: ExpectedVersion
) -> None:
    """Remove a channel; sessions and messages stay."""
    async with db.transaction(caller) as tx:
        await actions.delete_channel(tx, caller, channel_id, expected=expected, origin=exchange)


@get("/channels/{channel_id:int}/state", guards=[allows(USE)])
async def show_health(channel_id: int, db: Database, caller: Principal) -> Ok[ChannelHealth]:
    """The health of a channel: its state, its last messages, pending and failed ones."""
    return Ok(await queries.fetch_health(db, caller.id, channel_id))


@post("/channels/{channel_id:int}/probe", guards=[allows(USE), spends(PROOFS)], status_code=200)
async def probe(
    channel_id: int, db: Database, providers: ProviderFactory, settings: ChannelSettings, caller: Principal
) -> Ok[ChannelHealth]:
    """Ask the provider for the number; answers with the channel's health afterwards."""
    await _probe(db, providers, settings, caller, channel_id)
    return Ok(await queries.fetch_health(db, caller.id, channel_id))


async def _prove_change(
    db: Database,
    providers: ProviderFactory,
    caller: Principal,
    exchange: Exchange,
    channel_id: int,
    data: ChannelUpdate,
) -> str | None:
    """Have the provider confirm another token or number; return the number that it shows, None if it was not asked.

    Raise ChannelNotFound, ChannelReleased, NumberUnproven.
    """
    before = await queries.fetch_channel(db, caller.id, channel_id)
    given = None if data.phone_number is UNSET else data.phone_number
    if data.access_token is UNSET and (given is None or is_same_number(given, before.phone_number)):
        return None
    if before.state == "released":
        raise ChannelReleased
    await spend_budget(exchange, PROOFS)
    if data.access_token is UNSET:
        try:
            provider = providers.open(await queries.fetch_sealed(db, channel_id, caller.id))
        except (Refused, TryAgain) as error:
            raise NumberUnproven(fields={"accessToken": error.reason}) from None
    else:
        provider = providers.open_with(data.access_token)
    return await prove_number(provider, before.phone_number_id, given)


async def _probe(
    db: Database, providers: ProviderFactory, settings: ChannelSettings, caller: Principal, channel_id: int
) -> None:
    """Call the provider and record the outcome, unless the channel is disabled or released. Raise ChannelNotFound."""
    channel = await queries.fetch_sealed(db, channel_id, caller.id)
    if channel.state in ("disabled", "released"):
        return
    failure: Refused | TryAgain | None = None
    try:
        await providers.open(channel).check_number(channel.phone_number_id, seconds=PROBE_TIMEOUT_SECONDS)
    except (Refused, TryAgain) as error:
        failure = error
    async with db.transaction(caller) as tx:
        if failure is None:
            changed = await queries.mark_success(tx, channel_id, settings.silence)
            await tx.enqueue(RESUME_SENDING, ResumeSending(channel_id))
        else:
            refused = isinstance(failure, Refused) or (
                isinstance(failure, ChannelFault) and failure.pause != "throttled"
            )
            state: ChannelState = after_refusal(token=refused)
            changed = await queries.mark_failure(tx, channel_id, failure.reason, state=state)
        await note_change(tx, channel_id, changed, actor=PROBE)


CHANNELS = mirrored(
    Router(
        PREFIX,
        route_handlers=[
            create_channel,
            list_channels,
            show_channel,
            update_channel,
            delete_channel,
            show_health,
            probe,
        ],
        tags=[
            Tag("Channels", "Connect your own telephone number at a messaging provider, and see its state.")
        ],
    )
)
