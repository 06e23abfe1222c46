"""Registers: what is there only once, who is where on which day, tables in and out, the code at a door."""
import contextlib
import csv
import io
import threading

from registers import MOBILE, NAME, WANG, ZHAO, Registers, citizen_id, xlsx_rows
from support.client import Json, new_id
from support.server import query


class Once(Registers):
    def test_one_code_one_house(self) -> None:
        house = self.house()
        again = self.be("worker").post("/api/v1/records", {
            "id": new_id(), "kind": "house", "place": {"lng": self.here[0], "lat": self.here[1]},
            "fields": {"code": house["fields"]["code"], "where": "别处"}})
        self.expect(again, 409, "record.unique")
        self.step("clerk", house, "close", note="不租了")
        self.house(code=house["fields"]["code"])

    def test_never_two_stays_at_once(self) -> None:
        house, other = self.house(), self.house()
        first = self.stayed(house, id_number=WANG, moved_in="2021-11-01")
        self.expect(self.stay(house, id_number=WANG, moved_in="2021-12-01"), 409, "record.unique")
        self.expect(self.stay(house, id_number=WANG, moved_in="2021-10-01", moved_out="2021-11-02"), 409,
                    "record.unique")
        self.stayed(house, id_number=WANG, moved_in="2021-10-01", moved_out="2021-11-01")
        self.stayed(other, id_number=WANG)
        self.stayed(house, id_number=ZHAO)
        with self.nothing_changes(first):
            wrong = self.move("clerk", first, "leave", fields={"moved_out": "2021-10-31"})
            self.expect(wrong, 422)
            self.assertEqual(wrong.errors(), {"fields.moved_out": "record.interval"})
        self.step("clerk", first, "leave", fields={"moved_out": "2021-12-01"})
        self.stayed(house, id_number=WANG, moved_in="2021-12-01")

    def test_of_many_at_once_one_gets_it(self) -> None:
        house, answers = self.house(), []

        def run(n: int) -> None:
            client = self.anyone().sign_in("clerk")
            body = {"id": new_id(), "kind": "stay", "parent": house["id"],
                    "fields": {"name": f"人{n}", "id_number": ZHAO, "moved_in": f"2021-11-{1 + n:02d}"}}
            answers.append(client.post("/api/v1/records", body).status)
            client.close()

        threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(sorted(answers), [201] + [409] * 7)

    def test_verify_makes_anew_what_is_held(self) -> None:
        house = self.house()
        self.stayed(house, id_number=WANG)
        held = f"FROM hold WHERE record = (SELECT id FROM record WHERE number = {self.number(house)})"
        self.assertEqual(query(self.server.data, f"SELECT count(*) {held}"), [["1"]])
        self.assertEqual(self.server.command("verify").returncode, 0)
        query(self.server.data, f"UPDATE hold SET from_day = 7 {held.removeprefix('FROM hold ')}")
        wrong = self.server.command("verify")
        self.assertEqual(wrong.returncode, 1, wrong.stdout)
        self.assertIn(house["number"], wrong.stdout + wrong.stderr)
        query(self.server.data, f"UPDATE hold SET from_day = {-2**62} {held.removeprefix('FROM hold ')}")

    def test_the_birthday_is_that_of_the_number(self) -> None:
        refused = self.stay(self.house(), id_number=WANG, born="1980-01-02")
        self.assertEqual(refused.errors(), {"fields.born": "input.birth"})
        self.assertNotIn(WANG, refused.body.decode())
        self.assertEqual(self.stayed(self.house(), id_number=WANG, born="1980-01-01")["fields"]["born"], "****-**-**")

    def test_past_stays_are_found_and_the_name_is_compared(self) -> None:
        before, house = self.stayed(self.house(), id_number=citizen_id(7), name="李四"), self.house()
        draft = {"kind": "stay", "parent": house["id"],
                 "fields": {"name": "李四光", "id_number": citizen_id(7), "moved_in": "2021-11-05"}}
        same = self.be("clerk").post("/api/v1/propose", draft).json["same"]
        self.assertEqual([(one["id"], one["differs"], one["in_the_way"]) for one in same],
                         [(before["id"], ["name"], False)])
        self.assertNotIn("李四", str(same))

    def test_who_was_here_that_day(self) -> None:
        house = self.house()
        early = self.stayed(house, moved_in="2021-01-01", moved_out="2021-06-01")
        late = self.stayed(house, moved_in="2021-06-01")
        void = self.step("clerk", self.stayed(house), "annul", note="登记错了")

        def there(day: str) -> set[str]:
            items = self.be("clerk").all("/api/v1/records", kind="stay", parent=house["id"], as_of=day)
            return {one["id"] for one in items}

        self.assertEqual([there(day) for day in ("2020-12-31", "2021-01-01", "2021-05-31", "2021-06-01")],
                         [set(), {early["id"]}, {early["id"]}, {late["id"]}])
        self.assertEqual(there("2021-05-31..2021-06-01"), {early["id"], late["id"]})
        self.assertEqual(there("2020-01-01..2020-12-31"), set())
        self.assertNotIn(void["id"], there("2021-12-01"))
        for wrong in ({"kind": "stay", "as_of": "1.1.2021"}, {"kind": "stay", "as_of": "2021-02-01..2021-01-01"},
                      {"kind": "incident", "as_of": "2021-01-01"}):
            self.expect(self.be("clerk").get("/api/v1/records", **wrong), 422)


class Door(Registers):
    def test_a_stranger_registers_and_learns_nothing(self) -> None:
        house = self.house(landlord_name="郑房东", landlord_phone=MOBILE)
        self.stayed(house, name="已住的人", id_number=citizen_id(40))
        seen = self.be(None).get(f"/api/v1/door/{house['id']}")
        self.assertEqual(seen.json, {"open": True, "kinds": [{
            "kind": "stay", "title": {"zh": "居住登记", "en": "Stay"}, "transition": "declare"}]})
        self.expect(self.be(None).get(f"/api/v1/records/{house['id']}"), 401)
        self.expect(self.be("resident2").get(f"/api/v1/records/{house['id']}"), 404)
        made = self.stayed(house, None, name=NAME, id_number=citizen_id(41))
        self.assertEqual(made["state"], "declared")
        for word in ("郑房东", MOBILE, "138****9876", house["fields"]["code"], "已住的人", house["number"]):
            self.assertNotIn(word, str(made))
        self.step("clerk", made, "confirm")
        self.expect(self.be(None).get(f"/api/v1/door/{new_id()}"), 404)

    def test_the_code_is_of_this_site(self) -> None:
        house, host = self.house(), f"127.0.0.1:{self.server.port}"
        path = f"/api/v1/records/{house['id']}/qr?origin="
        picture = self.be("clerk").get(f"{path}http://{host}")
        self.expect(picture, 200)
        self.assertTrue(picture.body.startswith(b"<svg "))
        self.expect(self.be("clerk").get(f"{path}https://evil.example"), 422)
        self.expect(self.be("resident").get(f"{path}http://{host}"), 404)


class TablesIn(Registers):
    HEAD = "房屋编号,租客姓名,身份证号,入住日期,户籍\n"

    def test_looked_at_tried_and_brought_in_once(self) -> None:
        house = self.house()
        code = house["fields"]["code"]
        rows = [f"{code},人{n},{citizen_id(100 + n)},2021/11/{1 + n % 28},省外" for n in range(900)]
        rows[3] = f"{code},人3,{citizen_id(3)[:-1]}0,2021-11-03,省外"      # the check digit
        rows[5] = f"{code},人5,{citizen_id(104)},2021-11-09,省外"          # row 4 has that number
        rows[7] = f"没有的,人7,{citizen_id(7)},2021-11-09,月球"
        one = self.sent(self.HEAD + "\n".join(rows) + "\n")
        self.assertEqual(one["guess"]["fields"], {"name": 1, "id_number": 2, "moved_in": 3, "registered_at": 4})
        self.assertEqual((one["guess"]["parent"], one["rows"], len(one["preview"])), (0, 900, 8))
        tried = self.act(one, "check", map=one["guess"])
        self.assertEqual((tried["state"], tried["made"], tried["refused"]), ("checked", 897, 3), tried["errors"])
        self.assertEqual([(error["line"], error["code"], error["column"]) for error in tried["errors"]],
                         [(5, "input.citizen_id", "身份证号"), (7, "record.unique", ""), (9, "import.parent", "房屋编号")])
        self.assertEqual(self.be("clerk").all("/api/v1/records", kind="stay", parent=house["id"]), [])
        done = self.act(one, "run")
        self.assertEqual((done["state"], done["made"], done["refused"]), ("done", 897, 3))
        there = self.be("clerk").all("/api/v1/records", kind="stay", parent=house["id"], limit=200)
        self.assertEqual(len(there), 897)
        self.assertEqual({item["state"] for item in there}, {"registered"})
        self.expect(self.be("clerk").post(f"/api/v1/imports/{one['id']}/run", {}), 409, "import.state")
        refused = self.be("clerk").get(f"/api/v1/imports/{one['id']}/refused")
        table = list(csv.reader(io.StringIO(refused.body.decode("utf-8-sig"))))
        self.assertEqual([row[0] for row in table[1:]], ["5", "7", "9"])
        self.assertEqual(table[3][4:7], ["没有的", "人7", citizen_id(7)])

    def test_another_systems_words_are_known(self) -> None:
        one = self.sent("工单号,来电人,电话,内容,地址,类别\n1,王先生,13712345678,路灯不亮,临江社区,井盖破损\n", "incident")
        self.assertEqual(one["guess"], {"fields": {"caller_name": 1, "caller": 2, "description": 3, "category": 5},
                                        "address": 4})
        tried = self.act(one, "check", map=one["guess"])
        told = [error["message"] for error in tried["errors"] if error["code"] == "input.unknown_code"]
        self.assertEqual(told, ["“类别”中没有“井盖破损”，最接近的是“0101 井盖缺失破损”"])
        self.expect(self.be("clerk").delete(f"/api/v1/imports/{one['id']}"), 200)

    def test_killed_in_the_middle_and_gone_on_with(self) -> None:
        house = self.house()
        rows = "".join(f"{house['fields']['code']},人{n},{citizen_id(2000 + n)},2021-11-01,省外\n" for n in range(2400))
        one = self.sent(self.HEAD + rows)
        self.be("clerk").post(f"/api/v1/imports/{one['id']}/run", {"map": one["guess"]})
        while self.be("clerk").get(f"/api/v1/imports/{one['id']}").json["done"] < 1:
            pass
        self.restart_killed()
        done = self.over(one)
        self.assertEqual((done["state"], done["refused"]), ("done", 0))
        there = self.be("clerk").all("/api/v1/records", kind="stay", parent=house["id"], limit=200)
        self.assertEqual(len(there), 2400)
        self.assertEqual(query(self.server.data, "SELECT count(*) FROM import_part WHERE body <> ''"), [["0"]])

    def test_by_right_and_ones_own(self) -> None:
        one = self.sent(self.HEAD + "x,y,,2021-11-01,\n")
        for login in ("town", "admin"):
            for answer in (self.be(login).get(f"/api/v1/imports/{one['id']}"),
                           self.be(login).post(f"/api/v1/imports/{one['id']}/check", {"map": one["guess"]}),
                           self.be(login).get(f"/api/v1/imports/{one['id']}/refused"),
                           self.be(login).delete(f"/api/v1/imports/{one['id']}")):
                self.expect(answer, 404)
        self.expect(self.send("a.csv", b"a\nb\n", "door_visit", "worker"), 403, "import.denied")
        self.expect(self.be("resident").get("/api/v1/imports"), 403)
        self.assertIn(one["id"], [each["id"] for each in self.be("clerk").get("/api/v1/imports").json["items"]])
        for wrong in ({"fields": {"name": 99, "moved_in": 3}}, {"fields": {"nothing": 1}}, {"fields": {"name": 1}}, {}):
            self.assertEqual(self.be("clerk").post(f"/api/v1/imports/{one['id']}/check", {"map": wrong}).status, 422)
        self.expect(self.be("clerk").delete(f"/api/v1/imports/{one['id']}"), 200)
        self.expect(self.be("clerk").get(f"/api/v1/imports/{one['id']}"), 404)

    def test_what_is_no_table_is_refused(self) -> None:
        for data, key in ((b"", "csv.empty"), (b"a,b\n", "import.empty"), (b"\xff\xfe\x00\x01", "sheet.text"),
                          (b"PK\x03\x04nothing", "sheet.xlsx"), (b'a,"b\n', "csv.quote")):
            with self.subTest(key):
                answer = self.send("a.csv", data)
                self.assertIn(key, {answer.key, *answer.errors().values()}, repr(answer))


class TablesOut(Registers):
    def test_the_list_masked_in_both_forms(self) -> None:
        house = self.house(where="=1+1", landlord_phone=MOBILE)
        self.stayed(house, id_number=WANG, phone=MOBILE)
        ours = {"kind": "stay", "parent": house["id"]}
        book = self.be("clerk").get("/api/v1/export", format="xlsx", **ours)
        self.expect(book, 200)
        rows = xlsx_rows(book.body)
        self.assertEqual(len(rows), 2)
        row = dict(zip(rows[0], rows[1], strict=False))
        self.assertEqual((row["姓名"], row["身份证号"], row["电话"], row["户籍"]),
                         ("欧***", "340524********001X", "138****9876", "省外"))
        text = self.be("clerk").get("/api/v1/export", kind="house", where=f"code == '{house['fields']['code']}'")
        self.assertIn('"\'=1+1"', text.body.decode())
        for login, status in ((None, 401), ("resident", 403)):
            self.expect(self.be(login).get("/api/v1/export", **ours), status)
        for wrong in ({"kind": "nothing"}, ours | {"format": "pdf"}, {}):
            self.assertEqual(self.be("clerk").get("/api/v1/export", **wrong).status, 422)
        self.assertEqual(len(xlsx_rows(self.be("dept").get("/api/v1/export", format="xlsx", **ours).body)), 1)

    def test_in_full_with_a_reason_that_is_written_down(self) -> None:
        house = self.house()
        stay = self.stayed(house, id_number=WANG, phone=MOBILE)
        path = f"/api/v1/export?kind=stay&parent={house['id']}&as_of=2021-11-03&format="
        ask = {"reason": "核对 11 月 3 日在住人员", "fields": ["name", "id_number", "phone"]}
        with self.nothing_changes(stay):
            for wrong in ({}, ask | {"reason": ""}, ask | {"fields": []}, ask | {"fields": ["room"]}):
                self.assertEqual(self.be("clerk").post(path + "csv", wrong).status, 422)
            kept = self.be("leader").post(path + "csv", ask)
            self.assertEqual(kept.headers["x-wangge-withheld"], "1")
            self.assertNotIn(WANG, kept.body.decode())
        shown = self.be("clerk").post(path + "json", ask).json
        self.assertEqual([one["fields"]["id_number"] for one in shown["items"]], [WANG])
        table = self.be("clerk").post(path + "csv", ask).body.decode()
        for word in (WANG, MOBILE, NAME):
            self.assertIn(word, table)
        notes = [line["note"] for line in self.log(stay) if line["verb"] == "reveal"]
        self.assertEqual(notes, [ask["reason"]] * 2)
        audit = self.be("admin").get("/api/v1/audit", verb="export").body.decode()
        self.assertIn(ask["reason"], audit)
        for word in (WANG, MOBILE, NAME):
            self.assertNotIn(word, audit)
        with contextlib.suppress(FileNotFoundError):
            self.assertEqual([one.name for one in self.server.data.rglob("report-*")], [])


class Then(Registers):
    def test_one_as_it_was_at_any_moment(self) -> None:
        house = self.house(rooms=6, landlord_phone=MOBILE)
        now = self.step("clerk", house, "change", fields={"rooms": 9})
        past = self.be("clerk").get(f"/api/v1/records/{house['id']}", as_of=house["updated_at"]).json
        self.assertEqual((past["fields"]["rooms"], past["version"], past["allowed"]), (6, 1, []))
        self.assertEqual(past["fields"]["landlord_phone"], now["fields"]["landlord_phone"], "masked, then as now")
        self.assertEqual(self.get(house)["fields"]["rooms"], 9)
        who = self.be("clerk")
        self.expect(who.get(f"/api/v1/records/{house['id']}", as_of="2021-11-03T00:00:00+08:00"), 404, "record.not_yet")
        self.expect(who.get(f"/api/v1/records/{house['id']}", as_of="yesterday"), 422)
        self.expect(self.be("resident").get(f"/api/v1/records/{house['id']}", as_of=house["updated_at"]), 404)


class Merged(Registers):
    def below(self, house: Json) -> set[str]:
        return {one["id"] for one in self.be("clerk").all("/api/v1/records", kind="stay", parent=house["id"])}

    def test_one_house_goes_into_another_and_back(self) -> None:
        gone, stays = self.house(), self.house()
        moved = self.stayed(gone, id_number=citizen_id(700))
        twice = self.stayed(gone, id_number=citizen_id(701))
        there = self.stayed(stays, id_number=citizen_id(701))
        merged = self.step("clerk", gone, "merge", other=stays["id"], note="同一处房登记了两次")
        self.assertEqual((merged["state"], merged["duplicate_of"], merged["open"]), ("merged", stays["id"], False))
        self.assertEqual(self.below(stays), {there["id"], moved["id"]})
        self.assertEqual(self.below(gone), {twice["id"]}, "who is registered there already stays and is seen")
        self.assertEqual(self.log(stays)[-1]["verb"], "absorb")
        self.assertEqual([one["verb"] for one in self.log(moved)], ["check_in", "under"])
        self.assertIn(gone["id"], [one["id"] for one in self.get(stays)["links"]])
        late = self.stayed(gone, id_number=citizen_id(702))
        self.assertEqual(late["parent"], stays["id"], "the old code at the door leads to the house that is kept")
        self.assertTrue(self.be(None).get(f"/api/v1/door/{gone['id']}").json["open"])
        again = self.house(code=gone["fields"]["code"])
        refused = self.move("clerk", gone, "unmerge", note="不是同一处")
        self.assertEqual(refused.status, 409, "somebody has its code by now")
        self.step("clerk", again, "close", note="登记错了")
        back = self.step("clerk", gone, "unmerge", note="不是同一处")
        self.assertEqual((back["state"], back["duplicate_of"]), ("listed", None))
        self.assertEqual((self.below(gone), self.below(stays)), ({twice["id"], moved["id"]}, {there["id"], late["id"]}))
        self.assertEqual(self.server.command("verify").returncode, 0)

    def test_into_what(self) -> None:
        one, other, closed = self.house(), self.house(), self.house()
        self.step("clerk", closed, "close", note="停租")
        self.expect(self.move("clerk", one, "merge", note="重复"), 422)
        self.expect(self.move("clerk", one, "merge", other=one["id"], note="重复"), 422)
        self.expect(self.move("clerk", one, "merge", other=closed["id"], note="重复"), 409, "merge.into")
        self.expect(self.move("clerk", one, "merge", other=self.report()["id"], note="重复"), 422)
        self.expect(self.move("worker", one, "merge", other=other["id"], note="重复"), 403)
        self.step("clerk", one, "merge", other=other["id"], note="重复")
        self.expect(self.move("clerk", other, "merge", other=one["id"], note="重复"), 409, "merge.into")
        for verb in ("under", "absorb"):
            self.expect(self.move("clerk", other, verb, other=one["id"]), 404, "move.unknown")
