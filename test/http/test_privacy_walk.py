"""ID numbers, phones and names are planted in a register; every screen of every role, every export, history, search,
stream, log, message, backup and file of the database is walked, and they are found only where the right is."""
import contextlib
import http.client
import itertools
import pathlib
import secrets
import shutil
import sqlite3

from matters import EVERYBODY
from registers import Registers, citizen_id
from support import postgres
from support.client import Answer, Json
from support.server import database_files, undoing

NAMES = ["诸葛孔明明", "上官婉儿儿", "慕容复复复", "司马相如如"]
PHONES = ["13757015671", "13757015672", "13757015673", "13757015674"]
IDS = [citizen_id(800 + n) for n in range(4)]
RESIDENT = "公孙大大娘"  # of an account: colleagues and the administrator read it, files do not
PLANTED = [*NAMES, *PHONES, *IDS]
# That an older program kept as they are: in the table, the audit, and what was deleted.
OLD = ["令狐冲冲冲", "东方不不败", "独孤求求败"]


def read(path: pathlib.Path) -> bytes:
    """PostgreSQL makes and removes files of its own meanwhile: what is gone holds nothing."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def made_by_an_older_program(data: pathlib.Path) -> None:
    """As it was before names were sealed (migration 0021) and erased (0022)."""
    with contextlib.closing(sqlite3.connect(data / "wangge.db")) as database, database:
        database.execute("PRAGMA secure_delete=OFF")
        database.execute("UPDATE account SET name = ? WHERE login = 'resident2'", (OLD[0],))
        line = '{"login":"phone-' + "0" * 32 + f'","name":"{OLD[1]}"}}'
        lines = [(b"\x01" + secrets.token_bytes(15), line) for _ in range(1200)]
        database.executemany("INSERT INTO audit SELECT district, ?, 1600000000000, NULL, 'account.add', '', ?"
                             " FROM district", lines)
        gone = [(secrets.token_bytes(16), f"older.{n}", OLD[2]) for n in range(500)]
        database.executemany("INSERT INTO account (district, id, login, name, active, created_at)"
                             " SELECT district, ?, ?, ?, 0, 0 FROM district", gone)
        database.execute("DELETE FROM account WHERE login LIKE 'older.%'")
        for statement in undoing(21):
            database.execute(statement)
        database.execute("DELETE FROM migration WHERE number >= 21")
    assert all(one.encode() in (data / "wangge.db").read_bytes() for one in OLD), "they lie in the file"


MAY = {"clerk", "worker"}  # whom packs/tenancy lets see them, with a reason


class Walk(Registers):
    house_: Json
    stays: list[Json]
    file: Json

    @classmethod
    def district(cls) -> pathlib.Path:
        data = super().district()
        if not postgres.folder():  # whose files are the server's
            made_by_an_older_program(data)
        return data

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls("plant")
        self.plant()
        cls.house_, cls.stays, cls.file = self.house_, self.stays, self.file

    def plant(self) -> None:
        """By form, from the door without an account, and by a file that lies tried but not brought in."""
        self.house_ = self.house(landlord_name=NAMES[0], landlord_phone=PHONES[0])
        by_form = self.stayed(self.house_, name=NAMES[1], id_number=IDS[1], phone=PHONES[1])
        by_door = self.stayed(self.house_, None, name=NAMES[2], id_number=IDS[2], phone=PHONES[2])
        self.step("clerk", by_form, "change", fields={"phone": PHONES[3], "name": NAMES[3]})
        rows = (f"房屋编号,姓名,身份证号,电话,入住,来此\n{self.house_['fields']['code']},{NAMES[0]},{IDS[0]},{PHONES[0]},2021-11-01,\n"
                f"{NAMES[1]},{NAMES[1]},{IDS[3]},{PHONES[1]},{IDS[3]},{NAMES[2]}\n")
        self.file = self.act(self.sent(rows), "check", map={"parent": 0, "fields": {
            "name": 1, "id_number": 2, "phone": 3, "moved_in": 4, "purpose": 5}})
        self.assertEqual((self.file["made"], self.file["refused"]), (1, 1), self.file["errors"])
        self.stays = [by_form, by_door]
        body = {"login": PHONES[0], "name": RESIDENT, "password": "walnut-harbor-sky"}
        self.expect(self.anyone().post("/api/v1/register", body), 201)

    def clean(self, text: bytes | str, where: object, but: tuple[str, ...] = ()) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        found = [one for one in PLANTED if one not in but and one.encode() in data]
        self.assertEqual(found, [], f"in {where}")

    def places(self) -> list[str]:
        """Lists, details, histories, searches, exports, and what else shows records."""
        every = [self.house_, *self.stays]
        one = [f"/api/v1/records/{r['id']}{tail}" for r in every for tail in ("", "/log")]
        words = [f"/api/v1/records?kind={kind}&q={q}" for kind in ("house", "stay")
                 for q in (PHONES[1], IDS[1], "%E8%AF%B8%E8%91%9B")]
        lists = [f"/api/v1/records?kind={kind}{more}" for kind in ("house", "stay")
                 for more in ("", "&open=1", "&party=me", "&sort=created")]
        tables = [f"/api/v1/export?kind={kind}&format={form}" for kind in ("house", "stay") for form in ("csv", "xlsx")]
        others = ["/api/v1/notices", "/api/v1/reveals", "/api/v1/audit", "/api/v1/accounts?q=a", "/api/v1/imports",
                  "/api/v1/counts?kind=stay",
                  "/api/v1/records?kind=stay&as_of=2021-11-03", f"/api/v1/door/{self.house_['id']}",
                  "/api/v1/similar?kind=stay&text=302", "/api/v1/records/points?kind=stay", "/api/v1/health",
                  "/metrics", "/api/v1/measures?name=residents"]
        return [*one, *words, *lists, *tables, *others]

    def test_no_screen_of_any_role(self) -> None:
        for login, where in itertools.product(EVERYBODY, self.places()):
            answer = self.be(login).get(where)
            with self.subTest(login=login, where=where):
                self.clean(answer.body, where)
                self.clean(str(answer.headers), where)

    def test_an_import_is_seen_by_its_owner_only(self) -> None:
        """What somebody sent, they may look at: it came from them."""
        for login in EVERYBODY:
            for tail in ("", "/refused"):
                answer = self.be(login).get(f"/api/v1/imports/{self.file['id']}{tail}")
                if login == "clerk":
                    self.assertIn(IDS[3].encode(), answer.body)
                else:
                    self.assertIn(answer.status, (401, 403, 404))
                    self.clean(answer.body, login)

    def reveal(self, login: str | None, stay: Json) -> Answer:
        return self.move(login, stay, "reveal", note="核对在住人员", fields=["name", "id_number", "phone"])

    def test_in_full_only_by_right(self) -> None:
        ask = {"reason": "核对在住人员", "fields": ["name", "id_number", "phone"]}
        for login in EVERYBODY:
            shown = self.reveal(login, self.stays[1])
            table = self.be(login).post("/api/v1/export?kind=stay&format=csv", ask)
            sheet = self.be(login).post(f"/api/v1/export?kind=stay&format=json&parent={self.house_['id']}"
                                        "&as_of=2021-11-01..2021-11-03", ask)
            with self.subTest(login=login):
                if login in MAY:
                    self.assertEqual(shown.json["fields"]["id_number"], IDS[2])
                    self.assertIn(IDS[2].encode(), table.body)
                    self.assertIn(IDS[2].encode(), sheet.body)
                else:
                    self.clean(shown.body, "reveal")
                    self.clean(table.body, "export")
                    self.clean(sheet.body, "who was here")

    def test_a_number_finds_one_masked_person(self) -> None:
        """Residents are found by staff who know the whole number, and come out masked, for whomever."""
        for login in EVERYBODY:
            answer = self.be(login).post("/api/v1/people/find", {"phone": PHONES[0], "why": "窗口代办"})
            with self.subTest(login=login):
                self.clean(answer.body, "a person found")
                self.assertNotIn(RESIDENT.encode(), answer.body)
                self.assertEqual(answer.status == 200, login not in (None, "resident", "resident2"))
        self.clean(self.be("admin").get("/api/v1/audit?verb=person.find").body, "the audit")
        self.assertNotIn(RESIDENT.encode(), self.be("clerk").get("/api/v1/accounts?q=%E5%85%AC").body)

    def test_messages_do_not_repeat_them(self) -> None:
        wrong = [{"name": NAMES[0] * 20}, {"id_number": IDS[0][:-1] + "Z"}, {"phone": PHONES[0] + "99"},
                 {"id_number": IDS[0], "born": "1999-01-01"}, {"id_number": IDS[2], "moved_in": "2021-11-01"},
                 {"purpose": "x", "phone": PHONES[0]}]
        for fields in wrong:
            for login in (None, "clerk"):
                answer = self.stay(self.house_, login, **({"name": NAMES[0]} | fields))
                self.assertIn(answer.status, (409, 422), repr(answer))
                self.clean(answer.body, fields)

    def test_no_live_stream(self) -> None:
        for login in ("clerk", "worker", "leader", "resident"):
            client = self.be(login)
            link = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=2)
            link.request("GET", "/api/v1/stream",
                         headers={"Authorization": f"Bearer {client.token}", "Last-Event-ID": "0"})
            heard = b""
            with contextlib.suppress(TimeoutError):
                answer = link.getresponse()
                made = self.stay(self.house_, None, name=NAMES[0], phone=PHONES[0], id_number=citizen_id(900))
                self.assertIn(made.status, (201, 409))
                while len(heard) < 200_000:
                    piece = answer.read1(65536)
                    if not piece:
                        break
                    heard += piece
                    if heard.count(b"\n\n") > 3:
                        break
            link.close()
            self.clean(heard, f"the stream of {login}")

    def test_no_log_no_backup_no_file(self) -> None:
        self.reveal("clerk", self.stays[0])
        backup = self.server.data.parent / "backup-of-the-walk"
        made = self.server.command("backup", "--to", backup)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        files: set[pathlib.Path] = {*database_files(self.server.data), self.server.log}
        for folder in (self.server.data, backup):
            files |= {path for path in folder.rglob("*") if path.is_file()}
        masks = [path for path in files if b"138****" in read(path) or b"137****" in read(path)]
        self.assertNotEqual(masks, [], "they hold the register")
        for path in files:
            with self.subTest(path=path.name):
                self.clean(read(path), path)
                self.assertFalse(RESIDENT.encode() in read(path))
        shutil.rmtree(backup, ignore_errors=True)
        self.clean(self.server.command("export", "--kind", "stay").stdout, "wangge export")
        self.clean(self.server.command("verify").stdout, "wangge verify")

    def test_nothing_is_left_of_what_an_older_program_kept(self) -> None:
        for path in {*database_files(self.server.data)}:
            self.assertEqual([name for name in OLD if name.encode() in read(path)], [], path.name)
        if postgres.folder():
            return
        said = [line["detail"] for line in self.be("admin").get("/api/v1/audit?verb=audit.names").json["items"]]
        self.assertEqual(said, [{"lines": 1200}], "that lines were changed is a line itself")
        people = self.be("admin").get("/api/v1/accounts/all?q=resident2").json["items"]
        self.assertEqual([one["name"] for one in people], [OLD[0]], "whoever may read names still does")
        again = self.server.command("doctor")
        self.assertNotIn("erase", again.stdout)

    def test_cipher_text_is_not_told_either(self) -> None:
        for record in self.stays:
            self.assertNotIn("e1:", str(self.get(record)) + str(self.log(record)))
