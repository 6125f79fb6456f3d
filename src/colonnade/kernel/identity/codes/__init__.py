"""One-time codes by e-mail: six digits, valid for ten minutes and five tries, for one account and purpose."""

from colonnade.kernel.identity.codes.actions import (
    CheckedCode,
    Redeemed,
    check_code,
    redeem_code,
    request_code,
    use_code,
)
from colonnade.kernel.identity.codes.jobs import send_code
from colonnade.kernel.identity.codes.queries import confirm_email, prune_codes
from colonnade.kernel.identity.codes.schemas import (
    Code,
    CodeInvalid,
    CodeRequest,
    Purpose,
    SendCode,
)

__all__ = [
    "CheckedCode",
    "Code",
    "CodeInvalid",
    "CodeRequest",
    "Purpose",
    "Redeemed",
    "SendCode",
    "check_code",
    "confirm_email",
    "prune_codes",
    "redeem_code",
    "request_code",
    "send_code",
    "use_code",
]
