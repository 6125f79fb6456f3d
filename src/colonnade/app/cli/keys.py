"""`colonnade keys create|list|reencrypt`: generates keys, shows their use, and retires old ones."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.choice import chosen_plan
from colonnade.app.cli.common import ProductNames, fail, one_line_errors, out, say, show_table
from colonnade.app.cli.running import use_services, with_services
from colonnade.kernel.audit import ChainBroken, link_entries, record, reseal
from colonnade.kernel.core import EncryptedColumn, counted
from colonnade.kernel.db.reencryption import Reencrypted, count_by_key, reencrypt_column
from colonnade.kernel.identity import ENCRYPTED_COLUMNS, Algorithm, SigningKeys, make_key
from colonnade.kernel.product import Product, Services

__all__ = ["keys"]

keys = typer.Typer(help="Keys for tokens and for encrypted fields.", no_args_is_help=True)


@keys.command("create")
def create(
    algorithm: Annotated[Algorithm, typer.Option(help="HS256, EdDSA or RS256.")] = "EdDSA",
    field: Annotated[bool, typer.Option("--field", help="A key for FIELD_KEYS instead.")] = False,
    key_id: Annotated[str | None, typer.Option("--id", help="Its id; by default today's date.")] = None,
) -> None:
    """Generate a key and print it in the form of JWT_KEYS (or FIELD_KEYS). It is stored nowhere."""
    name = key_id or datetime.now(UTC).strftime("k%Y%m%d")
    if not (name.replace("-", "").replace("_", "").isalnum() and name.isascii() and len(name) <= 32):
        fail("An id is 1 to 32 of a-z, 0-9, - and _.", code=2)
    raw = secrets.token_bytes(32)
    if field:
        say(
            "Add it at the end of FIELD_KEYS on every server, then move it to the front and run `keys reencrypt`."
        )
        print(f"{name}:{base64.b64encode(raw).decode()}")
    else:
        say("Add it at the end of JWT_KEYS on every server, then move it to the front.")
        print(f"{name}:{algorithm}:{base64.b64encode(make_key(algorithm, raw)).decode()}")


@keys.command("list")
def list_keys(products: ProductNames = None) -> None:
    """List the keys that sign and verify tokens, and count the stored values under each field key."""

    async def use(services: Services) -> list[tuple[EncryptedColumn, dict[str, int]]]:
        columns = _columns(services.product)
        return [(column, await count_by_key(services.db, column)) for column in columns]

    with one_line_errors(), chosen_plan(products) as plan:
        for product, ring in [(product, SigningKeys.of(settings)) for product, settings in plan]:
            rows = [(key.id, key.algorithm, "signs" if key is ring.current else "verifies") for key in ring]
            show_table(f"{product.title}: tokens", ("key", "algorithm", "use"), rows)
        counted = use_services(plan, use)
    for product, found in counted:
        values = [(str(column), key, str(count)) for column, keys in found for key, count in keys.items()]
        show_table(f"{product.title}: encrypted values", ("column", "key", "values"), values)


@keys.command("reencrypt")
def reencrypt(
    products: ProductNames = None,
    batch: Annotated[int, typer.Option(min=1, max=5_000, help="Rows per statement.")] = 200,
    pause_ms: Annotated[int, typer.Option(min=0, max=10_000, help="Pause between statements.")] = 0,
) -> None:
    """Rewrite every encrypted value with the first key of FIELD_KEYS, while servers run.

    It can be interrupted and run again at any time. Once it has ended without an error, the older keys can
    be removed from FIELD_KEYS.
    """

    async def use(services: Services) -> list[tuple[EncryptedColumn, Reencrypted]]:
        columns = _columns(services.product)
        outcomes = [(column, await _rewrite(services, column, batch, pause_ms / 1000)) for column in columns]
        await _seal_log(services)
        return outcomes

    problems = []
    for product, found in with_services(products, use):
        for column, outcome in found:
            rewritten = counted(outcome.rewritten, "value")
            out.print(f"{escape(product.title)}: {column}: {rewritten} rewritten")
            if outcome.unreadable:
                unreadable = counted(outcome.unreadable, "value")
                problems.append(f"no key of FIELD_KEYS decrypts {unreadable} of {column}")
            if outcome.remaining:
                problems.append(
                    f"a server still writes {column} with an older key: restart it, then do this again"
                )
    if problems:
        fail("; ".join(problems) + ".")


async def _rewrite(services: Services, column: EncryptedColumn, batch: int, pause: float) -> Reencrypted:
    told = time.monotonic()

    def progress(rewritten: int) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            say(f"{column}: {counted(rewritten, 'value')} so far")

    outcome = await reencrypt_column(
        services.db, services.fields, column, batch=batch, pause_seconds=pause, progress=progress
    )
    if outcome.rewritten:
        async with services.db.transaction() as tx:
            await record(
                tx,
                action="keys.reencrypted",
                actor="cli",
                target=("column", column),
                after={"key": services.fields.current, "values": outcome.rewritten},
            )
    return outcome


async def _seal_log(services: Services) -> None:
    """Seal the end of the audit log under the new key: its signing keys derive from FIELD_KEYS."""
    try:
        await link_entries(services.db)
        await reseal(services.db)
    except ChainBroken as error:
        fail(f"{services.product.title}: the audit log: {error}. See `colonnade audit verify`.")


def _columns(product: Product) -> list[EncryptedColumn]:
    return [*ENCRYPTED_COLUMNS, *product.encrypted]
