"""Which IP addresses belong to the public internet, by tables of our own.

`ipaddress` of the running Python has another table in every version, and knows an IPv4 address inside an IPv6 one in
three of its forms. Here an IPv4 address is public unless the registry of special-purpose addresses has it (IANA; RFC
6890) or a provider answers its own machines there, and an IPv6 one only inside 2000::/3, the part that is assigned to
the public (RFC 4291, 2.4). Of an address with an IPv4 address inside, that must be public too.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["is_public"]

# IANA IPv4 Special-Purpose Address Registry, but for AS112 and AMT, which are reached like any other; multicast.
_SPECIAL_V4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        # Out of any registry: in Azure every machine reaches its host there, DNS and secrets among other things. The
        # other providers' are in the networks above (169.254.169.254, 100.100.100.200, 192.0.0.192), and in fd00::/8.
        "168.63.129.16/32",
    )
)
_ASSIGNED_V6 = IPv6Network("2000::/3")
# IANA IPv6 Special-Purpose Address Registry, inside 2000::/3: protocol assignments (Teredo, benchmarks, ORCHID among
# them) and documentation.
_SPECIAL_V6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, 2.5.5.2
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; 64:ff9b:1::/48 (RFC 8215) is for networks of one's own
_SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214, 6.1: the interface identifier's upper half


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet. Raise ValueError for text that is no address."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return _is_public_v4(ip)
    number = int(ip)
    if ip in _MAPPED or ip in _NAT64:
        return _is_public_v4(IPv4Address(number & 0xFFFFFFFF))
    if ip not in _ASSIGNED_V6 or any(ip in network for network in _SPECIAL_V6):
        return False
    return all(_is_public_v4(inner) for inner in _inside(ip, number))


def _inside(ip: IPv6Address, number: int) -> list[IPv4Address]:
    """Return the IPv4 addresses to which routers would hand on what is sent to `ip`."""
    found = []
    if ip in _SIX_TO_FOUR:
        found.append(IPv4Address(number >> 80 & 0xFFFFFFFF))
    if number >> 32 & 0xFFFFFFFF in _ISATAP:
        found.append(IPv4Address(number & 0xFFFFFFFF))
    return found


def _is_public_v4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in _SPECIAL_V4)
