"""What a password must be, and changing one: by its owner, or by a code in a mail."""

from colonnade.kernel.identity.password_policy.actions import (
    change_password,
    check_current_password,
    prepare_password,
    set_password,
)
from colonnade.kernel.identity.password_policy.breach import BreachCheck
from colonnade.kernel.identity.password_policy.policy import check_password
from colonnade.kernel.identity.password_policy.schemas import (
    NewPassword,
    PasswordChanged,
    StoredPassword,
    WeakPassword,
    WrongPassword,
)

__all__ = [
    "BreachCheck",
    "NewPassword",
    "PasswordChanged",
    "StoredPassword",
    "WeakPassword",
    "WrongPassword",
    "change_password",
    "check_current_password",
    "check_password",
    "prepare_password",
    "set_password",
]
