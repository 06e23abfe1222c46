"""Packs over HTTP: a draft is checked, kept, rehearsed, put into force and taken back; the history stays whole."""
import datetime
import os
import time
from typing import Any

from matters import Incidents
from support.client import Answer, Client, Json, new_id
from support.postgres import HERE
from support.server import Server, patience

PACK = "/api/v1/packs/incident"
RISK = ("      comment: {type: text,", "      risk: {type: bool, zh: 有危险, en: Dangerous}\n      comment: {type: text,")
TAKES = ("takes: [description, category,", "takes: [risk, description, category,")


class Packs(Incidents):
    def files(self, *edits: tuple[str, str], of: str = "program", file: str = "pack.yaml") -> list[Json]:
        files: list[Json] = self.be("admin").get(f"{PACK}/versions/{of}").json["files"]
        for one in files:
            for before, after in edits if one["name"] == file else ():
                self.assertIn(before, one["text"])
                one["text"] = one["text"].replace(before, after, 1)
        return files

    def post(self, path: str, want: int = 200, **body: Any) -> Answer:
        answer = self.be("admin").post(f"{PACK}/{path}", body)
        self.expect(answer, want)
        return answer

    def save(self, *edits: tuple[str, str]) -> int:
        return int(self.post("versions", 201, files=self.files(*edits), note="测试").json["number"])

    def begin(self, number: int, want: int = 200, **over: Any) -> Answer:
        return self.post("switches", want, **({"id": new_id(), "number": number, "why": "测试"} | over))

    def holds(self) -> int:
        return int(self.be("admin").get(PACK).json["number"])

    def schema(self, server: Server | None = None) -> Json:
        client = self.be("clerk") if server is None else Client(server.port).sign_in("clerk")
        return dict(client.get("/api/v1/kinds/incident").json["schema"]["properties"])

    def is_sound(self) -> None:
        told = self.server.command("verify")
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)

    def test_a_check_says_what_and_where(self) -> None:
        sound = self.post("check", files=self.files(RISK, TAKES)).json
        self.assertTrue(sound["sound"])
        self.assertEqual([(one["did"], one["about"], one["name"]) for one in sound["changes"]],
                         [("added", "field", "risk")])
        told = self.post("check", files=self.files(("list: category, search", "list: categry, search"))).json
        self.assertFalse(told["sound"])
        first = told["complaints"][0]
        self.assertEqual((first["file"], first["key"]), ("pack.yaml", "pack.unknown_list"))
        self.assertGreater(first["line"], 30)
        self.assertIn("categry", first["zh"])
        self.assertRegex(first["zh"], "代码表")
        broken = {"files": self.files(("kinds:", "kindz:")), "note": ""}
        self.expect(self.be("admin").post(f"{PACK}/versions", broken), 422)

    def test_files_are_limited(self) -> None:
        for want, files in (("version.name", [{"name": "../pack.yaml", "text": "x"}]),
                            ("version.twice", [{"name": "pack.yaml", "text": "x"}] * 2),
                            ("version.files", [{"name": "README.md", "text": "x"}]),
                            ("version.size", [{"name": f"a{n}.md", "text": "x" * 900_000} for n in range(3)])):
            with self.subTest(want):
                answer = self.be("admin").post(f"{PACK}/check", {"files": files})
                self.assertIn(want, answer.errors().values(), repr(answer))
        self.expect(self.be("admin").get("/api/v1/packs/nothing"), 404)
        self.expect(self.be("admin").get(f"{PACK}/versions/77"), 404)

    def test_the_way_of_a_version(self) -> None:
        before = self.report(text="换版之前")
        number = self.save(RISK, TAKES)
        item = [one for one in self.be("admin").get("/api/v1/packs").json["items"] if one["pack"] == "incident"][0]
        self.assertEqual((item["number"], item["program_differs"]), (self.holds(), False))
        id_ = new_id()
        self.begin(number, id=id_)
        self.begin(number, id=id_)  # a lost answer: the same again
        self.assertEqual(self.holds(), number)
        self.assertIn("risk", self.schema())
        risky = self.report(text="换版之后", fields={"description": "井盖没了", "risk": True})
        self.assertIs(self.get(risky)["fields"]["risk"], True)
        self.assertEqual(self.get(before)["state"], "reported")
        refused = self.begin(0, 409)
        self.assertEqual(refused.key, "version.misfit")
        self.assertIn("fit.field", refused.errors().values())
        self.is_sound()
        # Withdrawn, it stands in nobody's way: the same rules in other words, and back.
        other = self.save(RISK, TAKES, ("zh: 有危险", "zh: 危险"))
        self.begin(other)
        self.assertEqual(self.schema()["risk"]["x-title"]["zh"], "危险")
        self.begin(number)
        self.assertEqual(self.schema()["risk"]["x-title"]["zh"], "有危险")
        self.is_sound()
        audit = [one["verb"] for one in self.be("admin").get("/api/v1/audit").json["items"]]
        self.assertGreaterEqual(audit.count("pack.begin"), 3)
        self.begins_at_a_time(other, number)

    def begins_at_a_time(self, other: int, number: int) -> None:
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
        later = (soon + datetime.timedelta(days=1)).isoformat()
        plan = self.begin(other, **{"from": later}).json["planned"]
        self.assertEqual(self.begin(other, 409, **{"from": later}).key, "version.planned")
        self.expect(self.be("admin").delete(f"{PACK}/switches/{plan['id']}"), 200)
        self.assertIsNone(self.be("admin").get(PACK).json["planned"])
        self.begin(other, **{"from": soon.isoformat()})
        self.assertEqual(self.holds(), number)
        until = time.monotonic() + patience(20)
        while self.holds() != other and time.monotonic() < until:
            time.sleep(0.1)
        self.assertEqual(self.holds(), other)
        self.is_sound()

    def test_a_rehearsal_touches_nothing(self) -> None:
        def records() -> int:
            return len(self.be("clerk").get("/api/v1/records", kind="incident", limit=200).json["items"])

        before = records()
        wrong = [one | {"text": one["text"].replace("is: 7", "is: 8", 1)} if one["name"] == "scenario.yaml" else one
                 for one in self.files()]
        played = self.post("rehearse", files=wrong).json["played"][0]
        self.assertEqual(played["wrong"], 1)
        self.assertEqual([(one["told"], one["computed"]) for one in played["figures"] if not one["fits"]], [(8, 7)])
        self.assertGreater(len(played["figures"]), 5)
        self.assertEqual(records(), before)

    def test_every_server_switches(self) -> None:
        """Two servers on one database; a file has one server."""
        if HERE not in os.environ:
            return
        other = Server(self.server.wangge, self.server.data, self.server.data.with_suffix(".other.log")).start()
        try:
            title = f"危险{time.monotonic_ns()}"
            self.begin(self.save(RISK, TAKES, ("zh: 有危险", f"zh: {title}")))
            until = time.monotonic() + patience(10)
            while self.schema(other).get("risk", {}).get("x-title", {}).get("zh") != title:
                self.assertLess(time.monotonic(), until, "the other server goes by the old version")
                time.sleep(0.05)
            raised = Client(other.port).sign_in("resident").post(
                "/api/v1/records", self.body(fields={"description": "另一台", "risk": False}))
            self.expect(raised, 201)
            self.is_sound()
        finally:
            other.end()
