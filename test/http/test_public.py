"""What anybody reads without an account: the states and fields that a kind publishes, never a person or a word more."""
from matters import PHONE, Incidents
from support.client import Json, new_id

ENTRY = {"list": "account", "what": "10 月保洁支出", "content": "3 人工资", "who": "报账员", "since": "2026-10-31",
         "amount": -960000}


class Public(Incidents):
    def raised(self, login: str | None, kind: str, fields: Json, **over: object) -> Json:
        body = {"id": new_id(), "kind": kind, "fields": fields} | over
        answer = (self.be(login) if login else self.anyone()).post("/api/v1/records", body)
        self.expect(answer, 201)
        return dict(answer.json)

    def board(self) -> Json:
        lng, lat = self.here
        place = {"lng": lng, "lat": lat, "address": "便民中心"}
        return self.raised("clerk", "open_board", {"board_name": "临江社区公开栏"}, place=place)

    def entry(self, board: Json, **over: object) -> Json:
        return self.raised("clerk", "list_entry", ENTRY | over, parent=board["id"])

    def step(self, login: str, record: Json, name: str, **body: object) -> None:
        self.expect(self.be(login).post(f"/api/v1/records/{record['id']}/{name}", {"id": new_id()} | body), 200)

    def rows(self, **query: object) -> list[Json]:
        answer = self.anyone().get("/api/v1/public", **query)
        self.expect(answer, 200)
        return list(answer.json["items"])

    def test_only_what_is_published_and_nothing_of_whom(self) -> None:
        board = self.board()
        draft, entry = self.entry(board), self.entry(board, content="电话 13900000000 的张三")
        one = f"/api/v1/public/{entry['id']}"
        self.expect(self.anyone().get(one), 404, "record.not_found")
        self.step("verifier", entry, "publish", note="核对过了")
        self.assertEqual([row["id"] for row in self.rows(kind="list_entry", parent=board["id"])], [entry["id"]])
        self.expect(self.anyone().get(f"/api/v1/public/{draft['id']}"), 404, "record.not_found")
        self.expect(self.anyone().get(f"/api/v1/records/{entry['id']}"), 401)
        self.step("verifier", entry, "amend", fields={"content": "3 人各 3200 元", "reason": "应提问补充"})
        shown = self.anyone().get(one).json
        self.assertEqual(shown["fields"]["amount"], -960000)
        self.assertEqual([step["verb"] for step in shown["steps"]], ["publish", "amend"])
        self.assertEqual({change["field"] for change in shown["steps"][1]["changes"]},
                         {"fields.content", "fields.reason", "fields.changed"})
        for secret in ("parties", "reporter", "actor", "note", "核对过了", "checker", "clerk"):
            self.assertNotIn(secret, str(shown).replace("list_entry", ""), secret)
        self.step("verifier", entry, "withdraw", fields={"reason": "有误"})
        self.assertEqual(self.anyone().get(one).json["state"], "withdrawn")

    def test_a_reader_asks_and_reads_the_answer(self) -> None:
        entry = self.entry(self.board())
        self.step("verifier", entry, "publish")
        asks = self.anyone().get(f"/api/v1/public/{entry['id']}").json["asks"]
        self.assertEqual([(ask["kind"], ask["signed_in"]) for ask in asks], [("list_question", False)])
        question = self.raised(None, "list_question", {"question": f"我是张三 {PHONE}，为什么？"}, parent=entry["id"])
        self.assertEqual(self.rows(kind="list_question", parent=entry["id"]), [])
        self.step("clerk", question, "answer", fields={"answer": "见凭据"})
        row = self.rows(kind="list_question", parent=entry["id"])[0]
        self.assertEqual((row["fields"]["answer"], row["owner"]), ("见凭据", "临江社区"))
        other = self.entry(self.board())
        self.expect(self.anyone().post("/api/v1/records", {"id": new_id(), "kind": "list_question",
                                                           "fields": {"question": "看不到的"}, "parent": other["id"]}), 422)

    def test_what_is_asked_wrong(self) -> None:
        for query, key in (({}, "public.kind"), ({"kind": "incident"}, "public.kind"),
                           ({"kind": "nothing"}, "public.kind"),
                           ({"kind": "list_entry", "state": "drafted"}, "public.state"),
                           ({"kind": "list_entry", "parent": "x"}, "input.uuid"),
                           ({"kind": "list_entry", "cursor": "x"}, "list.cursor"),
                           ({"kind": "list_entry", "area": "999999"}, "place.area")):
            answer = self.anyone().get("/api/v1/public", **query)
            self.assertIn(key, answer.body.decode(), query)
            self.assertIn(answer.status, (400, 422))

    def test_files_that_are_published(self) -> None:
        paper, other = self.photo("clerk"), self.photo("clerk")
        entry = self.entry(self.board(), papers=[paper])
        self.expect(self.anyone().get(f"/api/v1/files/{paper}"), 404)
        self.step("verifier", entry, "publish", files=[])
        self.step("clerk", entry, "note", note="另附", files=[other])
        self.expect(self.anyone().get(f"/api/v1/files/{paper}"), 200)
        self.expect(self.anyone().get(f"/api/v1/files/{other}"), 404)
