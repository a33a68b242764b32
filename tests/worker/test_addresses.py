"""Which addresses may be called: each kind that leads inwards is refused, however it is written."""

import asyncio
import socket
from typing import Any

import httpcore2
import pytest

from onhand.trade.webhooks import UrlRefused
from onhand.worker.addresses import AddressRefused, GuardedNetwork, check_url, is_public

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.1.1 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.8 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1
255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::7f00:1 2002:7f00:1:: 2002:a9fe:a9fe:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 fc00::1
fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 100::1
"""
PUBLIC = """
1.1.1.1 8.8.8.8 93.184.215.14 2606:4700:4700::1111 2a00:1450:4001:82a::200e ::ffff:8.8.8.8 64:ff9b::808:808
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_private(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/hooks",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://user:secret@8.8.8.8/",
        "http://8.8.8.8/#part",
        "ftp://8.8.8.8/",
        "file:///etc/passwd",
        "http:///nowhere",
        "http://8.8.8.8:99999/",
        "http://[::1/",
        "http://8.8.8.8/a b",
        "http://8.8.8.8/\r\nHost: other",
        "https://bücher.example/",
        "hooks",
    ],
)
def test_a_url_that_leads_inwards_or_nowhere_is_refused(url: str):
    with pytest.raises(UrlRefused) as refused:
        check_url(url, allow_private=False)
    assert (refused.value.code, refused.value.status) == ("url_refused", 422)


@pytest.mark.parametrize(
    "url", ["https://8.8.8.8/hooks?key=1", "http://1.1.1.1:8080", "https://not-there.invalid/hooks"]
)
def test_a_url_that_leads_outwards_is_taken(url: str):
    check_url(url, allow_private=False)


def test_for_development_private_ones_are_let_in_but_no_other_kind():
    check_url("http://localhost:8080/hooks", allow_private=True)
    with pytest.raises(UrlRefused):
        check_url("gopher://localhost/", allow_private=True)


class Names:
    """A name server that says something else each time it is asked."""

    def __init__(self, *said: list[str]) -> None:
        self.said = list(said)
        self.asked = 0

    async def getaddrinfo(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in self.said.pop(0)]


def connect(monkeypatch: pytest.MonkeyPatch, names: Names, *, allow_private: bool = False) -> list[str]:
    """The addresses to which a connection was tried."""
    tried: list[str] = []

    async def connect_tcp(_: Any, host: str, *__: Any, **___: Any) -> Any:
        tried.append(host)
        raise httpcore2.ConnectError("nobody there")

    async def run() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names.getaddrinfo, raising=False)
        await GuardedNetwork(allow_private=allow_private).connect_tcp("shop.example", 443)

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    with pytest.raises(httpcore2.ConnectError) as failed:
        asyncio.run(run())
    assert isinstance(failed.value, AddressRefused) == (not tried)
    return tried


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch):
    """A name that leads inwards when it is asked again does no harm: it is not asked again."""
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    assert connect(monkeypatch, names) == ["8.8.8.8"]
    assert names.asked == 1


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch):
    assert connect(monkeypatch, Names(["8.8.8.8", "10.0.0.1"])) == []
    assert connect(monkeypatch, Names(["8.8.8.8", "10.0.0.1"]), allow_private=True) == ["8.8.8.8", "10.0.0.1"]


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch):
    assert connect(monkeypatch, Names(["8.8.8.8", "1.1.1.1"])) == ["8.8.8.8", "1.1.1.1"]
