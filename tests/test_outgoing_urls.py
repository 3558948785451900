"""What an administrator's URL may lead to, and that a request goes where it was judged to go."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.exceptions import HTTPError

from bot.outgoing_urls import Refused, judge, post, target

PUBLIC = "203.0.114.7"  # given out to somebody; never called here


@pytest.mark.parametrize(
    "url", [f"https://{PUBLIC}/", f"https://{PUBLIC}:8443/a?b=c", "https://[2001:4860::1]/"]
)
def test_a_public_address_by_https_may_be_called(url: str) -> None:
    assert judge(url, allow_private=False) is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fec0::1]",
        "0.0.0.0",  # noqa: S104  a spelling of ourselves
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "198.51.100.1",
    ],
)
def test_our_own_network_is_refused_in_every_spelling(host: str) -> None:
    assert judge(f"https://{host}/", allow_private=False) == "内部のネットワークのアドレスは使えません。"


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "168.63.129.16",
        "192.0.0.192",
    ],
)
@pytest.mark.parametrize("allow_private", [True, False])
def test_a_clouds_metadata_are_refused_even_where_private_is_allowed(host: str, allow_private: bool) -> None:
    refused = judge(f"https://{host}/latest/meta-data", allow_private=allow_private)

    assert refused == "サーバー自身の管理用のアドレスは使えません。"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/",
        "https://localhost/",
        "http://[::1]/",
        "https://10.1.2.3/",
        "https://[fd00::1]/",
    ],
)
def test_where_private_is_allowed_ourselves_and_the_office_may_be_called(url: str) -> None:
    assert judge(url, allow_private=True) is None


@pytest.mark.parametrize("url", ["http://10.1.2.3/", f"http://{PUBLIC}/"])
@pytest.mark.parametrize("allow_private", [True, False])
def test_nothing_leaves_this_machine_unencrypted(url: str, allow_private: bool) -> None:
    assert judge(url, allow_private=allow_private) == "https:// で始まるURLにしてください。"


@pytest.mark.parametrize("host", ["0.0.0.0", "224.0.0.1", "255.255.255.255", "[::]", "[ff02::1]"])  # noqa: S104
def test_what_names_no_machine_is_refused_even_where_private_is_allowed(host: str) -> None:
    assert judge(f"https://{host}/", allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "alerts.example.jp",
        "ftp://203.0.114.7/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//203.0.114.7/",
        "https://",
        "https://[",
        "https://203.0.114.7:0/",
        "https://203.0.114.7:99999/",
        "https://203.0.114.7:x/",
        "https://me:secret@203.0.114.7/",
        "https://203.0.114.7@127.0.0.1/",
        "https://203.0.114.7\\@127.0.0.1/",
        "https://203.0.114.7/\r\nHost: evil",
        "https://203.0.114.7/ x",
        "https://例え.jp/",
        "https://no-such-name.invalid/",
        "https://a..b/",
        "https://203.0.114.7/" + "x" * 2000,
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    assert judge(url, allow_private=False)


def test_one_private_address_among_those_of_a_name_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve(monkeypatch, [PUBLIC, "10.0.0.1"])

    assert judge("https://alerts.example/", allow_private=False)


# ---- requests


@dataclass
class Listener:
    address: tuple[str, int]
    heard: list[tuple[str, str, bytes]] = field(default_factory=list)  # path, Host, body
    answer: int = 204
    location: str = ""


@pytest.fixture
def listener() -> Iterator[Listener]:
    yield from _listening(None)


def _listening(context: ssl.SSLContext | None) -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append((self.path, self.headers["Host"], body))
            self.send_response(listener.answer)
            if listener.location:
                self.send_header("Location", listener.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a handshake that was broken off
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    listener = Listener(("127.0.0.1", server.server_port))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield listener
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_post_arrives_with_its_path_and_host(listener: Listener) -> None:
    where = f"127.0.0.1:{listener.address[1]}"

    assert send(f"http://{where}/alerts?to=night") == 204

    assert listener.heard == [("/alerts?to=night", where, b"{}")]


def test_a_redirection_is_not_followed(listener: Listener) -> None:
    listener.answer, listener.location = 307, f"http://127.0.0.1:{listener.address[1]}/elsewhere"

    assert send(f"http://127.0.0.1:{listener.address[1]}/") == 307

    assert [path for path, *_ in listener.heard] == ["/"]


def test_a_refused_address_is_not_called(listener: Listener) -> None:
    with pytest.raises(Refused):
        post(f"https://127.0.0.1:{listener.address[1]}/", b"{}", headers={}, allow_private=False)

    assert listener.heard == []


def test_a_proxy_of_the_environment_is_not_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert send(f"http://127.0.0.1:{listener.address[1]}/") == 204


def test_the_request_goes_to_the_address_that_was_judged(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer of the name server is another one, as in an attack by rebinding."""
    resolve(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])

    assert send(f"http://alerts.example:{listener.address[1]}/") == 204

    assert [host for _, host, _ in listener.heard] == [f"alerts.example:{listener.address[1]}"]


def test_the_certificate_must_name_the_host_and_not_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate(tmp_path, "alerts.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    resolve(monkeypatch, ["127.0.0.1"])

    for listener in _listening(_tls(tmp_path)):
        port = listener.address[1]
        assert send(f"https://alerts.example:{port}/") == 204
        with pytest.raises(HTTPError):
            send(f"https://127.0.0.1:{port}/")
        with pytest.raises(HTTPError):
            send(f"https://other.example:{port}/")
        assert len(listener.heard) == 1


def test_a_certificate_of_nobody_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate(tmp_path, "alerts.example")
    resolve(monkeypatch, ["127.0.0.1"])

    for listener in _listening(_tls(tmp_path)):
        with pytest.raises(HTTPError):
            send(f"https://alerts.example:{listener.address[1]}/")


def test_the_address_that_a_name_stands_for_is_told() -> None:
    aim = target("https://localhost/x", allow_private=True)

    assert ipaddress.ip_address(aim.address).is_loopback
    assert (aim.host, aim.port, aim.path) == ("localhost", 443, "/x")


def send(url: str) -> int:
    return post(url, b"{}", headers={"Content-Type": "application/json"}, allow_private=True)


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """A name server for `….example`: one answer after the other, the last one for good."""
    real, left = socket.getaddrinfo, list(answers)

    def answering(host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        if not str(host).endswith(".example"):
            return real(host, port, *arguments, **named)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", answering)


def certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def _tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
