"""The SQL revisions on disk: one file `NNNN_name.sql` each, linear within a branch.

A branch is a directory with a name (`kernel`, `shop`); the file `0003_mail.sql` of the branch `kernel` is
the revision `kernel_0003`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

__all__ = [
    "BadRevision",
    "Branches",
    "Revision",
    "checksum",
    "find_revisions",
    "is_transactional",
    "split_statements",
]

Branches = Sequence[tuple[str, Path]]
"""Branch names and directories, in the order in which they are migrated."""

_FILE = re.compile(r"(?P<number>\d{4})_(?P<title>[a-z0-9_]+)\.sql")
_BRANCH = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NO_TRANSACTION = re.compile(r"^--\s*migrate:\s*no-transaction\s*$", re.MULTILINE)


class BadRevision(Exception):
    """A migration file or branch is unusable; the message names it."""


class Revision(msgspec.Struct, frozen=True):
    """One migration file."""

    id: str
    branch: str
    number: int
    title: str
    path: Path

    def read(self) -> str:
        """Return the SQL text."""
        return self.path.read_text(encoding="utf-8")


def find_revisions(branches: Branches) -> list[Revision]:
    """Return every revision, branch by branch in the order given, by number within a branch.

    Raise BadRevision for a missing directory, a malformed file name and a number used twice.
    """
    found: list[Revision] = []
    for branch, directory in branches:
        if not _BRANCH.fullmatch(branch):
            raise BadRevision(f"{branch!r} cannot name a branch of migrations")
        if not directory.is_dir():
            raise BadRevision(f"{directory} is not a directory of migrations")
        found += _numbered(branch, sorted(directory.glob("*.sql")))
    return found


def _numbered(branch: str, paths: Iterable[Path]) -> list[Revision]:
    revisions: dict[int, Revision] = {}
    for path in paths:
        match = _FILE.fullmatch(path.name)
        if match is None:
            raise BadRevision(f"{path} is not named NNNN_name.sql")
        number = int(match["number"])
        if number in revisions:
            raise BadRevision(f"{path.name} and {revisions[number].path.name} have the same number")
        revisions[number] = Revision(
            id=f"{branch}_{number:04}", branch=branch, number=number, title=match["title"], path=path
        )
    return [revisions[number] for number in sorted(revisions)]


def is_transactional(sql: str) -> bool:
    """Return False if the file's text has the line `-- migrate:no-transaction`, else True."""
    return _NO_TRANSACTION.search(sql) is None


_TOKEN = re.compile(
    r"""
      --[^\n]*                                   # comment to the end of the line
    | /\*.*?\*/                                  # comment (not nested)
    | (?<![A-Za-z0-9_$])[eE]'(?:[^'\\]|\\.|'')*' # string with backslashes
    | '(?:[^']|'')*'                             # string
    | "(?:[^"]|"")*"                             # quoted name
    | (?<![A-Za-z0-9_$])\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?P=tag)\$  # dollar quoted with a tag
    | (?<![A-Za-z0-9_$])\$\$.*?\$\$              # dollar quoted
    | ;
    """,
    re.VERBOSE | re.DOTALL,
)


def split_statements(sql: str) -> list[str]:
    """Split `sql` into statements, at semicolons outside strings, quoted names and comments.

    PostgreSQL runs statements that are sent together inside one transaction, so statements that must run outside
    of any have to be sent one by one.
    """
    statements: list[str] = []
    start = 0
    for match in _TOKEN.finditer(sql):
        if match.group() == ";":
            statements.append(sql[start : match.start()])
            start = match.end()
    statements.append(sql[start:])
    return [text.strip() for text in statements if _has_content(text)]


def checksum(sql: str) -> str:
    """Return a fingerprint of the statements (SHA-256, hex).

    Comments, the space between words and a final semicolon do not affect it.
    """
    words: list[str] = []
    start = 0
    for match in _TOKEN.finditer(sql):
        words += sql[start : match.start()].split()
        if not match.group().startswith(("--", "/*")):
            words.append(match.group())
        start = match.end()
    words += sql[start:].split()
    while words and words[-1] == ";":
        words.pop()
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def _has_content(text: str) -> bool:
    return bool(re.sub(r"--[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL).strip())
