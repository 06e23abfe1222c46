"""Judges at work: who scores whom, what each may see, and a result that an independent count confirms."""
import importlib.util
import pathlib
import re
from typing import Any

from support.client import Answer, Client, Json, new_id
from test_programmes import TOWN, Programmes

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGES = ["village", "worker", "verifier", "dept", "patrol"]


def recount(table: Json) -> list[str]:
    spec = importlib.util.spec_from_file_location("recount_scores", ROOT / "tools" / "recount_scores.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.differences(table))


class Scores(Programmes):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        client = Client(cls.server.port, recorder=cls.recorder).sign_in("village")
        for kind in ("arena", "arena_show", "arena_sheet"):
            client.get(f"/api/v1/kinds/{kind}")
        client.close()

    def round(self, villages: int = 2) -> tuple[Json, list[Json]]:
        arena = self.make("town", "arena", {"subject": "莲花专场", "season": "summer"}, area=TOWN)
        codes = ["330803103243"] + [one["code"] for one in
                                    self.be("town").get("/api/v1/areas", parent=TOWN).json["items"]
                                    if one["code"] != "330803103243"]
        shows = [self.make("town", "arena_show", {"village": f"第 {i} 站", "turn": i + 1}, parent=arena["id"],
                           area=codes[i]) for i in range(villages)]
        arena = self.step("town", arena, "appoint",
                          parties=[{"role": "judge", "account": self.account(one)} for one in JUDGES])
        return self.step("town", arena, "open"), shows

    def give(self, login: str, show: Json, *values: int, **over: Any) -> Answer:
        fields = dict(zip(("route", "highlights", "governance", "impression"), values))
        return self.ask(login, "arena_sheet", fields, parent=show["id"], **over)

    def table(self, login: str, arena: Json) -> Json:
        answer = self.be(login).get(f"/api/v1/records/{arena['id']}/scores")
        self.expect(answer, 200)
        return dict(answer.json)

    def test_from_sheets_to_places(self) -> None:
        arena, (own, other) = self.round()
        with self.nothing_changes(own):
            self.refused(self.give("village", own, 20, 30, 30, 20), 403, "score.own")
            self.refused(self.give("resident", own, 20, 30, 30, 20), 403, "move.denied")
            self.refused(self.give("worker", own, 21, 30, 30, 20), 422, "input.range")
            named = [{"role": "judge", "account": self.account("verifier")}]
            self.refused(self.give("worker", own, 20, 30, 30, 20, parties=named), 403, "score.in_name")
        command = new_id()
        first = self.give("worker", own, 15, 25, 25, 15, id=command)
        self.expect(first, 201)
        self.expect(self.give("worker", own, 15, 25, 25, 15, id=command), 200)  # a lost answer, asked for again
        self.refused(self.give("worker", own, 20, 30, 30, 20), 409, "score.twice")
        sheet = self.step("worker", dict(first.json), "correct", fields={"route": 18})
        self.refused(self.be("verifier").get(f"/api/v1/records/{sheet['id']}"), 404, "record.not_found")

        mine, desk = self.table("worker", arena), self.table("town", arena)
        self.assertEqual((mine["judge"], mine["desk"], mine["sheets"], mine["judges"]), (True, False, [], []))
        self.assertEqual(mine["entries"][0]["mine"]["values"]["route"], 18)
        self.assertNotIn("result", mine["entries"][0])
        self.assertEqual((desk["given"], desk["due"], len(desk["sheets"])), (1, 8, 1))
        self.assertTrue([one for one in self.table("village", arena)["entries"] if one["own"]][0]["id"] == own["id"])

        with self.nothing_changes(arena):
            self.refused(self.move("town", arena, "publish"), 409, "score.missing")
        for i, judge in enumerate(JUDGES):
            if judge not in ("village", "worker"):
                self.expect(self.give(judge, own, 15 + i, 22, 25, 15), 201)
            self.expect(self.give(judge, other, 18, 20 + i, 25, 16), 201)
        arena = self.step("town", arena, "publish")
        table = self.table("resident", arena)
        self.assertEqual((table["settled"], len(table["sheets"]), table["judges"][0]["name"]), (True, 9, None))
        self.assertEqual(recount(table), [])
        self.assertEqual({one["place"] for one in table["entries"]}, {1, 2})
        kept = self.get(own, "town")
        shown = next(one for one in table["entries"] if one["id"] == own["id"])
        self.assertEqual((f"{kept['fields']['score']:.2f}", kept["fields"]["standing"]),
                         (shown["result"], shown["place"]))
        self.refused(self.move("worker", sheet, "correct", fields={"route": 20}), 409, "score.closed")
        self.papers(arena, shown["id"])

    def papers(self, arena: Json, entrant: str) -> None:
        """Both have an honour, so the round's paper has two pages; the Chinese font is inside."""
        for record, pages in ((arena["id"], 2), (entrant, 1)):
            answer = self.be("resident").get(f"/api/v1/records/{record}/certificates")
            self.expect(answer, 200)
            self.assertEqual(answer.headers.get("content-type"), "application/pdf")
            self.assertTrue(answer.body.startswith(b"%PDF-"))
            self.assertEqual(len(re.findall(rb"/Type /Page\b", answer.body)), pages)
            self.assertIn(b"NotoSerifCJK", answer.body)

    def test_a_result_is_opened_and_counted_again(self) -> None:
        arena, (own, other) = self.round()
        for judge in JUDGES:
            for show in (own, other):
                if not (judge == "village" and show is own):
                    self.expect(self.give(judge, show, 15, 20, 20, 15), 201)
        arena = self.step("town", arena, "publish")
        self.assertEqual([self.get(one, "town")["fields"]["standing"] for one in (own, other)], [1, 1])
        arena = self.step("leader", arena, "reopen", note="异议成立")
        mine = self.table("worker", arena)["entries"][1]["mine"]
        self.expect(self.be("worker").post(f"/api/v1/records/{mine['id']}/correct",
                                           {"id": new_id(), "fields": {"route": 20}}), 200)
        mine = self.table("dept", arena)["entries"][1]["mine"]
        self.expect(self.be("dept").post(f"/api/v1/records/{mine['id']}/correct",
                                         {"id": new_id(), "fields": {"route": 20}}), 200)
        arena = self.step("town", arena, "publish")
        self.assertEqual([self.get(one, "town")["fields"]["standing"] for one in (own, other)], [2, 1])
        self.assertEqual(recount(self.table("town", arena)), [])

    def test_what_is_no_round_has_no_scores(self) -> None:
        matter = self.report()
        self.refused(self.be("resident").get(f"/api/v1/records/{matter['id']}/scores"), 404, "score.none")
        arena, _ = self.round()
        self.refused(self.be("town").get(f"/api/v1/records/{arena['id']}/certificates"), 404, "certificate.none")
        self.refused(self.be("town").get(f"/api/v1/records/{arena['id']}/scores", of="x"), 404, "score.none")
        self.assertEqual(self.be(None).get(f"/api/v1/records/{arena['id']}/scores").status, 401)
