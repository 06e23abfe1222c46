"""Rules that raise by themselves: off until switched on, caught up after days without a server, once."""
import datetime
import time

from matters import Incidents
from support.server import query

CHINA = datetime.timezone(datetime.timedelta(hours=8))
RULE = "fraud_month"


class Schedules(Incidents):
    def count(self) -> int:
        rows = query(self.server.data, "SELECT count(*) FROM record WHERE kind = 'grid_task'")
        return int(rows[0][0])

    def test_list_and_preview(self) -> None:
        rules = self.be("clerk").get("/api/v1/schedules").json["items"]
        self.assertEqual(len([one for one in rules if one["pack"] == "gridtask"]), 83)
        self.assertFalse(any(one["on"] for one in rules), "a pack sends nobody anywhere by itself")
        one = self.be("clerk").get("/api/v1/schedules/alone_weekly", count=4).json
        self.assertEqual(len(one["next"]), 4)
        self.assertTrue(all(at > datetime.datetime.now(CHINA).isoformat() for at in one["next"]))
        self.assertEqual(one["targets"], 0, "no home is listed yet")
        self.assertEqual(self.be("clerk").get("/api/v1/schedules/nothing").status, 404)
        self.expect(self.be("clerk").put(f"/api/v1/schedules/{RULE}", {"on": True}), 403)
        for count in (0, 1000):
            self.expect(self.be("clerk").get(f"/api/v1/schedules/{RULE}", count=count), 422)

    def away(self, days: int) -> None:
        """The server ends, and comes back as if it had been away so long."""
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        self.server.end()
        today = (datetime.datetime.now(CHINA).date() - datetime.date(1970, 1, 1)).days
        if days:
            query(self.server.data,
                  f"UPDATE schedule SET done_day = {today - days} WHERE name = '{RULE}' RETURNING name")
        self.server.start()

    def test_caught_up_after_downtime(self) -> None:
        """Forty days hold one or two last Wednesdays of a month: both are raised when the server is back, once."""
        answer = self.be("admin").put(f"/api/v1/schedules/{RULE}", {"on": True})
        self.expect(answer, 200)
        units = answer.json["targets"]
        self.assertGreater(units, 200)
        self.away(0)
        time.sleep(0.5)
        self.assertEqual(self.count(), 0, "what came before it was switched on is not raised")
        self.away(40)
        for _ in range(200):
            state = self.be("admin").get(f"/api/v1/schedules/{RULE}").json
            if state["raised"]:
                break
            time.sleep(0.2)
        raised = self.count()
        self.assertIn(raised, (units, 2 * units))
        self.assertEqual(state["raised"], raised)
        self.away(40)
        time.sleep(1)
        self.assertEqual(self.count(), raised, "done again it is done once")
        self.expect(self.be("admin").put(f"/api/v1/schedules/{RULE}", {"on": False}), 200)
