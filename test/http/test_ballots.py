"""Votes: the roll, open votes once for each number, secret ones that nobody can link, counted again by others."""
import importlib.util
import json
import pathlib
import random
from typing import Any

from matters import Incidents
from support.client import Client, Json, new_id
from support.server import database_files, query
from support.voter import Token

_spec = importlib.util.spec_from_file_location("recount", pathlib.Path(__file__).parents[1] / "ballots/recount.py")
assert _spec and _spec.loader
recount = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(recount)


MANY = 40  # slips of several pages of the database


def ranks_agree(first: list[Any], second: list[Any]) -> float:
    """How well two orders of the same things agree: 1 the same, 0 by chance, -1 turned round (Spearman)."""
    place = {one: n for n, one in enumerate(second)}
    n = len(first)
    return 1 - 6 * sum((k - place[one]) ** 2 for k, one in enumerate(first)) / (n * (n * n - 1))


class Ballots(Incidents):
    def refused(self, answer: Any, status: int, key: str | None = None) -> None:
        self.expect(answer, status, key)

    def put_question(self, kind: str = "decision", **fields: Any) -> str:
        words = {"question": "加装电梯"} if kind == "decision" else {"subject": "推选楼道长", "candidates": ["甲", "乙", "丙"]}
        body = {"id": new_id(), "kind": kind, "fields": words | fields,
                "place": {"lng": self.here[0], "lat": self.here[1]}}
        answer = self.be("clerk").post("/api/v1/records", body)
        self.expect(answer, 201)
        return str(answer.json["id"])

    def move(self, ballot: str, verb: str, **body: Any) -> None:
        self.expect(self.be("clerk").post(f"/api/v1/records/{ballot}/{verb}", {"id": new_id()} | body), 200)

    def roll(self, ballot: str, lines: list[str], header: str = "no,name,login,label") -> Json:
        answer = self.be("clerk").put(f"/api/v1/ballots/{ballot}/roll", {"csv": "\n".join([header, *lines]) + "\n"})
        self.expect(answer, 200)
        return dict(answer.json)

    def vote(self, login: str, ballot: str, no: int, choice: list[int], **over: Any) -> Any:
        return self.be(login).post(f"/api/v1/ballots/{ballot}/votes", {"no": no, "choice": choice} | over)

    def counted_again(self, ballot: str) -> Json:
        """The published list, counted by the script that knows nothing of the program."""
        anybody = self.be("resident2")
        shown, listed = anybody.get(f"/api/v1/ballots/{ballot}"), anybody.get(f"/api/v1/ballots/{ballot}/list")
        self.expect(shown, 200)
        self.expect(listed, 200)
        count = recount.Count(shown.json, listed.body.decode())
        self.assertEqual(count.compare(), [])
        # The script can tell: one vote more or less, and it says so.
        lines = listed.body.decode().splitlines(keepends=True)
        self.assertTrue(recount.Count(shown.json, "".join(lines[:-1])).compare())
        return dict(shown.json)

    def test_open_votes(self) -> None:
        ballot = self.put_question()
        self.refused(self.vote("resident", ballot, 1, [1]), 404, "ballot.number")
        lines = ["1,李辉,resident,101", "2,张秀英,resident2,102", "3,王五,,103", "4,赵六,,201", "5,孙七,,202"]
        no_roll = self.be("clerk").post(f"/api/v1/records/{ballot}/open_vote", {"id": new_id()})
        self.refused(no_roll, 409, "ballot.no_roll")
        bad = self.be("clerk").put(f"/api/v1/ballots/{ballot}/roll", {"csv": "no,name\n2,甲\n1,乙\n"})
        self.assertIn("ballot.row", bad.errors().values())
        self.assertEqual(self.roll(ballot, lines)["numbers"], 5)
        self.refused(self.be("resident").get(f"/api/v1/ballots/{ballot}/roll"), 403)
        names = [one["name"] for one in self.be("clerk").get(f"/api/v1/ballots/{ballot}/roll").json["items"]]
        self.assertEqual(names, ["李*", "张**", "王*", "赵*", "孙*"])
        struck = self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/5", {"remove": True, "reason": "已搬走"})
        self.expect(struck, 200)
        self.refused(self.vote("resident", ballot, 1, [1]), 409, "ballot.not_open")
        self.move(ballot, "open_vote")
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/4", {"remove": True, "reason": "迟了"}), 409,
                     "ballot.roll_closed")
        self.once_each(ballot)
        # Nobody sees how it stands before it is over, nor the list.
        shown = self.be("clerk").get(f"/api/v1/ballots/{ballot}").json
        self.assertEqual((shown["result"], shown["turnout"]["heads"], shown["mine"]), (None, 3, []))
        self.refused(self.be("clerk").get(f"/api/v1/ballots/{ballot}/list"), 409, "ballot.not_shown")
        mine = self.be("resident").get("/api/v1/ballots/mine").json["items"][0]
        self.assertEqual((mine["id"], [one["no"] for one in mine["mine"]]), (ballot, [1, 2]))
        hours = self.be("clerk").get(f"/api/v1/ballots/{ballot}/turnout").json["items"]
        self.assertEqual(sorted((one["way"], one["heads"]) for one in hours), [("online", 2), ("paper", 1)])
        for kind in ("decision", "head_election"):
            self.assertIn(self.be("resident").get(f"/api/v1/kinds/{kind}").json["ballot"], ("open", "secret"))
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 409, "ballot.not_counting")
        self.move(ballot, "close_vote")
        self.refused(self.vote("clerk", ballot, 4, [1], way="paper"), 409, "ballot.not_open")
        self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 200)
        result = self.counted_again(ballot)["result"]
        self.assertEqual((result["passed"], result["part"]["heads"], [one["heads"] for one in result["options"]]),
                         (True, 3, [2, 1, 0]))

    def once_each(self, ballot: str) -> None:
        self.expect(self.vote("resident", ballot, 1, [1]), 201)
        self.assertTrue(self.vote("resident", ballot, 1, [1]).json["again"], "a repetition is answered, not counted")
        self.refused(self.vote("resident", ballot, 1, [2]), 409, "ballot.voted")
        self.refused(self.vote("clerk", ballot, 1, [2], way="paper"), 409, "ballot.voted")
        self.refused(self.vote("resident", ballot, 2, [1]), 403, "ballot.not_yours")
        self.assertIn("ballot.choice", self.vote("resident2", ballot, 2, [1, 2]).errors().values())
        self.assertIn("ballot.option", self.vote("resident2", ballot, 2, [4]).errors().values())
        # Given to a neighbour, who votes for it; one at most, and not given on.
        given = f"/api/v1/ballots/{ballot}/roll/2/proxy"
        self.refused(self.be("resident").post(given, {"to": 1}), 403, "ballot.denied")
        self.expect(self.be("resident2").post(given, {"to": 1}), 200)
        self.refused(self.vote("resident2", ballot, 2, [2]), 409, "ballot.given")
        third = self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/3/proxy", {"to": 1, "reason": "书面委托"})
        self.assertIn("ballot.proxies", third.errors().values())
        self.expect(self.vote("resident", ballot, 2, [2]), 201)
        self.refused(self.vote("clerk", ballot, 2, [2], way="paper"), 409, "ballot.voted")
        self.refused(self.vote("resident", ballot, 3, [1], way="paper"), 403, "ballot.denied")
        self.expect(self.vote("clerk", ballot, 3, [1], way="paper"), 201)

    def secret(self, n: int) -> tuple[str, Json]:
        """A secret ballot with n numbers that two accounts hold."""
        ballot = self.put_question("head_election")
        self.roll(ballot, [f"{no},住户{no},resident{'' if no % 2 else '2'},{no}" for no in range(1, n + 1)])
        self.move(ballot, "open_vote")
        return ballot, dict(self.be("resident").get(f"/api/v1/ballots/{ballot}").json["key"])

    def take(self, ballot: str, no: int, token: Token) -> Any:
        login = "resident" if no % 2 else "resident2"
        return self.be(login).post(f"/api/v1/ballots/{ballot}/token", {"no": no, "blinded": token.blinded})

    def throw(self, ballot: str, token: Token, signature: str, choice: list[int]) -> Any:
        return self.be(None).post(f"/api/v1/urn/{ballot}",
                                  {"token": token.token.hex(), "signature": signature, "choice": choice})

    def test_a_token_votes_once(self) -> None:
        ballot, key = self.secret(6)
        n, e = int(key["n"], 16), int(key["e"], 16)
        token, other = Token.make(n, e), Token.make(n, e)
        signed = self.take(ballot, 1, token)
        self.expect(signed, 200)
        self.assertEqual(self.take(ballot, 1, token).json, signed.json, "a lost answer is given again")
        self.refused(self.take(ballot, 1, other), 409, "ballot.token_taken")
        self.refused(self.be("resident2").post(f"/api/v1/ballots/{ballot}/token", {"no": 1, "blinded": token.blinded}),
                     403, "ballot.not_yours")
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/1/paper", {}), 409, "ballot.token_taken")
        self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/2/paper", {}), 200)
        self.refused(self.take(ballot, 2, other), 409, "ballot.on_paper")
        signature = token.finish(signed.json["signature"])
        urn = f"/api/v1/urn/{ballot}"
        named = self.be("resident").post(urn, {"token": token.token.hex(), "signature": signature, "choice": [1]})
        self.refused(named, 422, "ballot.named")
        self.assertIn("ballot.signature", self.throw(ballot, other, signature, [1]).errors().values())
        taken = self.throw(ballot, token, signature, [2])
        self.expect(taken, 200)
        self.assertEqual(taken.json["receipt"], token.token.hex()[:16])
        self.expect(self.throw(ballot, token, signature, [2]), 200)
        self.refused(self.throw(ballot, token, signature, [1]), 409, "ballot.slip_twice")
        look = self.be(None).post(f"{urn}/look", {"token": token.token.hex()}).json
        self.assertEqual(look, {"there": True, "choice": None})
        self.move(ballot, "close_vote")
        self.refused(self.throw(ballot, other, signature, [1]), 409, "ballot.not_open")
        self.refused(self.take(ballot, 3, other), 409, "ballot.not_open")
        rows = query(self.server.data, "SELECT count(*) FROM ballot WHERE secret_key IS NOT NULL AND closed_at > 0")
        self.assertEqual(rows, [["0"]], "the key is destroyed when voting ends")

    def test_nobody_can_link_a_vote(self) -> None:
        ballot, key = self.secret(MANY)
        n, e = int(key["n"], 16), int(key["e"], 16)
        order = random.sample(range(1, MANY + 1), MANY)
        tokens: dict[int, Token] = {}
        seen: dict[str, int] = {}
        for no in order:  # the worst case for them: each votes at once after taking the token
            tokens[no] = Token.make(n, e)
            signed = self.take(ballot, no, tokens[no]).json["signature"]
            self.expect(self.throw(ballot, tokens[no], tokens[no].finish(signed), [no % 3 + 1]), 200)
            seen[tokens[no].token.hex()] = no
        self.move(ballot, "close_vote")
        self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 200)
        self.assertEqual(self.counted_again(ballot)["result"]["part"]["heads"], MANY)
        self.attack(ballot, order, tokens)

    def attack(self, ballot: str, order: list[int], tokens: dict[int, Token]) -> None:
        """Whoever holds all of the database, its log too, after the ballot: by values, by order, by time."""
        of_token = {one.token: no for no, one in tokens.items()}
        data = self.server.data
        is_file = (data / "wangge.db").exists()
        rows = query(data, "SELECT hex(token) FROM ballot_slip" if is_file else
                     "SELECT encode(token, 'hex') FROM ballot_slip ORDER BY xmin::text::bigint, ctid")
        listed = [of_token[bytes.fromhex(row[0])] for row in rows if bytes.fromhex(row[0]) in of_token]
        self.assertEqual(len(listed), len(order))
        self.assertLess(abs(ranks_agree(order, listed)), 0.75, "rows lie by chance, not as they came")
        self.assertEqual(ranks_agree(order, order), 1.0, "a list kept as it came would give it away")
        if is_file:  # a server's own files and log are out of our hands: docs/adr/0013
            self.attack_files(data, order, tokens)
        entries = query(data, "SELECT note, changes FROM entry WHERE verb IN ('declare', 'close_vote', 'open_vote')")
        text = json.dumps(entries)
        self.assertFalse([one for one in of_token if one.hex() in text])

    def attack_files(self, data: pathlib.Path, order: list[int], tokens: dict[int, Token]) -> None:
        """The same by the bytes of the files, and above all of the log, where pages stand as they were written."""
        of_token = {one.token: no for no, one in tokens.items()}
        files = b"".join(path.read_bytes() for path in sorted(database_files(data)))
        for no, one in tokens.items():  # what the signer saw is nowhere, so nothing leads from it to a token
            self.assertNotIn(bytes.fromhex(one.blinded), files)
            self.assertNotIn(one.blinded.encode(), files)
            # Once: pages that are free keep nothing of how the slips lay while they came.
            self.assertEqual(files.count(one.token), 1, f"the slip of {no} is there, in its place and nowhere else")
        first = sorted(of_token, key=files.find)
        self.assertLess(abs(ranks_agree(order, [of_token[one] for one in first])), 0.75)
        for log in data.glob("*.db-wal"):
            self.assertFalse([no for one, no in of_token.items() if one in log.read_bytes()], "the log was cleared")
        columns = {row[1] for row in query(data, "PRAGMA table_info(ballot_slip)")}
        self.assertEqual(columns, {"district", "ballot", "token", "signature", "choice"}, "no time, no name, no number")

    def test_two_counters_must_agree(self) -> None:
        ballot, _ = self.secret(5)
        for no in (1, 2, 3):
            self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/{no}/paper", {}), 200)
        self.move(ballot, "close_vote")
        path = f"/api/v1/ballots/{ballot}/counts"
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 409, "ballot.counts")
        self.expect(self.be("clerk").post(path, {"place": "", "counts": [3, 0, 0, 0, 3]}), 200)
        unseen = self.be("leader").get(path).json["items"][0]
        self.assertEqual((unseen["counters"][0]["counts"], unseen["agreed"]), (None, False))
        self.assertIn("ballot.counts_sum", self.be("leader").post(path, {"place": "", "counts": [4, 0, 0, 0, 3]})
                      .errors().values())
        self.expect(self.be("leader").post(path, {"place": "", "counts": [2, 1, 0, 0, 3]}), 200)
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 409, "ballot.counts")
        self.expect(self.be("leader").post(path, {"place": "", "counts": [3, 0, 0, 0, 3]}), 200)
        self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/result", {}), 200)
        self.assertEqual(self.counted_again_paper(ballot), 3)

    def test_a_result_is_counted_not_written(self) -> None:
        ballot, _ = self.secret(3)
        self.move(ballot, "close_vote")
        offered = json.dumps(self.be("clerk").get(f"/api/v1/records/{ballot}").json["allowed"])
        self.assertNotIn("declare", offered)
        for verb in ("declare", "declare_failed"):
            forged = {"id": new_id(), "fields": {"result": "当选：甲", "digest": "0"}}
            self.refused(self.be("clerk").post(f"/api/v1/records/{ballot}/{verb}", forged), 403, "move.counted")
        self.refused(self.be("clerk").post(f"/api/v1/ballots/{ballot}/options", {}), 409, "ballot.by_hand")
        typed = self.be("clerk").post(f"/api/v1/ballots/{ballot}/typed", {"no": 1, "choice": [1]})
        self.refused(typed, 409, "ballot.is_secret")

    def test_a_ballot_does_not_open_without_its_key(self) -> None:
        """A roll put together by single corrections has none until it is made as a whole."""
        ballot = self.put_question("head_election")
        one = {"name": "李辉", "login": "resident", "reason": "补登"}
        self.expect(self.be("clerk").post(f"/api/v1/ballots/{ballot}/roll/1", one), 200)
        opened = self.be("clerk").post(f"/api/v1/records/{ballot}/open_vote", {"id": new_id()})
        self.refused(opened, 409, "ballot.keyless")
        self.roll(ballot, ["1,李辉,resident,101"])
        self.move(ballot, "open_vote")

    def test_observers_see_and_change_nothing(self) -> None:
        fields = {"constituency": "第 12 选区", "seats": 1, "votes_at": "2099-01-01T07:00:00+08:00",
                  "closes_at": "2099-01-01T18:00:00+08:00"}
        made = self.be("clerk").post("/api/v1/records", {"id": new_id(), "kind": "deputies", "fields": fields,
                                                         "place": {"lng": self.here[0], "lat": self.here[1]}})
        self.expect(made, 201)
        ballot = f"/api/v1/ballots/{made.json['id']}"
        self.roll(made.json["id"], ["1,李辉,,101"])
        account = self.be("admin").post("/api/v1/accounts", {"login": "observer", "name": "观察员",
                                                            "password": "sees and says nothing"})
        post = {"account": account.json["id"], "role": "poll_observer", "area": "330803"}
        self.assertIn(self.be("admin").post("/api/v1/posts", post).status, (200, 201))
        observer = self.anyone().sign_in("observer", "sees and says nothing")
        shown = observer.get(ballot).json
        self.assertEqual((shown["watches"], shown["runs"]), (True, False))
        self.assertEqual(observer.get("/api/v1/kinds/deputies").json["ballot"], "secret")
        for path in ("turnout", "counts"):
            self.expect(observer.get(f"{ballot}/{path}"), 200)
        self.refused(self.be("worker").get(f"{ballot}/turnout"), 403, "ballot.denied")
        self.refused(observer.get(f"{ballot}/roll"), 403, "ballot.denied")
        for path, body in (("roll/1", {"heads": 2, "reason": "改一改"}), ("roll/1/paper", {}), ("result", {}),
                           ("counts", {"place": "", "counts": [0, 0]})):
            self.refused(observer.post(f"{ballot}/{path}", body), 403, "ballot.denied")
        self.refused(observer.put(f"{ballot}/roll", {"csv": "no,name\n1,甲\n"}), 403, "ballot.denied")
        moves = observer.get(f"/api/v1/records/{made.json['id']}").json["allowed"]
        self.assertEqual(set(moves) - {"nominate", "appeal", "note", "link"}, set())

    def test_what_is_kept_of_a_roll_follows_its_corrections(self) -> None:
        ballot = self.put_question()
        self.roll(ballot, ["1,李辉,101,1,60.5", "2,张秀英,102,1,40"], "no,name,label,heads,area_m2")
        path = f"/api/v1/ballots/{ballot}"

        def kept() -> Json:
            return dict(self.be("clerk").get(path).json["roll"])
        self.assertEqual(kept(), {"heads": 2, "area": 10050})
        for no, change, roll in ((2, {"area": 4100}, (2, 10150)), (3, {"name": "王五", "area": 100}, (3, 10250)),
                                 (1, {"remove": True}, (2, 4200)), (3, {"heads": 0}, (1, 4200))):
            self.expect(self.be("clerk").post(f"{path}/roll/{no}", change | {"reason": "更正"}), 200)
            self.assertEqual(kept(), {"heads": roll[0], "area": roll[1]})

    def counted_again_paper(self, ballot: str) -> int:
        anybody: Client = self.be("resident")
        shown, listed = anybody.get(f"/api/v1/ballots/{ballot}"), anybody.get(f"/api/v1/ballots/{ballot}/list")
        count = recount.Count(shown.json, listed.body.decode())
        self.assertEqual(count.compare(), [])
        return int(count.heads[1])
