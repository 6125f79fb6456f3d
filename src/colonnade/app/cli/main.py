"""The command line: finds the command that the arguments name and imports its module only."""

from __future__ import annotations

import importlib
import sys

import typer

__all__ = ["cli"]

_MODULES = {
    "up": "up",
    "worker": "work",
    "migrate": "migrating",
    "seed": "admin",
    "admin": "admin",
    "jobs": "jobs",
    "audit": "audit",
    "keys": "keys",
    "access": "access",
    "routes": "inspect",
    "openapi": "inspect",
    "asyncapi": "inspect",
    "settings": "inspect",
    "doctor": "inspect",
    "new": "new",
    "version": "version",
}
"""The commands in the order of the help, and where they are."""
_NAMES = {"admin": "accounts"}


def cli() -> None:
    """Run the command that the arguments name."""
    app = typer.Typer(
        name="colonnade",
        help="One kernel of backend capabilities and complete backends built on it.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    # Loading all of them takes two seconds; most calls need one.
    named = sys.argv[1] if sys.argv[1:] and sys.argv[1] in _MODULES else None
    for name in [named] if named else _MODULES:
        module = importlib.import_module(f"colonnade.app.cli.{_MODULES[name]}")
        command = getattr(module, _NAMES.get(name, name))
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    # With a single command and no callback, Typer takes the command's name for an argument.
    app.callback()(lambda: None)
    app(prog_name="colonnade")
