"""Names, quotas, the bucket of an address, and the headers for clients."""

from __future__ import annotations

import pytest

from colonnade.kernel.limits import Budget, Decision, address_bucket, address_network, limit_headers

LOGIN = Budget("login", "5/15 minutes")
ADDRESS = Budget("address", "1000/hour")


def test_a_quota_is_read() -> None:
    assert (LOGIN.limit, LOGIN.window_seconds) == (5, 900)
    assert (ADDRESS.limit, ADDRESS.window_seconds) == (1000, 3600)
    assert LOGIN.with_quota("2/minute") == Budget("login", "2/minute")


@pytest.mark.parametrize(
    ("name", "quota"),
    [("Login", "5/minute"), ("", "5/minute"), ('a"b', "5/minute"), ("a", "many"), ("a", "0/day")],
)
def test_what_cannot_be_read_is_refused(name: str, quota: str) -> None:
    with pytest.raises(ValueError):
        Budget(name, quota)


@pytest.mark.parametrize(
    ("address", "bucket", "network"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "20010db800010002/64", "20010db80001/48"),
        ("2001:db8:1:2::", "20010db800010002/64", "20010db80001/48"),
        ("2001:db8:1:3::", "20010db800010003/64", "20010db80001/48"),
        ("fe80::1%eth0", "fe80000000000000/64", "fe8000000000/48"),
        ("unix", "unix", "unix"),
        ("not:an:address", "not:an:address", "not:an:address"),
        ("x" * 500, "x" * 64, "x" * 64),
    ],
)
def test_an_address_counts_as_its_bucket(address: str, bucket: str, network: str) -> None:
    assert (address_bucket(address), address_network(address)) == (bucket, network)


def test_headers_follow_the_draft() -> None:
    login = Decision(LOGIN, "k", True, 3, 120, 1)
    address = Decision(ADDRESS, "k", True, 998, 3599, 1)

    assert limit_headers([]) == []
    assert limit_headers([login]) == [
        (b"ratelimit-policy", b'"login";q=5;w=900'),
        (b"ratelimit", b'"login";r=3;t=120'),
    ]
    assert limit_headers([address, login]) == [
        (b"ratelimit-policy", b'"address";q=1000;w=3600, "login";q=5;w=900'),
        (b"ratelimit", b'"address";r=998;t=3599, "login";r=3;t=120'),
    ]


def test_a_refusal_says_when_to_come_back() -> None:
    refused = Decision(LOGIN, "k", False, 0, 77)
    open_one = Decision(ADDRESS, "k", True, 998, 3599, 1)

    assert limit_headers([open_one, refused])[2:] == [(b"retry-after", b"77")]


@pytest.mark.parametrize(("quota", "crowd"), [("20/hour", 200), ("1000000000/hour", 1_000_000_000)])
def test_a_crowd_has_ten_times_as_much_as_far_as_a_limit_goes(quota: str, crowd: int) -> None:
    assert Budget("chat", quota).crowd.limit == crowd
