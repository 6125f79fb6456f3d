"""The roles that require a second factor: those of the product's policy, and those that a setting adds."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.kernel.access import Policy
from colonnade.kernel.core.providing import provided

__all__ = ["FactorRule"]


@provided("factor_rule")
class FactorRule:
    """The roles of `Policy.second_factor` and of MFA_REQUIRED_ROLES (`also`) together."""

    def __init__(self, policy: Policy, also: Iterable[str] = ()) -> None:
        self._policy = policy
        self.also = frozenset(also)

    @property
    def roles(self) -> frozenset[str]:
        """The roles whose accounts must have a second factor to sign in."""
        return self._policy.second_factor | self.also

    def binds(self, role: str) -> bool:
        """Return whether accounts of this role must have a second factor to sign in."""
        return role in self.roles
