"""Houses and stays of the sample district, files of them, and XLSX read without our own code."""
import io
import re
import secrets
import signal
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from typing import Any

from matters import Incidents
from support.client import Answer, Client, Json, new_id
from support.server import patience

WANG, ZHAO = "34052419800101001X", "11010519491231002X"
NAME, MOBILE = "欧阳端端", "13857009876"


def citizen_id(n: int) -> str:
    """The n-th made-up ID number whose check digit is right."""
    digits = f"3308031990{1 + n // 28 % 12:02d}{1 + n % 28:02d}{n // 336:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11]


def xlsx_rows(data: bytes) -> list[list[str]]:
    """The cells of the first sheet, by the standard library."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows: list[list[str]] = []
    for row in root.iterfind(".//x:row", space):
        cells: list[str] = []
        for cell in row.iterfind("x:c", space):
            letters = re.sub(r"\d", "", cell.get("r", ""))
            at = sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed(letters)))
            cells += [""] * (at - 1 - len(cells))
            text = "".join(t.text or "" for t in cell.iterfind(".//x:t", space))
            value = cell.find("x:v", space)
            cells.append(text or (value.text or "" if value is not None else ""))
        rows.append(cells)
    return rows


class Registers(Incidents):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        client = Client(cls.server.port, recorder=cls.recorder)
        cls.kinds = {kind: client.get(f"/api/v1/kinds/{kind}").json for kind in ("house", "stay")}
        client.close()

    def house(self, login: str = "clerk", **fields: Any) -> Json:
        code = "T-" + secrets.token_hex(6)
        body = {"id": new_id(), "kind": "house", "place": {"lng": self.here[0], "lat": self.here[1]},
                "fields": {"code": code, "where": "临江路 1 号", "rooms": 6} | fields}
        answer = self.be(login).post("/api/v1/records", body)
        self.expect(answer, 201)
        return dict(answer.json)

    def number(self, record: Json) -> int:
        """As the database keeps it."""
        _, year, running = str(record["number"]).split("-")
        return int(year) * 100_000_000 + int(running)

    def stay(self, house: Json, login: str | None = "clerk", **fields: Any) -> Answer:
        body = {"id": new_id(), "kind": "stay", "parent": house["id"],
                "fields": {"name": NAME, "moved_in": "2021-11-01"} | fields}
        return self.be(login).post("/api/v1/records", body)

    def stayed(self, house: Json, login: str | None = "clerk", **fields: Any) -> Json:
        answer = self.stay(house, login, **fields)
        self.expect(answer, 201)
        return dict(answer.json)

    def send(self, name: str, data: bytes, kind: str = "stay", login: str | None = "clerk") -> Answer:
        mark = secrets.token_hex(12)
        body = (f'--{mark}\r\nContent-Disposition: form-data; name="kind"\r\n\r\n{kind}\r\n'
                f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n").encode() + data + f"\r\n--{mark}--\r\n".encode()
        return self.be(login).request("POST", "/api/v1/imports", body,
                                      Content_Type=f"multipart/form-data; boundary={mark}")

    def sent(self, text: str, kind: str = "stay", login: str | None = "clerk") -> Json:
        answer = self.send("名单.csv", text.encode(), kind, login)
        self.expect(answer, 201)
        return dict(answer.json)

    def act(self, one: Json, action: str, login: str = "clerk", **body: Any) -> Json:
        """Tries or brings it in and waits until that is over."""
        answer = self.be(login).post(f"/api/v1/imports/{one['id']}/{action}", body)
        self.expect(answer, 200)
        return self.over(one, login)

    def restart_killed(self) -> None:
        """The server dies as if the power went, and is started again."""
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        self.server.end(signal.SIGKILL)
        self.server.start()

    def over(self, one: Json, login: str = "clerk") -> Json:
        end = time.monotonic() + patience(30)
        while time.monotonic() < end:
            now = dict(self.be(login).get(f"/api/v1/imports/{one['id']}").json)
            if now["state"] not in ("checking", "running"):
                return now
            time.sleep(0.02)
        raise AssertionError(f"the import does not end: {now}")
