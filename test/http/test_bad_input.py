"""What must not come in: each its documented refusal, and nothing is changed."""
import contextlib
import json
import socket
from typing import Any

from matters import Incidents
from support.client import Answer, Json, new_id

# What is wrong, where, the status, the key of the field or of the whole.
FIELDS: list[tuple[str, Json, str, str]] = [
    ("a number for a text", {"description": 7}, "fields.description", "input.type"),
    ("a list for a text", {"description": ["a"]}, "fields.description", "input.type"),
    ("an object for a text", {"description": {"a": 1}}, "fields.description", "input.type"),
    ("nothing where something is required", {"description": None}, "fields.description", "input.required"),
    ("an empty text where something is required", {"description": "  "}, "fields.description", "input.required"),
    ("a text over its limit", {"description": "长" * 2001}, "fields.description", "input.too_long"),
    ("an unknown field", {"colour": "red"}, "fields.colour", "input.unknown_field"),
    ("a code that is none", {"category": "no-such-code"}, "fields.category", "input.unknown_code"),
    ("a number for a code", {"category": 1}, "fields.category", "input.type"),
    ("a phone that is none", {"caller": "请打电话"}, "fields.caller", "input.phone"),
    ("too many files", {"photos": [new_id() for _ in range(10)]}, "fields.photos", "input.too_many"),
    ("a file id that is none", {"photos": ["photo-1"]}, "fields.photos.0", "input.uuid"),
    ("a file that does not exist", {"photos": [new_id()]}, "files", "file.unknown"),
]

PLACES: list[tuple[str, Any, str]] = [
    ("outside the district", {"lng": 116.4, "lat": 39.9}, "place.outside"),
    ("in the sea", {"lng": 0, "lat": 0}, "place.outside"),
    ("not on Earth", {"lng": 500, "lat": 29}, "place.range"),
    ("text for degrees", {"lng": "118", "lat": "29"}, "input.type"),
    ("half of a point", {"lng": 118.9}, "place.range"),
    ("an unknown datum", {"lng": 118.9, "lat": 28.9, "datum": "mars"}, "place.datum"),
    ("no place at all", None, "place.required"),
]

BROKEN: list[tuple[str, bytes, int, str]] = [
    ("half a document", b'{"kind": "incident"', 400, "json.malformed"),
    ("no object", b'[1, 2]', 400, "json.object"),
    ("two documents", b'{} {}', 400, "json.malformed"),
    ("a name twice", b'{"kind":"incident","kind":"incident"}', 400, "json.malformed"),
    ("nothing", b"", 400, "json.malformed"),
    ("invalid UTF-8", b'{"kind": "\xff\xfe"}', 400, "json.utf8"),
    ("an over-long form of /", b'{"kind": "\xc0\xaf"}', 400, "json.utf8"),
    ("half a pair of surrogates", b'{"kind": "\\ud800"}', 400, "json.malformed"),
    ("deep nesting", b'{"fields":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "json.depth"),
    ("too much", b'{"note": "' + b"a" * 400_000 + b'"}', 413, "http.body"),
]


class BadInput(Incidents):
    def count(self) -> int:
        """How many entries there are: the number of the newest one."""
        return int(self.log(self.report())[-1]["seq"])

    def refused(self, answer: Answer, status: int, key: str, at: str | None = None) -> None:
        self.assertEqual(answer.status, status, repr(answer))
        self.assertEqual(answer.headers["content-type"].split(";")[0], "application/problem+json")
        self.assertEqual(answer.json["status"], status)
        if at is None:
            self.assertIn(key, {answer.key, *answer.errors().values()}, repr(answer))
        else:
            self.assertEqual(answer.errors().get(at), key, repr(answer))
            self.assertTrue(all(one["message"] for one in answer.json["errors"]))

    def test_fields(self) -> None:
        before = self.count()
        for what, fields, at, key in FIELDS:
            with self.subTest(what):
                answer = self.be("resident").post("/api/v1/records", self.body(fields=fields))
                self.refused(answer, 422, key, at)
        self.assertEqual(self.count(), before + 1)

    def test_places(self) -> None:
        before = self.count()
        for what, place, key in PLACES:
            with self.subTest(what):
                answer = self.be("resident").post("/api/v1/records", self.body(place=place))
                self.refused(answer, 422, key)
        self.assertEqual(self.count(), before + 1)

    def test_a_point_outside_is_refused_with_an_area_too(self) -> None:
        area = self.report()["area"]
        answer = self.be("resident").post("/api/v1/records", self.body(area=area, place={"lng": 116.4, "lat": 39.9}))
        self.refused(answer, 422, "place.outside")

    def test_broken_documents(self) -> None:
        before = self.count()
        for what, body, status, key in BROKEN:
            with self.subTest(what):
                self.refused(self.be("resident").post("/api/v1/records", body), status, key)
        self.assertEqual(self.count(), before + 1)

    def test_envelopes(self) -> None:
        cases: list[tuple[str, Json, str, str]] = [
            ("an unknown member", {"prio": 1}, "prio", "input.unknown_field"),
            ("an id that is none", {"id": "1"}, "id", "input.type"),
            ("no kind", {"kind": ""}, "kind", "input.too_short"),
            ("a long note", {"note": "长" * 2001}, "note", "input.too_long"),
            ("an area that is none", {"place": None, "area": "330803999"}, "area", "place.area"),
            ("an area elsewhere", {"place": None, "area": "110101"}, "area", "place.area"),
            ("an unknown part", {"parties": [{"role": "emperor", "account": new_id()}]}, "parties.role",
             "party.role"),
        ]
        for what, over, at, key in cases:
            with self.subTest(what):
                self.refused(self.be("resident").post("/api/v1/records", self.body(**over)), 422, key, at)
        self.assertIn(self.be("resident").post("/api/v1/records", self.body(kind="nothing")).status, (404, 422))

    def test_other_content_types(self) -> None:
        body = json.dumps(self.body()).encode()
        for kind in ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded"):
            with self.subTest(kind):
                answer = self.be("resident").request("POST", "/api/v1/records", body, Content_Type=kind)
                self.expect(answer, 415)

    def test_moves(self) -> None:
        record = self.report()
        fields = {"category": self.leaf(), "level": "easy"}
        good = {"fields": fields}
        cases: list[tuple[str, str, str, Json, int, str]] = [
            ("that does not exist", "clerk", "explode", {}, 404, "move.unknown"),
            ("not possible now", "verifier", "verify", {}, 409, "move.state"),
            ("for others", "resident", "accept", good, 403, "move.denied"),
            ("of another office", "verifier", "accept", good, 403, "move.denied"),
            ("without what it needs", "clerk", "accept", {}, 422, "move.needs"),
            ("without a reason", "clerk", "reject", {}, 422, "move.needs"),
            ("with a field that it does not take", "clerk", "reject",
             {"note": "x", "fields": {"description": "改了"}}, 422, "move.field"),
            ("with a wrong code", "clerk", "accept", {"fields": fields | {"level": "none"}}, 422,
             "input.unknown_code"),
            ("with a wrong version", "clerk", "accept", good | {"version": 99}, 409, "record.stale"),
            ("with a version in words", "clerk", "accept", good | {"version": "1"}, 422, "input.type"),
            ("with an unknown file", "clerk", "accept", good | {"files": [new_id()]}, 422, "file.unknown"),
            ("with an unknown member", "clerk", "accept", good | {"hurry": True}, 422, "input.unknown_field"),
            ("of time only", "clerk", "tick", {}, 404, "move.unknown"),
        ]
        with self.nothing_changes(record):
            for what, login, name, body, status, key in cases:
                with self.subTest(what):
                    self.refused(self.move(login, record, name, **body), status, key)

    def test_parties(self) -> None:
        record = self.accepted()
        with self.nothing_changes(record):
            for what, party, key in (
                    ("an unknown person", {"role": "lead", "account": new_id()}, "party.unknown"),
                    ("an unknown organisation", {"role": "lead", "org": new_id()}, "party.unknown"),
                    ("neither", {"role": "lead"}, "party.one"),
                    ("a part this move does not fill", {"role": "reporter", "account": self.account("resident2")},
                     "party.unexpected"),
            ):
                with self.subTest(what):
                    self.refused(self.move("clerk", record, "dispatch", parties=[party]), 422, key)

    def test_ids_that_are_none(self) -> None:
        for path in ("/api/v1/records/1", f"/api/v1/records/{new_id()}", "/api/v1/areas/abc",
                     f"/api/v1/files/{new_id()}", "/api/v1/kinds/unheard"):
            with self.subTest(path):
                self.expect(self.be("clerk").get(path), 404)

    def test_questions(self) -> None:
        cases: list[tuple[str, Json, int]] = [
            ("a limit of none", {"limit": "many"}, 422),
            ("a limit too high", {"limit": 100000}, 422),
            ("a cursor that is none", {"cursor": "@@@"}, 400),
            ("a condition that is no CEL", {"kind": "incident", "where": "level =="}, 422),
            ("a condition on what is not there", {"kind": "incident", "where": "colour == 'red'"}, 422),
            ("a condition of the wrong type", {"kind": "incident", "where": "level + 1"}, 422),
            ("a condition without end", {"kind": "incident", "where": "(" * 1000}, 422),
            ("SQL for a condition", {"kind": "incident", "where": "1=1; DROP TABLE record"}, 422),
            ("an order that is none", {"sort": "colour"}, 422),
            ("a kind that is none", {"kind": "unheard"}, 422),
            ("an area that is none", {"area": "zzz"}, 422),
        ]
        for what, query, status in cases:
            with self.subTest(what):
                answer = self.be("clerk").get("/api/v1/records", **query)
                self.assertEqual(answer.status, status, repr(answer))
                self.assertNotIn("no problem document", answer.key)

    def test_quotes_are_only_text(self) -> None:
        text = "'; DROP TABLE record; -- \" <script>alert(1)</script> %s %n \\"
        record = self.report(text=text)
        self.assertEqual(self.get(record)["fields"]["description"], text)
        self.assertEqual(self.be("clerk").get("/api/v1/records", q=text).status, 200)


class BadWire(Incidents):
    """Bytes that are hardly HTTP."""

    def say(self, data: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5) as link:
            got = b""
            with contextlib.suppress(OSError):  # it may hang up on us, or wait for the rest of a body
                link.sendall(data)
                link.shutdown(socket.SHUT_WR)
                while part := link.recv(65536):
                    got += part
            return got

    def tearDown(self) -> None:
        self.assertEqual(self.be(None).get("/healthz").status, 200)

    def test_no_http(self) -> None:
        for data in (b"\0\xff\n\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"POST /api/v1/records HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
                     b"POST /api/v1/records HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"):
            with self.subTest(data=data):
                got = self.say(data)
                self.assertNotIn(b" 200 ", got.split(b"\r\n")[0])
                self.assertNotIn(b" 500 ", got.split(b"\r\n")[0])

    def test_a_body_that_ends_twice_is_nobodys(self) -> None:
        """Where a proxy and the server disagree on where a body ends, one takes for a request what the other took for
        a body."""
        post = b"POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        hidden = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        for said in (b"Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}",
                     b"Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
            with self.subTest(said):
                self.assertEqual(self.say(post + said + hidden), b"")

    def test_headers_too_large(self) -> None:
        got = self.say(b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n")
        self.assertNotIn(b" 200 ", got.split(b"\r\n")[0])

    def test_a_path_of_bytes(self) -> None:
        for path in (b"/api/%ff%fe", b"/api/v1/records/%c0%ae", b"/api/%zz", b"/api/" + b"a" * 7000):
            with self.subTest(path=path[:20]):
                got = self.say(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertRegex(got.split(b"\r\n")[0], rb" 4\d\d ")

    def test_broken_multipart(self) -> None:
        head = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        for what, kind, body in (
                ("no boundary", "multipart/form-data", b"x"),
                ("an empty boundary", "multipart/form-data; boundary=", b"x"),
                ("no part", "multipart/form-data; boundary=b", b"--b--\r\n"),
                ("no end", "multipart/form-data; boundary=b", f"--b\r\n{head}data".encode()),
                ("no header end", "multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data"),
                ("not a boundary at all", "multipart/form-data; boundary=b", b"hello world"),
                ("another field", "multipart/form-data; boundary=b",
                 b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--b--\r\n'),
        ):
            with self.subTest(what):
                answer = self.be("worker").request("POST", "/api/v1/files", body, Content_Type=kind)
                self.assertIn(answer.status, (400, 415, 422), repr(answer))
                self.assertNotIn("no problem document", answer.key)
