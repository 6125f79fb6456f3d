"""Demonstration data in Indonesian: a shop owner with three customers; written once into an empty database."""

from __future__ import annotations

from uuid import UUID

from colonnade.kernel.access import Principal
from colonnade.kernel.db import Transaction
from colonnade.kernel.identity import insert_account
from colonnade.kernel.product import DemoLogin, Services
from colonnade.products.dealroom.messages.actions import post_message
from colonnade.products.dealroom.messages.schemas import Draft, Sender
from colonnade.products.dealroom.sellers.actions import create_seller
from colonnade.products.dealroom.sellers.schemas import Price, ProductCreate, SellerCreate
from colonnade.products.dealroom.sessions.queries import insert_session, update_session
from colonnade.products.dealroom.sessions.schemas import SessionCreate
from colonnade.products.dealroom.shared.schemas.fields import PhoneNumber
from colonnade.products.dealroom.users.queries import insert_profile
from colonnade.products.dealroom.vendors.actions import create_vendor
from colonnade.products.dealroom.vendors.schemas import VendorCreate

__all__ = ["DEMO_LOGINS", "seed"]

DEMO_LOGINS = (
    DemoLogin("admin", "admin@dealroom.test", "admin-dealroom"),
    DemoLogin("user", "melati@dealroom.test", "melati-dealroom"),
)
_PEOPLE = {
    "admin": ("dimas", "+62 811 1000 001"),
    "user": ("melati", "+62 811 1000 002"),
}
PERSONA = (
    "Sinta dari Toko Sepatu Melati. Ramah dan singkat, menyapa pelanggan dengan nama, "
    "tidak pernah menjanjikan apa pun yang tidak ada di daftar produk."
)
SHOES = [
    ProductCreate(
        name="Sepatu Kulit Anoa",
        description="Sepatu pantofel kulit sapi, sol karet, ukuran 38 sampai 44.",
        benefits=["Kulit sapi asli", "Sol anti selip", "Garansi jahitan 6 bulan"],
        price=Price(45_000_000, 52_500_000, "IDR"),
    ),
    ProductCreate(
        name="Sandal Rotan Bawean",
        description="Sandal anyaman rotan buatan tangan, ukuran 36 sampai 42.",
        benefits=["Dianyam tangan", "Ringan"],
        price=Price(12_500_000, 12_500_000, "IDR"),
    ),
]
CARE = [
    ProductCreate(
        name="Krim Perawatan Kulit",
        description="Krim 100 ml untuk kulit halus.",
        benefits=["Tanpa pewarna", "Cukup untuk 20 kali pemakaian"],
        price=Price(6_500_000, 6_500_000, "IDR"),
    )
]
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


async def seed(services: Services) -> None:
    """Write the demonstration data unless there are accounts already."""
    hashes = {login.role: await services.hasher.hash(login.password) for login in DEMO_LOGINS}
    async with services.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(4711)")
        if await tx.fetch_value("SELECT EXISTS (SELECT FROM accounts)"):
            return
        people: dict[str, Principal] = {}
        for login in DEMO_LOGINS:
            name, phone = _PEOPLE[login.role]
            account = await insert_account(
                tx, email=login.email, name=name, role=login.role, password_hash=hashes[login.role]
            )
            await insert_profile(tx, account.id, name, PhoneNumber(phone.replace(" ", ""), phone))
            people[login.role] = Principal(
                account.id, login.role, name, login.email, frozenset(), UUID(int=0)
            )
        for number, (customer, talk) in enumerate(TALKS.items()):
            await _seed_session(tx, people["user"], customer, talk, first=number == 0)


async def _seed_session(
    tx: Transaction,
    owner: Principal,
    customer: tuple[str, str],
    talk: list[tuple[Sender, str]],
    *,
    first: bool,
) -> None:
    name, phone = customer
    session = await insert_session(
        tx, owner.id, SessionCreate(title=f"{name}: {talk[0][1][:40]}…", labels=["hangat"] if first else [])
    )
    if first:
        await update_session(tx, session.id, {"pinned": True})
    await create_vendor(
        tx,
        owner,
        VendorCreate(session.id, "Sinta", phone_number="+62 811 6000 123", persona=PERSONA, language="id"),
    )
    await create_seller(
        tx,
        owner,
        SellerCreate(session.id, "Toko Sepatu Melati", "Sepatu buatan Yogyakarta sejak 1987.", SHOES),
    )
    await create_seller(tx, owner, SellerCreate(session.id, "Rawat Kulit", None, CARE))
    names: dict[Sender, str] = {"customer": name, "assistant": "Sinta", "human": "Melati"}
    for sender, text in talk:
        await post_message(
            tx,
            owner.id,
            Draft(
                session_id=session.id,
                sender=sender,
                type="text",
                content=text,
                sender_name=names[sender],
                phone=phone.replace(" ", "") if sender == "customer" else None,
                phone_typed=phone if sender == "customer" else None,
                status="read" if sender != "customer" else "sent",
            ),
        )
    # A talk of this morning, not of this second.
    await tx.execute(
        "UPDATE messages SET created_at = now() - ($2 - seq + 1) * interval '4 minutes' WHERE session_id = $1",
        session.id,
        len(talk),
    )
