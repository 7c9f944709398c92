"""Which network addresses we reach for on a caller's word. Pure: no name is resolved here."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not private, loopback, link-local, multicast or reserved.

    IPv6 addresses that stand for an IPv4 one (mapped, 6to4, Teredo, NAT64) are judged by that. Raises ValueError if
    it is no address.
    """
    given = ip_address(address.partition("%")[0])
    inner = _embedded(given) if isinstance(given, IPv6Address) else None
    judged = inner or given
    return judged.is_global and not judged.is_multicast and not judged.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
