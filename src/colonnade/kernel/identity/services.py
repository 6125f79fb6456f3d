"""The parts that identity adds to the services of the rooms below it."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.kernel.exports.services import ExportServices
from colonnade.kernel.identity.accounts.accounts import Accounts
from colonnade.kernel.identity.factors.required import FactorRule
from colonnade.kernel.identity.mfa.second_factors import SecondFactors
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.oauth.client import open_provider_clients
from colonnade.kernel.identity.oauth.flow import Providers
from colonnade.kernel.identity.oauth.identities import Identities
from colonnade.kernel.identity.passkeys.ceremonies import RelyingParty
from colonnade.kernel.identity.passkeys.passkeys import Passkeys
from colonnade.kernel.identity.passwords.breach import BreachCheck
from colonnade.kernel.identity.passwords.hashing import PasswordHasher
from colonnade.kernel.identity.passwords.passwords import Passwords
from colonnade.kernel.identity.passwords.schemas import RULES
from colonnade.kernel.identity.sessions.sessions import Lifetimes, Sessions
from colonnade.kernel.identity.sessions.settings import SignInSettings
from colonnade.kernel.identity.signin.logins import Logins
from colonnade.kernel.limits import LoginGuard
from colonnade.kernel.outbound import Outbound

__all__ = ["IdentityServices"]


@dataclass(kw_only=True)
class IdentityServices(ExportServices):
    """The services of identity, built in the order in which they depend on each other."""

    login_guard: LoginGuard
    hasher: PasswordHasher
    outbound: Outbound
    breaches: BreachCheck | None = None
    notices: Notices = field(init=False)
    factor_rule: FactorRule = field(init=False)
    accounts: Accounts = field(init=False)
    sessions: Sessions = field(init=False)
    passwords: Passwords = field(init=False)
    passkeys: Passkeys = field(init=False)
    second_factors: SecondFactors = field(init=False)
    logins: Logins = field(init=False)
    providers: Providers = field(init=False)
    identities: Identities = field(init=False)

    def __post_init__(self) -> None:
        product, settings, tokens = self.product, self.settings, self.tokens
        self.notices = Notices(product.title)
        self.factor_rule = FactorRule(product.policy, settings.mfa_required_roles)
        self.accounts = Accounts(product.policy, self.personal_data, self.notices)
        self.sessions = Sessions(
            tokens,
            Lifetimes.of(settings),
            self.factor_rule,
            self.notices,
            product.claims,
            verified_only=not settings.of(SignInSettings).unverified_sign_in,
        )
        self.passwords = Passwords(
            self.hasher,
            self.login_guard,
            self.notices,
            rules=RULES[settings.password_policy],
            bcrypt=settings.bcrypt_cost is not None,
            site=(product.title, product.name),
            breaches=self.breaches,
        )
        self.passkeys = Passkeys(
            RelyingParty.of(settings, product.title), product.name, tokens, self.factor_rule, self.notices
        )
        self.second_factors = SecondFactors(
            product.title, self.fields, self.limiter, self.passkeys, self.factor_rule, self.notices
        )
        self.logins = Logins(
            self.hasher,
            self.login_guard,
            tokens,
            self.sessions,
            self.second_factors,
            self.passkeys,
            self.factor_rule,
        )
        self.providers = Providers(
            open_provider_clients(settings, self.outbound),
            tokens,
            self.fields,
            product=product.name,
            public_url=settings.public_url,
            production=settings.production,
            origins=settings.allowed_origins,
        )
        self.identities = Identities(self.providers, self.logins, self.notices)
