"""HTTP as a program speaks it: JSON in, JSON out, one connection a client."""
import http.client
import json
import secrets
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any, TextIO

from support.server import patience

PASSWORD = "wangge-sample"
Json = dict[str, Any]


def new_id() -> str:
    """A UUIDv7, as every sender makes for its commands. Where its random bits would begin it has the part of the
    millisecond (RFC 9562, 6.2, method 3): what one test makes later comes later."""
    ms, ns = divmod(time.time_ns(), 1_000_000)
    part = ns * 4096 // 1_000_000
    bits = bytearray(ms.to_bytes(6, "big") + part.to_bytes(2, "big") + secrets.token_bytes(8))
    bits[6] |= 0x70
    bits[8] = 0x80 | bits[8] & 0x3F
    text = bits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def key(self) -> str:
        """The stable key of a refusal."""
        is_problem = self.headers.get("content-type", "").startswith("application/problem+json")
        return str(self.json.get("type")) if is_problem else f"(no problem document, status {self.status})"

    def errors(self) -> dict[str, str]:
        """Wrong fields by path, with their keys."""
        return {one["field"]: one["code"] for one in self.json.get("errors", [])}

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:600].decode('utf-8', 'replace')}"


class Recorder:
    """Keeps every JSON answer for the contract tests."""

    def __init__(self, path: str | None) -> None:
        self.file: TextIO | None = open(path, "w", encoding="utf-8") if path else None  # noqa: SIM115
        self.lock = threading.Lock()

    def note(self, method: str, path: str, answer: Answer) -> None:
        kind = answer.headers.get("content-type", "").split(";")[0]
        if self.file is None or not kind.endswith("json") or not answer.body:
            return
        line = {"method": method, "path": path, "status": answer.status, "type": kind,
                "body": answer.body.decode("utf-8", "replace")}
        with self.lock:
            self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self.file.flush()


@dataclass
class Client:
    port: int
    token: str | None = None
    recorder: Recorder | None = None
    timeout: float = field(default_factory=lambda: patience(30))
    link: http.client.HTTPConnection | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """One request as it is; header names with _ for -."""
        sent = dict(self.headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            self.link.request(method, path, body, sent)
            got = self.link.getresponse()
            answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if got.will_close:
            self.close()
        if self.recorder:
            self.recorder.note(method, path, answer)
        return answer

    def close(self) -> None:
        if self.link:
            self.link.close()
        self.link = None

    def get(self, path: str, **query: object) -> Answer:
        words = {name.rstrip("_"): value for name, value in query.items()}
        return self.request("GET", path + ("?" + urllib.parse.urlencode(words) if words else ""))

    def post(self, path: str, body: object, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.request("POST", path, data, **({"Content_Type": "application/json"} | headers))

    def put(self, path: str, body: object) -> Answer:
        return self.request("PUT", path, json.dumps(body, ensure_ascii=False).encode(), Content_Type="application/json")

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def sign_in(self, login: str, password: str = PASSWORD) -> "Client":
        answer = self.post("/api/v1/session", {"login": login, "password": password})
        if answer.status not in (200, 201):
            raise AssertionError(f"{login} cannot sign in: {answer}")
        self.token = answer.json["token"]
        return self

    def upload(self, *files: tuple[str, str, bytes], **headers: str) -> Answer:
        """files: (name, content type, bytes)."""
        mark = secrets.token_hex(12)
        parts = b"".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n" for name, kind, data in files)
        return self.request("POST", "/api/v1/files", parts + f"--{mark}--\r\n".encode(),
                            **({"Content_Type": f"multipart/form-data; boundary={mark}"} | headers))

    def all(self, path: str, **query: object) -> list[Json]:
        """Every item of a list, page by page."""
        items: list[Json] = []
        while True:
            answer = self.get(path, **query)
            if answer.status != 200:
                raise AssertionError(f"{path}: {answer}")
            items += answer.json["items"]
            if not answer.json.get("next"):
                return items
            query["cursor"] = answer.json["next"]
