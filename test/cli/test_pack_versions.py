"""A stored version that a stricter program refuses: what says so, and the way out."""
from support.client import Client, Json, new_id
from support.runner import District
from support.server import query

PACK = "/api/v1/packs/incident"
TITLES = ("zh: 路灯组一", "zh: 路灯组二")


class Refused(District):
    def keep(self, title: str) -> int:
        """A version of the incident pack that differs in a word, and is in force."""
        files: list[Json] = self.be("admin").get(f"{PACK}/versions/program").json["files"]
        for one in files:
            if one["name"] == "pack.yaml":
                one["text"] += f"\n# {title}\n"
        kept = self.be("admin").post(f"{PACK}/versions", {"files": files, "note": title})
        self.expect(kept, 201)
        number = int(kept.json["number"])
        begun = self.be("admin").post(f"{PACK}/switches", {"id": new_id(), "number": number, "why": title})
        self.expect(begun, 200)
        return number

    def report(self) -> str:
        body = {"id": new_id(), "kind": "incident", "area": "330803001001", "fields": {"description": "路灯不亮"}}
        self.expect(self.be("clerk").post("/api/v1/records", body), 201)
        return str(body["id"])

    def spoil(self, number: int) -> None:
        """As a program would see it whose checker knows more: a word of it is no word any more."""
        query(self.server.data, "UPDATE pack_version SET files = replace(files, 'kinds:', 'kindz:') "
                                f"WHERE pack = 'incident' AND number = {number}")

    def test_the_way_out(self) -> None:
        first = self.keep(TITLES[0])
        second = self.keep(TITLES[1])
        record = self.report()
        self.assertEqual(self.server.command("pack", "versions").returncode, 0)
        self.server.end()
        self.clients.clear()
        self.spoil(second)
        with self.assertRaises(RuntimeError) as refused:
            self.server.start()
        for words in (f"incident 第 {second} 版", "packs/incident/pack.yaml", "wangge pack versions",
                      f"wangge pack return incident {first}"):
            self.assertIn(words, str(refused.exception))
        doctor = self.server.command("doctor")
        self.assertRegex(doctor.stdout, r"ERROR .*\[pack.past\]")
        self.assertIn("wangge pack return", doctor.stdout)
        told = self.server.command("pack", "versions")
        self.assertEqual(told.returncode, 1, told.stdout + told.stderr)
        self.assertRegex(told.stdout, rf"→ incident +{second} .*REFUSED")
        self.assertRegex(told.stdout, r"pack.yaml:\d+:1: error: .*kindz")
        self.assertRegex(told.stdout, rf"  incident +{first} .*accepted")
        for words, why in ((("incident", second), "pack.past"), (("incident", 77), "version.none"),
                           (("incident", "x"), "cli.number")):
            bad = self.server.command("pack", "return", *words, "--why", "退回")
            self.assertNotEqual(bad.returncode, 0)
            self.assertIn(why, bad.stderr)
        self.assertEqual(self.server.command("pack", "return", "incident", first).returncode, 2, "no reason, no return")
        done = self.server.command("pack", "return", "incident", first, "--why", "新程序不接受第二版")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.server.start()
        client = Client(self.server.port).sign_in("clerk")
        self.assertEqual(client.get(f"/api/v1/records/{record}").json["state"], "reported")
        log = client.get(f"/api/v1/records/{record}/log")
        self.expect(log, 200)
        self.assertEqual(len(log.json["items"]), 1, "what was written under the refused version can be read")
        admin = Client(self.server.port).sign_in("admin")
        self.assertEqual(admin.get(PACK).json["number"], first)
        audit = admin.get("/api/v1/audit", verb="pack.begin").json["items"][0]
        self.assertIn("新程序不接受第二版", str(audit))
        again = self.server.command("pack", "return", "incident", 0, "--why", "x")
        self.assertIn("district.locked", again.stderr, "not beside a running server")
