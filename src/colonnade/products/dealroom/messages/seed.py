"""Demonstration messages in Indonesian: this morning's questions of customers, and the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from msgspec import structs

from colonnade.kernel.core import Phone, now
from colonnade.kernel.db import Transaction
from colonnade.products.dealroom.messages.actions import post_message
from colonnade.products.dealroom.messages.schemas import Draft, Sender
from colonnade.products.dealroom.sessions.seed import list_demo_sessions

__all__ = ["seed_messages"]

TALKS: dict[tuple[str, str], list[tuple[Sender, str]]] = {
    ("Ibu Sari", "+62 812 3456 7890"): [
        ("customer", "Selamat pagi, apakah sepatu kulit ukuran 41 masih ada?"),
        ("assistant", "Selamat pagi, Ibu Sari. Ada, Sepatu Kulit Anoa tersedia ukuran 38 sampai 44."),
        ("customer", "Harganya berapa ya?"),
        ("assistant", "Rp450.000 sampai Rp525.000, tergantung model. Jahitannya bergaransi 6 bulan."),
        ("customer", "Baik, saya ambil satu yang cokelat. Bisa kirim ke Bandung?"),
        ("human", "Bisa, Bu. Saya hitungkan ongkos kirimnya sebentar."),
    ],
    ("Pak Budi", "+62 813 2222 3333"): [
        ("customer", "Sandal rotannya kuat untuk dipakai setiap hari?"),
        ("assistant", "Dianyam tangan dan ringan, Pak Budi. Harganya Rp125.000."),
        ("customer", "Boleh kirim foto?"),
    ],
    ("Kak Wulan", "+62 857 9876 5432"): [
        ("customer", "Krim perawatannya aman untuk warna putih?"),
        ("assistant", "Aman, Kak: krimnya tanpa pewarna."),
    ],
}


async def seed_messages(tx: Transaction, accounts: Mapping[str, int]) -> None:
    """Insert the messages of the demonstration sessions."""
    sessions = await list_demo_sessions(tx, accounts)
    for (customer, phone), talk in TALKS.items():
        session_id = sessions[customer]
        for number, (sender, text) in enumerate(talk):
            draft = _draft(session_id, customer, Phone.read(phone), sender, text)
            # Spread over the morning.
            ago = (len(talk) - number) * timedelta(minutes=4)
            await post_message(tx, accounts["user"], structs.replace(draft, written_at=now() - ago))


def _draft(session_id: UUID, customer: str, phone: Phone, sender: Sender, text: str) -> Draft:
    if sender == "customer":
        return Draft(
            session_id,
            sender,
            "text",
            text,
            sender_name=customer,
            phone=phone.number,
            phone_typed=phone.typed,
        )
    name = "Sinta" if sender == "assistant" else "Melati"
    return Draft(session_id, sender, "text", text, sender_name=name, status="read")
