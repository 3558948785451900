"""Addresses that an administrator typed and that we call: none may lead into our own network.

A name is judged by what it resolves to, and the request goes to the very address that was judged: a second look at
the DNS could answer something else. Nothing is redirected, and no proxy of the environment is asked.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout

LONGEST: Final = 2000  # characters
PORTS: Final = {"https": 443, "http": 80}

# Where a cloud's own agent answers, beside link-local: Azure's, Oracle's (with all that IETF keeps), Amazon's.
CLOUD_AGENTS: Final = tuple(map(ip_network, ("168.63.129.16/32", "192.0.0.0/24", "fd00:ec2::/32")))
TRANSLATED: Final = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
UNICAST: Final = ip_network("2000::/3")  # all that is given out of IPv6 for the world (RFC 4291)

Address = IPv4Address | IPv6Address


class Refused(Exception):
    """Carries the reason, in words for an administrator."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: `address` was judged, `host` is what the certificate must name."""

    scheme: str
    host: str
    port: int
    address: str
    path: str


def judge(url: str, *, allow_private: bool) -> str | None:
    """Why `url` must not be called, in words for an administrator; None where it may. Asks the DNS.

    `allow_private` is for development and for a relay inside the office: then our own machine (also by http) and
    private networks are let through, link-local and cloud metadata never.
    """
    try:
        target(url, allow_private=allow_private)
    except Refused as refused:
        return str(refused)
    return None


def post(
    url: str, body: bytes, *, headers: Mapping[str, str], allow_private: bool, seconds: float = 5.0
) -> int:
    """The answer's status; what else it says is not read. Raises Refused, or urllib3's HTTPError."""
    aim = target(url, allow_private=allow_private)
    timeout = Timeout(connect=seconds, read=seconds)
    with _pool(aim, timeout) as pool:
        answer = pool.urlopen(
            "POST",
            aim.path,
            body=body,
            headers={"Host": urlsplit(url).netloc, **headers},
            redirect=False,
            retries=False,
            assert_same_host=False,
            preload_content=False,  # nobody makes us read gigabytes
        )
        answer.close()
        return int(answer.status)


def target(url: str, *, allow_private: bool) -> Target:
    """Raises Refused."""
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    addresses = _resolved(host, port)
    for address in addresses:
        _check(address, parts.scheme, allow_private=allow_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, str(addresses[0]), path)


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST:
        raise Refused(f"長すぎます。{LONGEST}文字までにしてください。")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Refused("使えない文字があります。日本語の名前はPunycode(xn--…)で書いてください。")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("URLの形ではありません。https://… の形で書いてください。") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise Refused("URLの形ではありません。https://… の形で書いてください。")
    if "@" in parts.netloc:
        raise Refused("URLに利用者名やパスワードを入れないでください。")
    return parts


def _resolved(host: str, port: int) -> list[Address]:
    """Every address, since any of them may be taken."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("名前からアドレスが分かりません。つづりとDNSを確かめてください。") from None
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


def _check(address: Address, scheme: str, *, allow_private: bool) -> None:
    real = _embedded(address)
    if real.is_link_local or any(real in network for network in CLOUD_AGENTS):
        raise Refused("サーバー自身の管理用のアドレスは使えません。")
    if real.is_loopback and allow_private:
        return
    if scheme != "https":
        raise Refused("https:// で始まるURLにしてください。")
    if not (_is_public(real) or (real.is_private and not _reaches_nobody(real) and allow_private)):
        raise Refused("内部のネットワークのアドレスは使えません。")


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    given_out = isinstance(address, IPv4Address) or address in UNICAST
    return given_out and address.is_global and not _reaches_nobody(address)


def _reaches_nobody(address: Address) -> bool:
    """None of these names one machine."""
    return address.is_multicast or address.is_unspecified or address.is_reserved


def _pool(aim: Target, timeout: Timeout) -> HTTPConnectionPool:
    if aim.scheme == "http":
        return HTTPConnectionPool(aim.address, aim.port, timeout=timeout)
    return HTTPSConnectionPool(
        aim.address, aim.port, timeout=timeout, server_hostname=aim.host, assert_hostname=aim.host
    )
