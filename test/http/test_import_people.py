"""Accounts and posts from a list: judged row by row, done row by row, and once."""
from matters import Incidents
from support.client import Answer, Json

GRID = "330803001001001"
HEAD = "login,name,phone,password,role,area,org,from,until\n"


class People(Incidents):
    def send(self, csv: str, login: str | None = "admin", **over: object) -> Answer:
        return self.be(login).post("/api/v1/accounts/import", {"csv": HEAD + csv} | over)

    def fates(self, answer: Answer) -> list[str]:
        self.expect(answer, 200)
        return [row["fate"] for row in answer.json["rows"]]

    def wrong(self, csv: str) -> set[str]:
        rows: list[Json] = self.send(csv, dry=True).json["rows"]
        return {one["code"] for one in rows[0]["errors"]}

    def test_a_list_is_looked_at_then_done_once(self) -> None:
        csv = (f"imp.li,李一,,a password of his own,网格员,{GRID},,,\n"
               f"imp.li,李一,,,patrol,{GRID},,,2030-12-31\n"
               "imp.wu,吴二,13911112222,,,,,,\n"
               "imp.bad,,,,,,,,\n")
        self.assertEqual(self.fates(self.send(csv, dry=True)), ["new", "post", "new", "wrong"])
        self.assertEqual(self.be("admin").all("/api/v1/accounts/all", q="imp."), [])
        done = self.send(csv)
        self.assertEqual(self.fates(done), ["new", "post", "new", "wrong"])
        self.assertEqual((done.json["new"], done.json["post"], done.json["wrong"]), (2, 1, 1))
        posts = self.anyone().sign_in("imp.li", "a password of his own").get("/api/v1/me").json["posts"]
        self.assertEqual({(one["role"], one["area"]) for one in posts}, {("grid_worker", GRID), ("patrol", GRID)})
        self.assertEqual(self.fates(self.send(csv)), ["same", "same", "same", "wrong"])
        found = self.be("admin").all("/api/v1/accounts/all", q="13911112222")
        self.assertEqual([one["name"] for one in found], ["吴二"])
        self.assertNotIn("13911112222", str(found))

    def test_what_is_wrong_is_said_of_its_row(self) -> None:
        for want, csv in (("account.login", "!,甲,,,,,,,\n"),
                          ("account.name", "imp.a,,,,,,,,\n"),
                          ("account.password", "imp.a,甲,,short,,,,,\n"),
                          ("account.phone", "imp.a,甲,12,,,,,,\n"),
                          ("import.post", "imp.a,甲,,,网格员,,,,\n"),
                          ("import.area", "imp.a,甲,,,网格员,330803999999,,,\n"),
                          ("import.area", "imp.a,甲,,,网格员,第1网格,,,\n"),
                          ("post.role", f"imp.a,甲,,,皇帝,{GRID},,,\n"),
                          ("post.area", "imp.a,甲,,,grid_worker,330803,,,\n"),
                          ("import.org", f"imp.a,甲,,,网格员,{GRID},没有的单位,,\n"),
                          ("input.date", f"imp.a,甲,,,网格员,{GRID},,明天,\n"),
                          ("import.until", f"imp.a,甲,,,网格员,{GRID},,2030-02-01,2030-01-01\n"),
                          ("import.other_name", "clerk,不是他,,,,,,,\n")):
            with self.subTest(want, csv=csv):
                self.assertEqual(self.wrong(csv), {want})

    def test_limits_and_rights(self) -> None:
        self.expect(self.send("x,y\n" * 2001, dry=True), 413, "import.rows")
        self.expect(self.be("admin").post("/api/v1/accounts/import", {"csv": "a,b\n1,2\n"}), 422, "csv.column")
        for login in (None, "resident", "clerk"):
            self.assertIn(self.send("x,y\n", login, dry=True).status, (401, 403))

    def test_fifty_at_once(self) -> None:
        csv = "".join(f"imp.many{n},众人{n},,,,,,,\n" for n in range(60))
        first = self.send(csv)
        self.assertEqual((first.json["new"], first.json["next"], first.json["total"]), (50, 50, 60))
        rest = self.send(csv, first=50)
        self.assertEqual((rest.json["new"], rest.json["next"]), (10, None))
