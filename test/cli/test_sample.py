"""The sample district as newcomers get it: a little of every programme, open now, and whole."""
from typing import ClassVar

from support.runner import District
from support.server import Server, make_sample, query


class Sample(District):
    tokens: ClassVar[dict[str, str | None]] = {}  # those of the other sample do not stand in this one

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        data = make_sample(cls.folder.wangge, cls.folder.path / "lived", bare=False)
        cls.server = Server(cls.folder.wangge, data).start()

    def test_something_of_every_kind(self) -> None:
        """But objections: nobody has any."""
        kinds = {kind["kind"] for kind in self.be("admin").get("/api/v1/kinds").json["items"]}
        there = {row[0] for row in query(self.server.data, "SELECT DISTINCT kind FROM record")}
        self.assertEqual({kind for kind in kinds - there if not kind.endswith("_objection")}, set())

    def test_it_is_there_to_be_tried(self) -> None:
        """A bill to pay, a vote to cast, a sheet to give, a post for each account that the help names."""
        def open_ones(login: str | None, kind: str, **over: object) -> int:
            return len(self.be(login).get("/api/v1/records", kind=kind, open="true", **over).json["items"])

        for login, kind in (("resident", "estate_bill"), ("resident", "owners_vote"), ("judge", "contest"),
                            ("mender", "service_order"), ("worker", "grid_task"), ("bank", "green_loan"),
                            ("jobs", "job_fair"), ("insurance", "insurance_transfer"), ("election", "deputies"),
                            ("owner", "committee_election"), ("manager", "service_order")):
            with self.subTest(kind=kind):
                self.assertGreater(open_ones(login, kind), 0)
        for kind in ("list_entry", "proposal_call", "policy", "public_work", "collection_point", "shop"):
            self.assertGreater(len(self.anyone().get("/api/v1/public", kind=kind).json["items"]), 0, kind)
        self.assertGreater(len(self.be("clerk").get("/api/v1/duty/mine").json["items"]), 0)
        self.assertEqual(self.server.command("verify").returncode, 0)
