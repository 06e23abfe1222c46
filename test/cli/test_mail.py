"""An e-mail piped into `wangge mail` becomes a proposal, once, or goes back with the reason."""
import datetime
import email.message
import email.utils
import io
import pathlib
import subprocess
import zipfile

from support.client import Client, Json, new_id
from support.runner import District

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ENTERED, GIVEN_BACK, AGAIN = 0, 65, 75
TEXT = "您好！\n项目名称：增加停车位\n具体内容：新建停车位 200 个\n项目概况：老小区停车难\n领域：城市管理\n"


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", "word/document.xml"):
            made.writestr(name, "<x/>")
    return out.getvalue()


DOCX = docx()


class Mail(District):
    call: str
    token: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        today = datetime.date.today()
        fields = {"call_name": "征集", "opens_on": str(today - datetime.timedelta(9)),
                  "closes_on": str(today + datetime.timedelta(9))}
        clerk, leader = cls.client("clerk"), cls.client("leader")
        made = clerk.post("/api/v1/records", {"id": new_id(), "kind": "proposal_call", "fields": fields,
                                              "area": "330803001001"}).json
        leader.post(f"/api/v1/records/{made['id']}/announce", {"id": new_id()})
        cls.call = made["id"]
        cls.token = cls.server.data.with_name("mail.token")
        signed_in = clerk.post("/api/v1/session", {"login": "clerk", "password": "wangge-sample"})
        cls.token.write_text(signed_in.json["token"])

    @classmethod
    def client(cls, login: str) -> Client:
        cls.clients[login] = Client(cls.server.port, recorder=cls.recorder).sign_in(login)
        return cls.clients[login]

    def letter(self, text: str = TEXT, **headers: str) -> email.message.EmailMessage:
        message = email.message.EmailMessage()
        usual = {"From": "张秀英 <zhang@example.com>", "Subject": "民生实事征集", "Message_ID": f"<{new_id()}@x>",
                 "Received": f"from a by b; {email.utils.formatdate()}"}
        for name, value in (usual | headers).items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return message

    def pipe(self, message: bytes, port: int | None = None) -> "subprocess.CompletedProcess[bytes]":
        words = ["mail", "--server", f"http://127.0.0.1:{port or self.server.port}", "--token-file", self.token,
                 "--kind", "proposal", "--parent", self.call, "--subject", "name", "--text", "content",
                 "--from", "email", "--from-name", "author_name", "--arrived", "postmark", "--files", "attachments",
                 "--set", "source=mail"]
        return subprocess.run([self.folder.wangge, *words], input=message, capture_output=True, timeout=60)

    def proposals(self) -> list[Json]:
        return list(self.be("clerk").get("/api/v1/records", kind="proposal", limit=200).json["items"])

    def test_entered_once_with_what_is_attached(self) -> None:
        message = self.letter()
        message.add_attachment(PDF, maintype="application", subtype="pdf", filename="征集表.pdf")
        message.add_attachment(DOCX, maintype="application", subtype="msword", filename="项目概况.docx")
        message.add_attachment(b"PK\x03\x04 no picture", maintype="application", subtype="zip", filename="a.zip")
        before = len(self.proposals())
        for _ in range(2):
            done = self.pipe(bytes(message))
            self.assertEqual(done.returncode, ENTERED, done)
        self.assertEqual(len(self.proposals()), before + 1)
        one = self.be("clerk").get(f"/api/v1/records/{self.proposals()[0]['id']}").json
        self.assertEqual((one["state"], one["fields"]["name"], one["fields"]["sector"], one["fields"]["source"]),
                         ("admitted", "增加停车位", "city", "mail"))
        self.assertEqual(one["fields"]["content"], "新建停车位 200 个")
        self.assertEqual((one["fields"]["author_name"], one["fields"]["email"][:1]), ("张**", "z"))
        self.assertEqual(len(one["fields"]["attachments"]), 2)
        first = self.be("clerk").get(f"/api/v1/records/{one['id']}/log").json["items"][0]
        self.assertIn("1 个附件没有保存", first["note"])

    def test_taken_in_and_judged(self) -> None:
        """What lacks a part is kept and refused with the reason, as a letter is."""
        self.assertEqual(self.pipe(bytes(self.letter("希望越来越好"))).returncode, ENTERED)
        one = self.be("clerk").get(f"/api/v1/records/{self.proposals()[0]['id']}").json
        self.assertEqual((one["state"], one["fields"]["name"]), ("refused", "民生实事征集"))
        self.assertIn("缺少项目概况", one["fields"]["reason"])

    def test_given_back_with_the_reason(self) -> None:
        before = len(self.proposals())
        for message, reason in ((self.letter(Subject="短"), "至少 4"), (self.letter(Message_ID=""), "Message-ID"),
                                (self.letter(From=""), "From"),
                                (self.letter(Received="by b; Mon, 8 Nov 1999 09:30:00 +0800"), "日期")):
            if "短" in str(message["Subject"]):
                message.set_content("具体内容：1 个\n项目概况：无")
            done = self.pipe(bytes(message))
            self.assertEqual(done.returncode, GIVEN_BACK, done)
            self.assertIn(reason, done.stdout.decode())
        self.assertEqual(self.pipe(bytes(self.letter(Auto_Submitted="auto-replied"))).returncode, ENTERED)
        self.assertEqual(len(self.proposals()), before, "nothing of these stays")

    def test_kept_until_the_server_answers(self) -> None:
        self.assertEqual(self.pipe(bytes(self.letter()), port=1).returncode, AGAIN)
        right, self.token = self.token, self.token.with_name("wrong.token")
        self.token.write_text("nonsense")
        self.assertEqual(self.pipe(bytes(self.letter())).returncode, AGAIN)
        self.token = right
