"""Permissions and roles: users have their own sessions, administrators manage users.

Only its owner may read a conversation: administrators manage accounts and cannot read it.
"""

from __future__ import annotations

from colonnade.kernel.access import Policy

__all__ = ["POLICY"]

PERMISSIONS = {
    "users:manage": "list, change, suspend and delete users",
    "audit:read": "read and export the audit log",
    "chats:use": "hold chat sessions with vendors, sellers and messages",
    "channels:use": "connect one's own telephone numbers",
    "trash:restore": "see, restore and purge what one has deleted",
}

_USER = {"chats:use", "channels:use", "trash:restore"}

POLICY = Policy(PERMISSIONS, {"admin": PERMISSIONS, "user": _USER}, admin_role="admin")
