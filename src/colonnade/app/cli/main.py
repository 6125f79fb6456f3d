"""The command line: every command is one function, here or in its own module."""

from __future__ import annotations

import typer

from colonnade.app.cli import access, admin, audit, inspect, jobs, keys
from colonnade.app.cli.up import up
from colonnade.app.cli.work import worker

__all__ = ["cli"]

cli = typer.Typer(
    name="colonnade",
    help="One kernel of backend capabilities and complete backends built on it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.command()(up)
cli.command()(worker)
cli.command()(admin.migrate)
cli.command()(admin.seed)
cli.add_typer(admin.accounts, name="admin")
cli.add_typer(jobs.jobs, name="jobs")
cli.add_typer(audit.audit, name="audit")
cli.add_typer(keys.keys, name="keys")
cli.add_typer(access.access, name="access")
cli.command()(inspect.routes)
cli.command()(inspect.openapi)
cli.command()(inspect.doctor)
cli.command()(inspect.version)
