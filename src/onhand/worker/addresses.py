"""Which addresses the service may call when somebody else names the URL: public ones, and no others.

A name is looked up once, every address that it has is checked, and the connection goes to a checked one: what the name
says a moment later does not matter. Addresses that wrap another (mapped, NAT64, 6to4) are judged by what they wrap.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from onhand.trade.webhooks import UrlRefused

MOST_CHARACTERS = 2_000
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# What protocols keep for themselves, and what releases of Python do not agree about.
_KEPT = tuple(
    map(
        ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "198.18.0.0/15", "2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)


class AddressRefused(httpcore2.ConnectError):
    """The name leads to an address that is not public."""


def is_public(address: str) -> bool:
    """Whether anybody on the internet could call it: not this machine, its network, or its cloud's metadata."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        wrapped = _wrapped(found)
        if wrapped is not None:
            return _is_public(wrapped)
        return found in _UNICAST and _is_public(found)
    return _is_public(found)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if any(address in network for network in _KEPT):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def check_url(url: str, *, allow_private: bool) -> None:
    """Refuse a URL that could never be called. Blocks while its name is looked up. Raises UrlRefused.

    A name that is not known is let through: it may come to be, and is checked again at every call.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UrlRefused(f"The URL cannot be read: {error}.", url=url) from error
    if parts.scheme not in ("http", "https") or not host or len(url) > MOST_CHARACTERS:
        raise UrlRefused("Give an http or https URL.", url=url)
    if parts.username is not None or parts.fragment:
        raise UrlRefused("Leave user names, passwords and fragments out of the URL.", url=url)
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        raise UrlRefused("Write the URL in ASCII, without spaces.", url=url)
    if allow_private:
        return
    try:
        found = socket.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    private = [address for address in _addresses(found) if not is_public(address)]
    if private:
        raise UrlRefused(f"The URL leads to {private[0]}, which is not a public address.", url=url)


def _addresses(found: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class GuardedNetwork(httpcore2.AnyIOBackend):
    """Connects to checked addresses only."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def connect_tcp(self, host: str, port: int, *args: Any, **more: Any) -> httpcore2.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"There is no address of {host}.") from error
        addresses = _addresses(found)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise AddressRefused(f"{host} leads to an address that is not public.")
        failure: Exception = httpcore2.ConnectError(f"There is no address of {host}.")
        for address in addresses:
            try:
                return await super().connect_tcp(address, port, *args, **more)
            except httpcore2.ConnectError as error:
                failure = error
        raise failure
