"""Authorisation: principals, roles and permissions."""

from colonnade.kernel.access.principal import Policy, Principal, check_allowed, may

__all__ = ["Policy", "Principal", "check_allowed", "may"]
