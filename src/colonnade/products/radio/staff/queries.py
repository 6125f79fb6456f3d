"""SQL of staff administration. Out of scope: that of accounts, which is the kernel's."""

from __future__ import annotations

__all__ = ["ROLE_OF"]

ROLE_OF = """
SELECT a.role AS name, coalesce(r.title, initcap(a.role)) AS title
FROM accounts a LEFT JOIN access_roles r ON r.name = a.role WHERE a.id = $1
"""
"""The role of an account, as its export shows it."""
