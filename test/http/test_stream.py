"""Live: what changes is told at once, only to who may know, and nothing is missed after a break."""
import contextlib
import http.client
import json
import queue
import threading
import time
from collections.abc import Iterator

from matters import Incidents
from support.client import Client, Json
from support.server import patience


class Listener:
    """Reads one stream in a thread; events come out of a queue."""

    def __init__(self, client: Client, path: str, last: int | None = None) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", client.port, timeout=patience(30))
        headers = {"Authorization": f"Bearer {client.token}"} if client.token else {}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.link.request("GET", path, headers=headers)
        self.sock = self.link.sock
        self.answer = self.link.getresponse()
        self.events: queue.Queue[Json] = queue.Queue()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self) -> None:
        event: Json = {}
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            while line := self.answer.readline():
                name, _, value = line.decode().rstrip("\r\n").partition(":")
                if name:
                    event[name] = value.strip()
                elif "data" in event:
                    self.events.put({"event": event.get("event"), "id": int(event.get("id", 0)),
                                     "data": json.loads(event["data"]), "at": time.monotonic()})
                    event = {}

    def next(self, seconds: float = 5) -> Json:
        return self.events.get(timeout=patience(seconds))

    def of(self, record: Json) -> Json:
        """The next about this record: beside a shared database what was done before may still be on its way."""
        while True:
            event = self.next()
            if event["data"].get("id") == record["id"]:
                return event

    def until(self, record: Json, verb: str) -> Json:
        while True:
            event = self.next()
            if event["data"].get("id") == record["id"] and event["data"].get("verb") == verb:
                return event

    def heard_before(self, record: Json) -> list[str]:
        """What came before the first about this record, as ids."""
        heard: list[str] = []
        while not heard or heard[-1] != record["id"]:
            heard.append(str(self.next()["data"].get("id")))
        return heard[:-1]

    def ended(self, seconds: float = 5) -> bool:
        """Whether the server ended it."""
        self.thread.join(patience(seconds))
        return not self.thread.is_alive()

    def quiet(self, seconds: float = 0.4) -> bool:
        with contextlib.suppress(queue.Empty):
            self.events.get(timeout=seconds)
            return False
        return True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(2)
        self.thread.join(5)
        self.link.close()


class Stream(Incidents):
    @contextlib.contextmanager
    def listening(self, login: str | None, query: str = "", last: int | None = None) -> Iterator[Listener]:
        listener = Listener(self.be(login), f"/api/v1/stream{query}", last)
        try:
            self.assertEqual(listener.answer.status, 200)
            self.assertTrue(listener.answer.headers["content-type"].startswith("text/event-stream"))
            yield listener
        finally:
            listener.close()

    def test_a_report_appears_at_the_desk(self) -> None:
        with self.listening("clerk") as desk:
            sent = time.monotonic()
            record = self.report()
            event = desk.of(record)
            self.assertLess(event["at"] - sent, patience(1))
            self.assertEqual((event["event"], event["data"]["id"], event["data"]["number"]),
                             ("record", record["id"], record["number"]))
            self.assertLessEqual({"seq", "kind", "title", "state", "light", "light_now", "open", "area", "lng", "lat",
                                  "verb", "at", "version", "due_at", "late"}, set(event["data"]))
            self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "easy"})
            self.assertEqual(desk.until(record, "accept")["data"]["state"], "accepted")

    def test_a_refused_command_is_not_told(self) -> None:
        with self.listening("clerk") as desk:
            record = self.report()
            self.expect(self.move("clerk", record, "reject"), 422)
            self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "easy"})
            self.assertEqual([desk.of(record)["data"]["verb"] for _ in range(2)], ["report", "accept"])

    def test_the_reporter_follows_and_strangers_do_not(self) -> None:
        self.expect(self.be(None).get("/api/v1/stream"), 401)
        with self.listening("resident") as mine, self.listening("resident2") as other:
            record = self.report("resident")
            self.step("clerk", record, "accept", fields={"category": self.leaf(), "level": "easy"})
            self.assertEqual(mine.until(record, "accept")["data"]["id"], record["id"])
            self.assertNotIn(record["id"], other.heard_before(self.report("resident2")))

    def test_filters(self) -> None:
        with self.listening("clerk", "?area=330803999") as elsewhere, self.listening("clerk", "?kind=incident") as kind:
            record = self.report()
            self.assertEqual(kind.of(record)["event"], "record")
            self.assertTrue(elsewhere.quiet())

    def test_nothing_is_missed_after_a_break(self) -> None:
        with self.listening("clerk") as desk:
            last = desk.of(self.report())["id"]
        missed = [self.report(text=f"断线期间 {i}") for i in range(30)]
        with self.listening("clerk", last=last) as desk:
            got = [desk.next() for _ in missed]
            self.assertEqual([one["data"]["id"] for one in got], [one["id"] for one in missed])
            self.assertEqual([one["id"] for one in got], sorted({one["id"] for one in got}))
            after = self.report()
            self.assertEqual(desk.next()["data"]["id"], after["id"])

    def test_nothing_is_missed_when_joining_under_load(self) -> None:
        with self.listening("clerk") as desk:
            last = desk.of(self.report())["id"]
        sent: list[str] = []

        def write() -> None:
            client = self.anyone().sign_in("resident")
            for i in range(120):
                sent.append(client.post("/api/v1/records", self.body(f"连续 {i}")).json["id"])
            client.close()

        writer = threading.Thread(target=write)
        writer.start()
        got: list[str] = []
        while len(got) < 120:
            with self.listening("clerk", last=last) as desk:
                for _ in range(min(40, 120 - len(got))):
                    event = desk.next()
                    got.append(event["data"]["id"])
                    last = event["id"]
        writer.join()
        self.assertEqual(got, sent)

    def test_the_reporters_catch_up_is_their_own(self) -> None:
        with self.listening("resident") as mine:
            last = mine.of(self.report("resident"))["id"]
        hidden, shown = self.report("resident2"), self.report("resident")
        with self.listening("resident", last=last) as mine:
            event = mine.next()
            self.assertEqual(event["data"]["id"], shown["id"])
            self.assertNotEqual(event["data"]["id"], hidden["id"])

    def test_too_far_behind_means_reload(self) -> None:
        client = self.be("resident")
        for i in range(1100):
            self.expect(client.post("/api/v1/records", self.body(f"很多 {i}")), 201)
        with self.listening("clerk", last=1) as desk:
            self.assertEqual(desk.next()["event"], "reload")

    def test_it_ends_with_the_right_to_it(self) -> None:
        admin = self.be("admin")
        leaving = self.anyone().sign_in("verifier")
        account = self.be("verifier").get("/api/v1/me").json["id"]
        path, post = f"/api/v1/accounts/{account}/active", {"account": account, "role": "clerk", "area": "330803"}
        with (self.listening("clerk") as other, self.listening("verifier") as same,
              contextlib.closing(Listener(leaving, "/api/v1/stream")) as gone):
            self.assertIn(leaving.delete("/api/v1/session").status, (200, 204))
            self.assertTrue(gone.ended(), "the session that was signed out")
            self.assertFalse(same.ended(1.5), "another session of the same person goes on")
            self.assertIn(admin.post("/api/v1/posts", post).status, (200, 201))
            self.assertTrue(same.ended(), "one post more: it comes back with what may be seen now")
            with self.listening("verifier") as again:
                self.assertIn(admin.post("/api/v1/posts/end", post).status, (200, 201))
                self.assertTrue(again.ended(), "one post less")
            with self.listening("verifier") as again:
                self.expect(admin.post(path, {"active": False}), 200)
                self.assertTrue(again.ended(), "the account is shut")
            self.expect(admin.post(path, {"active": True}), 200)
            self.assertEqual(other.of(self.report())["event"], "record")

    def test_many_listeners(self) -> None:
        listeners = [Listener(self.be("clerk"), "/api/v1/stream") for _ in range(100)]
        try:
            record = self.report()
            for one in listeners:
                self.assertEqual(one.of(record)["event"], "record")
        finally:
            for one in listeners:
                one.close()
        self.assertEqual(self.be("clerk").get("/readyz").status, 200)
