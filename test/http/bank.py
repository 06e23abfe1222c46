"""A payment provider: a real server that payers are sent to, and that tells by signed calls what was paid."""
import base64
import hashlib
import hmac
import http.server
import json
import sys
import threading
import time
import urllib.parse
from typing import Any

from support.client import Answer, Client, Json

sys.path.append("/usr/lib/python3/dist-packages")  # Debian's packages, for a python3 that is not Debian's, too

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402 -- needs the path above
from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: E402

SECRET = "一个很长的共享密钥-0123456789"


def pem_private(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def pem_public(key: rsa.RSAPrivateKey) -> str:
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


class Bank:
    """GET /pay?… checks our signature and tells the district that it was paid; `answers` are what it heard."""

    def __init__(self, name: str, district: Client,
                 keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey] | None = None) -> None:
        self.name, self.district, self.keys = name, district, keys  # keys: the district's, and the bank's own
        self.answers: list[Answer] = []
        self.paid = 0
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query, strict_parsing=True))
                good = owner.signed_by_district(query)
                if good:
                    owner.paid += 1
                    owner.answers.append(owner.tell(query["order"], int(query["amount"]), f"B{owner.paid:08}"))
                self.send_response(200 if good else 400)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/pay"

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def setting(self) -> Json:
        one = {"title": "测试银行", "url": self.url}
        if self.keys is None:
            return one | {"scheme": "hmac", "secret": SECRET}
        return one | {"scheme": "rsa", "secret": pem_private(self.keys[0]), "public_key": pem_public(self.keys[1])}

    def signed_by_district(self, query: dict[str, str]) -> bool:
        sign = query.pop("sign", "")
        text = "&".join(f"{name}={query[name]}" for name in sorted(query)).encode()
        if self.keys is None:
            return hmac.compare_digest(sign, hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest())
        try:
            self.keys[0].public_key().verify(base64.b64decode(sign), text, padding.PKCS1v15(), hashes.SHA256())
        except Exception:  # whatever is wrong with it
            return False
        return int(query["expires"]) > time.time()

    def sign(self, text: bytes) -> str:
        if self.keys is None:
            return hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
        return base64.b64encode(self.keys[1].sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def tell(self, order: str, amount: int, reference: str, late_s: int = 0, spoil: bool = False) -> Answer:
        body = json.dumps({"order": order, "amount": amount, "status": "paid", "reference": reference}).encode()
        at = str(int(time.time()) - late_s)
        sign = self.sign(f"{at}.".encode() + body)
        client = Client(self.district.port, recorder=self.district.recorder)
        return client.request("POST", f"/api/v1/payments/{self.name}/notify", body + b" " * spoil,
                              Content_Type="application/json", X_Wangge_Timestamp=at, X_Wangge_Signature=sign)
