"""Incidents of the sample district, as the tests need them."""
import contextlib
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from support.client import Answer, Client, Json, new_id
from support.runner import District

STAFF = ["clerk", "worker", "patrol", "verifier", "leader", "commander", "town", "village", "dept", "admin"]
RESIDENTS = ["resident", "resident2"]
EVERYBODY: list[str | None] = [None, *RESIDENTS, *STAFF]
PHONE = "13957001234"
RAILWAY = "铁路轨道交通建设管理中心"


def png(width: int, height: int, extra: bytes = b"") -> bytes:
    """A picture of one colour; `extra` are chunks put before the pixels."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((60, 120, 60)) * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Incidents(District):
    """Shortcuts over the one kind that the first pack has."""

    here: tuple[float, float]
    kind: Json

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        worker = Client(cls.server.port, recorder=cls.recorder).sign_in("worker")
        grid = worker.get("/api/v1/me").json["posts"][0]["area"]
        area = worker.get(f"/api/v1/areas/{grid}").json
        cls.here = (area["lng"], area["lat"])
        cls.kind = worker.get("/api/v1/kinds/incident").json
        worker.close()

    def codes(self, field: str) -> list[Json]:
        return list(self.kind["schema"]["properties"][field]["x-codes"])

    def leaf(self, index: int = 0) -> str:
        """The index-th category that has none below it."""
        codes = self.codes("category")
        parents = {one.get("parent") for one in codes}
        return str([one["code"] for one in codes if one["code"] not in parents][index])

    def body(self, text: str = "路灯不亮，晚上走路不安全", **over: Any) -> Json:
        fields = {"description": text} | over.pop("fields", {})
        return {"id": new_id(), "kind": "incident", "fields": fields,
                "place": {"lng": self.here[0], "lat": self.here[1], "address": "临江社区门口"}} | over

    def report(self, login: str | None = "resident", text: str = "路灯不亮，晚上走路不安全", **over: Any) -> Json:
        answer = self.be(login).post("/api/v1/records", self.body(text, **over))
        self.expect(answer, 201)
        return dict(answer.json)

    def get(self, record: Json, login: str | None = "clerk") -> Json:
        answer = self.be(login).get(f"/api/v1/records/{record['id']}")
        self.expect(answer, 200)
        return dict(answer.json)

    def log(self, record: Json, login: str | None = "clerk") -> list[Json]:
        return self.be(login).all(f"/api/v1/records/{record['id']}/log")

    def move(self, login: str | None, record: Json, name: str, **body: Any) -> Answer:
        return self.be(login).post(f"/api/v1/records/{record['id']}/{name}", {"id": new_id()} | body)

    def step(self, login: str | None, record: Json, name: str, **body: Any) -> Json:
        """A move that must succeed; the record after it."""
        answer = self.move(login, record, name, **body)
        self.assertEqual(answer.status, 200, f"{login} {name}: {answer}")
        return dict(answer.json)

    def photo(self, login: str | None = "worker") -> str:
        answer = self.be(login).upload(("现场.png", "image/png", png(40, 30)))
        self.assertIn(answer.status, (200, 201), repr(answer))
        return str(answer.json["id"])

    def accepted(self, level: str = "complex") -> Json:
        return self.step("clerk", self.report(), "accept", fields={"category": self.leaf(), "level": level})

    def account(self, login: str) -> str:
        return str(self.be(login).get("/api/v1/me").json["id"])

    def lead(self, login: str = "worker") -> list[Json]:
        return [{"role": "lead", "account": self.account(login)}]

    def dispatched(self) -> Json:
        return self.step("clerk", self.accepted(), "dispatch", parties=self.lead())

    def answered(self) -> Json:
        record = self.step("worker", self.dispatched(), "acknowledge")
        return self.step("worker", record, "answer", note="已更换灯泡", files=[self.photo()])

    def closed(self) -> Json:
        return self.step("verifier", self.answered(), "verify", note="现场已查看")

    @contextlib.contextmanager
    def nothing_changes(self, record: Json) -> Iterator[None]:
        """The record and its history are the same afterwards."""
        before = self.get(record), self.log(record)
        yield
        self.assertEqual((self.get(record), self.log(record)), before)


class Orders(Incidents):
    """Orders of palm command: a commander, a lead, units beside it."""

    units: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        clerk = Client(cls.server.port, recorder=cls.recorder).sign_in("clerk")
        cls.units = {one["name"]: one["id"] for one in clerk.all("/api/v1/orgs")}
        moves = clerk.get("/api/v1/kinds/order").json["flow"]["transitions"]
        steps = [one["name"] for one in moves if one["each"] and one["to"]]
        assert steps == ["acknowledge", "set_out", "arrive", "finish"], steps
        clerk.close()

    def party(self, role: str, *names: str) -> list[Json]:
        return [{"role": role, "org": self.units[name]} for name in names]

    def order(self, *co: str, login: str = "commander", **over: object) -> Answer:
        body = {"id": new_id(), "kind": "order", "area": "330803103243", "fields": {"what": "勘查裂缝"},
                "parties": self.party("lead", "莲花镇") + self.party("co", *co)} | over
        return self.be(login).post("/api/v1/records", body)

    def given(self, *co: str, **over: object) -> Json:
        answer = self.order(*co, **over)  # type: ignore[arg-type]
        self.expect(answer, 201)
        return dict(answer.json)
