"""Two hundred at once for a few spaces: never two for one time, and whoever is refused was refused for a reason."""
import datetime
import random
import threading
from typing import Any

from matters import Incidents
from support.client import Answer, Client, Json, new_id

CLIENTS = 200
SPACES = 8
SLOT = datetime.timedelta(minutes=15)


class Bookings(Incidents):
    spaces: list[Json]
    begin: datetime.datetime

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        zone = datetime.timezone(datetime.timedelta(hours=8))
        cls.begin = (datetime.datetime.now(zone) + datetime.timedelta(days=1)).replace(
            hour=0, minute=0, second=0, microsecond=0)
        clerk = Client(cls.server.port, recorder=cls.recorder).sign_in("clerk")
        for kind in ("parking_space", "parking_booking"):
            clerk.get(f"/api/v1/kinds/{kind}")  # the contract test compares with what these say
        cls.spaces = [clerk.post("/api/v1/records", {
            "id": new_id(), "kind": "parking_space", "place": {"lng": cls.here[0], "lat": cls.here[1]},
            "fields": {"estate": "红树湾", "space_no": f"A-{n}"}}).json for n in range(SPACES)]
        clerk.close()

    def at(self, slot: int) -> str:
        return (self.begin + slot * SLOT).isoformat()

    def body(self, space: int, first: int, last: int, **over: Any) -> Json:
        return {"id": new_id(), "kind": "parking_booking", "place": {"lng": self.here[0], "lat": self.here[1]},
                "fields": {"space": self.spaces[space]["id"], "from_at": self.at(first), "to_at": self.at(last),
                           "plate_no": "浙H12345"}} | over

    def ask(self, who: str, space: int, first: int, last: int) -> Answer:
        return self.be(who).post("/api/v1/records", self.body(space, first, last))

    def free(self, who: str, first: int, last: int, **query: object) -> list[Json]:
        return self.be(who).all("/api/v1/free", kind="parking_booking", from_=self.at(first), to=self.at(last), **query)

    def test_two_hundred_at_once(self) -> None:
        tokens = [self.be(login).token for login in ("resident", "resident2")]
        dice = random.Random(20261122)
        wishes = [(dice.randrange(SPACES), first, first + dice.randint(1, 8))
                  for first in (dice.randrange(48, 88) for _ in range(CLIENTS))]
        answers: list[Answer | None] = [None] * CLIENTS
        start = threading.Barrier(CLIENTS)

        def one(n: int) -> None:
            client = Client(self.server.port, token=tokens[n % 2])
            start.wait()
            answers[n] = client.post("/api/v1/records", self.body(*wishes[n]))
            client.close()

        threads = [threading.Thread(target=one, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        status = [answer.status if answer else 0 for answer in answers]
        self.assertLessEqual(set(status), {201, 409}, status)
        given = [wish for wish, one_status in zip(wishes, status, strict=True) if one_status == 201]

        def clash(a: tuple[int, int, int], b: tuple[int, int, int]) -> bool:
            return a[0] == b[0] and a[1] < b[2] and b[1] < a[2]

        for i, wish in enumerate(given):
            self.assertFalse(any(clash(wish, other) for other in given[:i]), f"{wish} was given twice")
        for wish, one_status in zip(wishes, status, strict=True):
            if one_status == 409:
                self.assertTrue(any(clash(wish, other) for other in given), f"{wish} could have been given")
        # What is free is what nobody was given.
        for slot in range(48, 96):
            expected = {n for n in range(SPACES) if not any(clash((n, slot, slot + 1), one) for one in given)}
            rows = self.free("resident", slot, slot + 1, free=1) if slot % 8 == 0 else None
            if rows is not None:
                ids = {row["id"] for row in rows}
                self.assertEqual({n for n in range(SPACES) if self.spaces[n]["id"] in ids}, expected)

    def test_a_refusal_says_what_else_there_is_and_not_who(self) -> None:
        self.expect(self.ask("resident", 0, 0, 8), 201)
        answer = self.ask("resident2", 0, 4, 12)
        self.expect(answer, 409, "booking.taken")
        codes = [one["code"] for one in answer.json["errors"]]
        self.assertIn("booking.next", codes)
        self.assertIn("booking.other", codes)
        self.assertNotIn("李辉", answer.body.decode())

    def test_free_and_taken(self) -> None:
        self.expect(self.ask("resident", 1, 16, 20), 201)
        row = next(one for one in self.free("resident2", 16, 17) if one["id"] == self.spaces[1]["id"])
        self.assertFalse(row["free"])
        self.assertEqual(row["left"], 0)
        self.assertIn("05:00", row["next_free_at"])
        one = self.be("resident2").get(f"/api/v1/free/{self.spaces[1]['id']}", kind="parking_booking",
                                       from_=self.at(0), to=self.at(40))
        self.expect(one, 200)
        self.assertEqual(len(one.json["taken"]), 1)
        self.assertNotIn("李", one.body.decode())

    def test_what_is_asked_badly(self) -> None:
        for query, field in (({"kind": "incident"}, "kind"), ({"kind": "parking_booking", "from": "x"}, "from"),
                             ({"kind": "parking_booking", "area": "999"}, "area")):
            asked = {"from": self.at(0), "to": self.at(4)} | query
            answer = self.be("resident").get("/api/v1/free", **asked)
            self.expect(answer, 422)
            self.assertIn(field, answer.errors())
        far = self.be("resident").get("/api/v1/free", kind="parking_booking", from_=self.at(0), to=self.at(96 * 70))
        self.assertEqual(far.errors(), {"to": "booking.span"})
        self.expect(self.anyone().get("/api/v1/free"), 401)
        missing = self.be("resident").get(f"/api/v1/free/{new_id()}", kind="parking_booking",
                                          from_=self.at(0), to=self.at(4))
        self.expect(missing, 404, "record.not_found")

    def test_prices_are_public(self) -> None:
        table = self.be(None).get("/api/v1/tables/service_price")
        self.expect(table, 200)
        self.assertEqual(table.json["columns"], ["service", "price"])
        self.expect(self.be(None).get("/api/v1/tables/none"), 404, "table.not_found")
