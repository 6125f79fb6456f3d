"""Which roles must have a second factor: the product's policy says, and a setting may add some."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from colonnade.kernel.identity.services import IdentityServices

__all__ = ["role_requires_factor", "roles_requiring_factor"]


def roles_requiring_factor(services: IdentityServices) -> frozenset[str]:
    """The roles of `Policy.second_factor` and of MFA_REQUIRED_ROLES together."""
    return services.product.policy.second_factor.union(services.settings.mfa_required_roles)


def role_requires_factor(services: IdentityServices, role: str) -> bool:
    """Whether accounts of this role must have a second factor to sign in."""
    return role in roles_requiring_factor(services)
