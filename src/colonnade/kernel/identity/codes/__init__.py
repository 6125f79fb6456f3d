"""One-time codes by e-mail, valid for ten minutes and five tries of who asked, for one account and purpose."""

from colonnade.kernel.identity.codes.actions import (
    CheckedCode,
    Redeemed,
    check_code,
    redeem_code,
    request_code,
    use_code,
)
from colonnade.kernel.identity.codes.jobs import send_code, send_visitor_code
from colonnade.kernel.identity.codes.queries import confirm_email, prune_codes
from colonnade.kernel.identity.codes.schemas import (
    Code,
    CodeInvalid,
    CodeRequest,
    Purpose,
    SendCode,
)
from colonnade.kernel.identity.codes.visitors import (
    VisitorProof,
    check_visitor_code,
    request_visitor_code,
    use_visitor_code,
    visitor_subject,
)

__all__ = [
    "CheckedCode",
    "Code",
    "CodeInvalid",
    "CodeRequest",
    "Purpose",
    "Redeemed",
    "SendCode",
    "VisitorProof",
    "check_code",
    "check_visitor_code",
    "confirm_email",
    "prune_codes",
    "redeem_code",
    "request_code",
    "request_visitor_code",
    "send_code",
    "send_visitor_code",
    "use_code",
    "use_visitor_code",
    "visitor_subject",
]
