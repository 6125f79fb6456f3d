"""`colonnade audit verify|export`: verifies the audit log, and exports it as JSON lines."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from colonnade.app.cli.common import ProductNames, fail, out, say, show_table
from colonnade.app.cli.running import with_services
from colonnade.kernel.audit import (
    AuditFilters,
    AuditReport,
    ChainBroken,
    export_lines,
    link_entries,
    verify_log,
)
from colonnade.kernel.core import counted
from colonnade.kernel.product import Services

__all__ = ["audit"]

audit = typer.Typer(help="The audit log of a product.", no_args_is_help=True)

_MARK = re.compile(r"(\d{1,18}):([0-9a-fA-F]{64})\Z")


@audit.command("verify")
def verify(
    products: ProductNames = None,
    expect: Annotated[
        str | None, typer.Option(help="The mark that an earlier verification of this product printed.")
    ] = None,
) -> None:
    """Find entries of the audit log that were changed, removed or inserted. Exit code 1: there are some.

    Keep the mark that it prints in another place: --expect detects even that an older copy of the whole log
    was put back.
    """
    mark = _mark(expect, products or [])

    async def use(services: Services) -> AuditReport:
        await _catch_up(services)
        return await verify_log(services.db, expected=mark)

    broken = []
    for product, report in with_services(products, use):
        state = "intact" if report.intact else "NOT intact"
        waiting = f", {report.waiting} waiting" if report.waiting else ""
        entries = counted(report.entries, "entry", "entries")
        out.print(f"{escape(product.title)}: {entries}{waiting}, {state}")
        out.print(f"Mark: {report.position}:{report.hash}")
        if not report.intact:
            broken.append(product.name)
            rows = [(str(each.position or ""), each.kind, each.text) for each in report.findings]
            show_table(f"Findings in {product.title}", ("entry", "kind", "finding"), rows)
    if broken:
        fail(f"The audit log of {', '.join(broken)} is not as it was written.")


@audit.command("export")
def export(
    product: Annotated[str, typer.Argument(help="The product.")],
    since: Annotated[datetime | None, typer.Option(help="From this moment on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this moment (UTC).")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
) -> None:
    """Write the log to standard output as JSON lines, oldest first."""
    filters = AuditFilters(
        action=action,
        since=since.replace(tzinfo=UTC) if since else None,
        until=until.replace(tzinfo=UTC) if until else None,
    )

    async def use(services: Services) -> int:
        await _catch_up(services)
        lines = 0
        async for chunk in export_lines(services.db, filters):
            sys.stdout.buffer.write(chunk)
            lines += chunk.count(b"\n")
        sys.stdout.buffer.flush()
        return lines

    ((_, lines),) = with_services([product], use)
    say(counted(lines, "entry", "entries"))


def _mark(text: str | None, products: list[str]) -> tuple[int, str] | None:
    if text is None:
        return None
    match = _MARK.match(text)
    if match is None:
        fail("--expect takes the mark of an earlier verification, such as 17:ab12….", code=2)
    if len(products) != 1:
        fail("--expect is about one product: name it.", code=2)
    return int(match[1]), match[2]


async def _catch_up(services: Services) -> None:
    try:
        await link_entries(services.db)
    except ChainBroken as error:
        say(f"Waiting entries are not added to the log: {error}")
