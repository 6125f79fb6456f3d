"""Who may do what: users look after their own sessions, administrators after the users.

Conversations are their owner's alone: administrators manage accounts and do not read them.
"""

from __future__ import annotations

from colonnade.kernel.access import Policy

__all__ = ["POLICY"]

PERMISSIONS = {
    "users:manage": "list, change, suspend and delete users",
    "audit:read": "read and export the audit log",
    "chats:use": "hold chat sessions with vendors, sellers and messages",
    "channels:use": "connect one's own telephone numbers",
}

_USER = {"chats:use", "channels:use"}

POLICY = Policy(PERMISSIONS, {"admin": PERMISSIONS, "user": _USER})
