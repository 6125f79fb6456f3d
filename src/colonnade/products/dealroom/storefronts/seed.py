"""A demonstration channel with its catalogue and rules; switched off, because its number is nobody's."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from colonnade.kernel.core import CurrencyCode, FieldCipher, LanguageTag, Phone, ZoneName
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.channels.actions.channels import create_channel, update_channel
from colonnade.products.dealroom.channels.actions.rules import change_rules
from colonnade.products.dealroom.channels.schemas import (
    AccessToken,
    AppSecret,
    ChannelCreate,
    ChannelUpdate,
    HandoverWord,
    OpenPeriod,
    PhoneNumberId,
    ShortText,
    Time,
    VerifyToken,
    WeekDay,
)
from colonnade.products.dealroom.sellers.actions import create_channel_seller
from colonnade.products.dealroom.sellers.schemas import ChannelSellerCreate
from colonnade.products.dealroom.sellers.seed import CARE, SHOES
from colonnade.products.dealroom.sessions.seed import demo_owner
from colonnade.products.dealroom.shared.schemas.fields import LongText, Name
from colonnade.products.dealroom.vendors.actions import put_channel_vendor
from colonnade.products.dealroom.vendors.schemas import Persona, VendorUpdate
from colonnade.products.dealroom.vendors.seed import PERSONA

__all__ = ["seed_channel"]

NUMBER = "+62 811 6000 123"
DAYS: tuple[WeekDay, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
RULES = {
    "language": LanguageTag("id"),
    "currency": CurrencyCode("IDR"),
    "time_zone": ZoneName("Asia/Jakarta"),
    "opening_hours": [OpenPeriod(day, Time("08:00"), Time("17:00")) for day in DAYS],
    "closed_message": ShortText("Toko kami buka Senin sampai Sabtu pukul 08.00–17.00 WIB."),
    "handover_words": [HandoverWord("petugas"), HandoverWord("operator")],
    "handover_message": ShortText("Baik, rekan kami segera membalas."),
}


async def seed_channel(tx: Transaction, accounts: Mapping[str, int], cipher: FieldCipher) -> None:
    """Give the shop owner a channel with a vendor, two sellers and rules."""
    owner = demo_owner(accounts)
    data = ChannelCreate(
        name=Name("Toko Sepatu Melati"),
        phone_number_id=PhoneNumberId("100000000000000"),
        access_token=AccessToken(secrets.token_urlsafe(24)),
        app_secret=AppSecret(secrets.token_hex(16)),
        verify_token=VerifyToken(secrets.token_urlsafe(24)),
    )
    channel = await create_channel(tx, cipher, owner, data, number=Phone.read(NUMBER).number)
    await update_channel(tx, cipher, owner, channel.id, ChannelUpdate(enabled=False), expected=None)
    await change_rules(tx, owner, channel.id, RULES, expected=None)
    vendor = VendorUpdate(name=Name("Sinta"), phone_number=Phone.read(NUMBER), persona=Persona(PERSONA))
    await put_channel_vendor(tx, owner, channel.id, vendor, expected=None)
    shoes = ChannelSellerCreate(
        Name("Toko Sepatu Melati"), LongText("Sepatu buatan Yogyakarta sejak 1987."), SHOES
    )
    await create_channel_seller(tx, owner, channel.id, shoes)
    await create_channel_seller(tx, owner, channel.id, ChannelSellerCreate(Name("Rawat Kulit"), None, CARE))
