"""Real servers that notices go to: HTTP for webhooks, robots, gateways and Web Push, and a mail server."""
import base64
import contextlib
import email
import email.policy
import http.server
import json
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.server import free_port, patience

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's packages, for a python3 that is not Debian's, too

from aiosmtpd.controller import Controller  # noqa: E402 -- needs the path above
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: E402


def wait_for(what: Callable[[], Any], seconds: float = 15) -> Any:
    """What `what` gives as soon as that is something."""
    end = time.monotonic() + patience(seconds)
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Keeps what comes; `answers` are used up one by one, then `usual` is the answer: status, body, headers."""

    usual: tuple[int, str] = (200, '{"errcode":0,"code":0,"errmsg":"ok"}')
    answers: list[tuple[int, str]] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    got: list[Request] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)  # cleared: requests hang
    port: int = 0

    def start(self) -> "Receiver":
        owner = self
        self.gate.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                owner.got.append(Request(self.command, self.path, {k.lower(): v for k, v in self.headers.items()},
                                         body))
                owner.gate.wait(30)
                status, text = owner.answers.pop(0) if owner.answers else owner.usual
                with contextlib.suppress(OSError):  # who asked may have been killed meanwhile
                    self.send_response(status)
                    for name, value in owner.extra.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text.encode())))
                    self.end_headers()
                    self.wfile.write(text.encode())

            do_GET = do_POST = do_CONNECT = answer

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def one(self, n: int = 1) -> Request:
        """The n-th request, once it is there."""
        wait_for(lambda: len(self.got) >= n)
        return self.got[n - 1]

    def end(self) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """An SMTP server; `refuse` is its answer to a recipient while it is set."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.refuse = ""
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> "Mailbox":
        self.controller.start()
        return self

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def end(self) -> None:
        self.controller.stop()


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def derive(salt: bytes, secret: bytes, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)


class Browser:
    """What a browser does: keys for a subscription, reading what comes, as RFC 8291 and 8292 say."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(serialization.Encoding.X962,
                                                  serialization.PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, str]:
        return {"endpoint": endpoint, "p256dh": coded(self.point), "auth": coded(self.auth), "agent": "Chromium"}

    def read(self, body: bytes) -> Any:
        salt, (size, length) = body[:16], struct.unpack(">IB", body[16:21])
        theirs, sealed = body[21:21 + length], body[21 + length:]
        assert size == 4096 and length == 65
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        secret = derive(self.auth, shared, b"WebPush: info\0" + self.point + theirs, 32)
        key = derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, secret, b"Content-Encoding: nonce\0", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text[-1:] == b"\x02"
        return json.loads(text[:-1])


def vapid(header: str, public_key: str) -> Any:
    """The claims of an Authorization header whose signature is good."""
    scheme, rest = header.split(" ", 1)
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid" and parts["k"] == public_key
    head, claims, signature = parts["t"].split(".")
    raw = plain(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), plain(public_key))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(plain(head)) == {"typ": "JWT", "alg": "ES256"}
    return json.loads(plain(claims))
