"""HTTP entry of roles, for products whose Policy has `custom_roles=True`."""

from __future__ import annotations

from typing import Any

from colonnade.kernel.access import Policy, Principal
from colonnade.kernel.db import Database
from colonnade.kernel.http import (
    Api,
    Created,
    Exchange,
    ExpectedVersion,
    Ok,
    Router,
    allows,
    delete,
    get,
    patch,
    post,
    put,
    recently_verified,
)
from colonnade.kernel.identity.notices import Notices
from colonnade.kernel.identity.roles import actions, queries
from colonnade.kernel.identity.roles.schemas import (
    CustomRole,
    Permission,
    Role,
    RoleChange,
    RoleCreate,
    RolesAndPermissions,
    RoleUnknown,
)
from colonnade.kernel.identity.schemas import Account
from colonnade.kernel.identity.tags import ROLES

__all__ = ["role_routes"]


def _reading_handlers(permission: str) -> list[Any]:
    @get("/", guards=[allows(permission)])
    async def list_roles(db: Database, product: Api) -> Ok[RolesAndPermissions]:
        """Every role with the number of accounts that have it, and every permission there is."""
        policy, counts = product.policy, await queries.count_by_role(db)
        roles = [_built_in(policy, name, counts) for name in policy.roles]
        made = await queries.list_custom_roles(db)
        roles += [_made(policy, role, counts) for role in made if role.name not in policy.roles]
        permissions = [Permission(name, text) for name, text in policy.permissions.items()]
        return Ok(RolesAndPermissions(roles, permissions))

    @get("/{name:str}", guards=[allows(permission)])
    async def show_role(name: str, db: Database, product: Api) -> Ok[Role]:
        """One role; its ETag can be used with `If-Match`."""
        policy, counts = product.policy, await queries.count_by_role(db)
        if name in policy.roles:
            return Ok(_built_in(policy, name, counts))
        role = await queries.find_custom_role(db, name)
        if role is None:
            raise RoleUnknown
        return Ok(_made(policy, role, counts), version=role.version)

    return [list_roles, show_role]


def _changing_handlers(permission: str) -> list[Any]:
    @post("/", guards=[allows(permission)])
    async def add_role(
        data: RoleCreate, db: Database, product: Api, caller: Principal, exchange: Exchange
    ) -> Created[Role]:
        """Make a role out of permissions that one has."""
        policy = product.policy
        async with db.transaction(caller) as tx:
            role = await actions.create_role(tx, caller, policy, data, exchange)
        return Created(_made(policy, role, {}), version=role.version)

    @patch("/{name:str}", guards=[allows(permission), recently_verified(api_keys=True)])
    async def edit_role(
        name: str,
        data: RoleChange,
        db: Database,
        product: Api,
        caller: Principal,
        exchange: Exchange,
        expected: ExpectedVersion,
    ) -> Ok[Role]:
        """Change title or permissions; everybody who has the role has them at once. Takes `If-Match`.

        Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
        """
        policy = product.policy
        async with db.transaction(caller) as tx:
            role = await actions.change_role(
                tx, caller, policy, name, data, version=expected, origin=exchange
            )
            counts = await queries.count_by_role(tx)
        return Ok(_made(policy, role, counts), version=role.version)

    @delete("/{name:str}", guards=[allows(permission)])
    async def drop_role(
        name: str,
        db: Database,
        product: Api,
        caller: Principal,
        exchange: Exchange,
        expected: ExpectedVersion,
    ) -> None:
        """Delete a role that nobody has."""
        async with db.transaction(caller) as tx:
            await actions.remove_role(tx, caller, product.policy, name, version=expected, origin=exchange)

    return [add_role, edit_role, drop_role]


def _giving_handlers(permission: str) -> list[Any]:
    @put(
        "/{name:str}/accounts/{account_id:int}", guards=[allows(permission), recently_verified(api_keys=True)]
    )
    async def give_role(
        name: str,
        account_id: int,
        db: Database,
        notices: Notices,
        product: Api,
        caller: Principal,
        exchange: Exchange,
    ) -> Ok[Account]:
        """Give somebody else this role; where it is another one than before, they have to sign in again, and are told.

        Needs a login or step-up of the last ten minutes (403 STEP_UP_REQUIRED).
        """
        async with db.transaction(caller) as tx:
            policy = product.policy
            account = await actions.assign_role(tx, notices, caller, policy, account_id, name, exchange)
        return Ok(account)

    return [give_role]


def role_routes(prefix: str = "/roles", *, permission: str = "roles:manage") -> Router:
    """Build the routes that list, create, change, delete and assign roles, for callers with `permission`.

    `GET /`, `POST /`, `GET|PATCH|DELETE /{name}`, `PUT /{name}/accounts/{account_id}`.
    """
    handlers = [
        *_reading_handlers(permission),
        *_changing_handlers(permission),
        *_giving_handlers(permission),
    ]
    return Router(prefix, route_handlers=handlers, tags=[ROLES])


def _built_in(policy: Policy, name: str, counts: dict[str, int]) -> Role:
    return Role(
        name=name,
        title=name.capitalize(),
        permissions=sorted(policy.roles[name]),
        built_in=True,
        accounts=counts.get(name, 0),
    )


def _made(policy: Policy, role: CustomRole, counts: dict[str, int]) -> Role:
    return Role(
        name=role.name,
        title=role.title,
        # A permission that the product no longer has is not given, so it is not shown.
        permissions=sorted(policy.of(role.name, role.permissions)),
        built_in=False,
        accounts=counts.get(role.name, 0),
        version=role.version,
        created_at=role.created_at,
        updated_at=role.updated_at,
    )
