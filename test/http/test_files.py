"""Evidence: photos lose what their camera wrote into them; only who may see the matter sees them."""
import base64
import hashlib
import io
import pathlib
import struct
import zipfile
import zlib

from matters import Incidents, png
from support.client import Answer

MEDIA = pathlib.Path(__file__).resolve().parent.parent / "media"
SECRET = b"GPS 28.97N 118.87E taken by Zhang San"
# A grey 16x16 picture as a camera would write it; EXIF is put in by jpeg().
JPEG = base64.b64decode(
    "/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/wAAL"
    "CAAQABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG"
    "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4"
    "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6"
    "/9oACAEBAAA/AGUUUV//2Q==")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg() -> bytes:
    """With EXIF (an artist's name), a comment and XMP."""
    value = SECRET + b"\0"
    tiff = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x013B, 2, len(value), 26, 0) + value

    def segment(mark: int, data: bytes) -> bytes:
        return struct.pack(">BBH", 0xFF, mark, len(data) + 2) + data

    extra = (segment(0xE1, b"Exif\0\0" + tiff) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SECRET + b"</x>")
             + segment(0xFE, SECRET))
    return JPEG[:2] + extra + JPEG[2:]


def wav(seconds: int) -> bytes:
    """Silence at 8,000 bytes a second."""
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
    sound = bytes(8000 * seconds)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(sound)) + sound
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in parts:
            made.writestr(name, "<x/>")
    return out.getvalue()


class Files(Incidents):
    def stored(self, answer: Answer) -> str:
        self.assertIn(answer.status, (200, 201), repr(answer))
        return str(answer.json["id"])

    def test_what_the_camera_wrote_is_gone(self) -> None:
        for name, kind, data in (("a.jpg", "image/jpeg", jpeg()),
                                 ("a.png", "image/png", png(64, 48, chunk(b"tEXt", b"Author\0" + SECRET)))):
            with self.subTest(name):
                self.assertIn(SECRET, data)
                sent = self.stored(self.be("worker").upload((name, kind, data)))
                got = self.be("worker").get(f"/api/v1/files/{sent}")
                self.expect(got, 200)
                self.assertEqual(got.headers["content-type"], kind)
                self.assertNotIn(SECRET, got.body)
        kept = [p for p in self.server.data.rglob("*") if p.is_file() and SECRET in p.read_bytes()]
        self.assertEqual(kept, [])

    def test_the_hash_is_that_of_what_is_stored(self) -> None:
        answer = self.be("worker").upload(("a.png", "image/png", png(40, 30)))
        self.stored(answer)
        got = self.be("worker").get(f"/api/v1/files/{answer.json['id']}")
        self.assertEqual(hashlib.sha256(got.body).hexdigest(), answer.json["sha256"])
        self.assertEqual((answer.json["size"], answer.json["width"], answer.json["height"]), (len(got.body), 40, 30))

    def test_thumbnails_are_small(self) -> None:
        name = self.stored(self.be("worker").upload(("big.png", "image/png", png(1200, 900))))
        thumb = self.be("worker").get(f"/api/v1/files/{name}/thumb")
        self.expect(thumb, 200)
        self.assertEqual(thumb.headers["content-type"], "image/jpeg")
        at = max(thumb.body.find(b"\xff\xc0"), thumb.body.find(b"\xff\xc2"))
        height, width = struct.unpack(">HH", thumb.body[at + 5:at + 9])
        self.assertEqual((width, height), (480, 360))

    def test_several_at_once(self) -> None:
        many = self.be("worker").upload(*[(f"{i}.png", "image/png", png(8 + i, 8)) for i in range(9)])
        self.assertEqual([one["width"] for one in many.json["items"]], list(range(8, 17)))
        over = self.be("worker").upload(*[(f"{i}.png", "image/png", png(8, 8)) for i in range(10)])
        self.assertIn(over.status, (413, 422), repr(over))

    def test_what_is_no_picture_is_refused(self) -> None:
        for what, name, kind, data in (
                ("a web page", "a.png", "image/png", b"<!doctype html><script>alert(1)</script>"),
                ("a drawing that runs", "a.svg", "image/svg+xml",
                 b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>'),
                ("a program", "a.jpg", "image/jpeg", b"\x7fELF" + bytes(200)),
                ("half a picture", "a.png", "image/png", png(40, 30)[:60]),
                ("nothing", "a.png", "image/png", b""),
        ):
            with self.subTest(what):
                answer = self.be("worker").upload((name, kind, data))
                self.assertIn(answer.status, (415, 422), repr(answer))
                self.assertNotIn("no problem document", answer.key)

    def test_documents_are_kept_without_programs_in_them(self) -> None:
        office = "application/vnd.openxmlformats-officedocument."
        for name, part, kind in (("a.docx", "word/document.xml", "wordprocessingml.document"),
                                 ("a.xlsx", "xl/workbook.xml", "spreadsheetml.sheet")):
            data = archive("[Content_Types].xml", part)
            sent = self.stored(self.be("worker").upload((name, "application/zip", data)))
            got = self.be("worker").get(f"/api/v1/files/{sent}")
            self.assertEqual((got.headers["content-type"], got.body), (office + kind, data))
            self.assertTrue(got.headers["content-disposition"].startswith("attachment"), "never shown in a page")
        for why, parts in (("file.macros", ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
                           ("file.archive", ("[Content_Types].xml", "secret.exe")),
                           ("file.archive", ("word/document.xml",))):
            refused = self.be("worker").upload(("a.docx", "application/zip", archive(*parts)))
            self.expect(refused, 415, why)
        self.expect(self.be("worker").upload(("a.docx", "application/zip", b"PK\x03\x04 cut off")), 415, "file.archive")

    def test_too_large_is_refused(self) -> None:
        answer = self.be("worker").upload(("a.png", "image/png", png(8, 8) + bytes(21 * 1024 * 1024)))
        self.expect(answer, 413)

    def test_a_picture_that_would_fill_the_memory_is_refused(self) -> None:
        bomb = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b""))
        self.assertIn(self.be("worker").upload(("a.png", "image/png", bomb)).status, (413, 415, 422))

    def test_what_browsers_record_is_known_by_its_tracks(self) -> None:
        """Expectation: what was recorded, a voice or a film, whatever the sender calls it."""
        for name, kind in (("voice.webm", "audio/webm"), ("voice.mp4", "audio/mp4"), ("film.webm", "video/webm")):
            with self.subTest(name):
                data = (MEDIA / name).read_bytes()
                answer = self.be("worker").upload(("a.bin", "image/png", data))
                sent = self.stored(answer)
                self.assertEqual(answer.json["type"], kind)
                got = self.be("worker").get(f"/api/v1/files/{sent}")
                self.assertEqual((got.body, got.headers["content-type"]), (data, kind))
                listed = self.be("worker").get(f"/api/v1/files?ids={sent}").json["items"]
                self.assertEqual([(one["id"], one["type"]) for one in listed], [(sent, kind)])

    def test_recordings_have_limits(self) -> None:
        self.stored(self.be("worker").upload(("a.wav", "audio/wav", wav(600))))
        for what, data, key in (("too long", wav(601), "file.sound_long"),
                                ("too large", wav(2) + bytes(10 * 1024 * 1024), "file.sound_large"),
                                ("broken", (MEDIA / "voice.webm").read_bytes()[:300], "file.recording")):
            with self.subTest(what):
                answer = self.be("worker").upload(("a", "audio/webm", data))
                self.expect(answer, 422)
                self.assertEqual([one["code"] for one in answer.json["errors"]], [key])

    def test_what_files_are_is_told_to_those_who_may_see_them(self) -> None:
        photo = self.photo("resident")
        self.report("resident", files=[photo])
        for login, n in (("resident", 1), ("clerk", 1), ("resident2", 0), (None, 0)):
            with self.subTest(login=login):
                answer = self.be(login).get(f"/api/v1/files?ids={photo},01890000-0000-7000-8000-000000000000")
                self.expect(answer, 200)
                self.assertEqual(len(answer.json["items"]), n)
        self.expect(self.be("clerk").get("/api/v1/files?ids=nonsense"), 422)
        self.expect(self.be("clerk").get("/api/v1/files"), 200)

    def around(self) -> set[pathlib.Path]:
        """What lies beside this district, but for those of tests that run at the same time."""
        return {p for p in self.server.data.parent.iterdir() if not p.name.startswith("district-")}

    def test_names_cannot_leave_the_folder(self) -> None:
        before = self.around()
        name = self.stored(self.be("worker").upload(("../../../evil.png", "image/png", png(8, 8))))
        self.assertEqual(self.around(), before)
        self.assertNotIn("..", self.be("worker").get(f"/api/v1/files/{name}").headers.get("content-disposition", ""))

    def test_strangers_do_not_see_it(self) -> None:
        photo = self.photo("resident")
        record = self.report("resident", files=[photo])
        for login, status in (("resident", 200), ("clerk", 200), ("resident2", 404), (None, 404)):
            for path in (f"/api/v1/files/{photo}", f"/api/v1/files/{photo}/thumb"):
                with self.subTest(login=login, path=path):
                    self.assertEqual(self.be(login).get(path).status, status)
        self.assertEqual(self.get(record)["files"], [photo])

    def test_who_may_not_see_the_matter_does_not_see_its_files(self) -> None:
        loose, taken = self.photo("resident"), self.photo("resident")
        self.report("resident", files=[taken])
        for login, what, status in (("clerk", loose, 404), ("resident", loose, 200), ("village", taken, 404),
                                    ("clerk", taken, 200)):
            with self.subTest(login=login, loose=what == loose):
                self.assertEqual(self.be(login).get(f"/api/v1/files/{what}").status, status)

    def test_one_cannot_hang_on_what_others_sent(self) -> None:
        photo = self.photo("resident")
        answer = self.be("resident2").post("/api/v1/records", self.body(files=[photo]))
        self.expect(answer, 422)

    def test_without_an_account_the_claim_decides(self) -> None:
        sent = self.be(None).upload(("a.png", "image/png", png(20, 20)))
        photo = self.stored(sent)
        self.expect(self.be(None).post("/api/v1/records", self.body(files=[photo])), 422)
        self.expect(self.be(None).post("/api/v1/records", self.body(files=[photo]), X_Wangge_Claim="wrong"), 422)
        taken = self.be(None).post("/api/v1/records", self.body(files=[photo]), X_Wangge_Claim=sent.json["claim"])
        self.expect(taken, 201)
        self.assertEqual(taken.json["files"], [photo])

    def test_shown_but_never_run(self) -> None:
        got = self.be("worker").get(f"/api/v1/files/{self.photo('worker')}")
        self.assertEqual(got.headers["x-content-type-options"], "nosniff")
        self.assertIn("private", got.headers["cache-control"])


class ManyFiles(Incidents):
    def test_without_an_account_an_address_sends_so_many_a_minute(self) -> None:
        """What nobody's report takes stays for a day: else anybody fills the disk. Nine at once are nine."""
        picture = ("a.png", "image/png", png(8, 8))
        statuses = [self.be(None).upload(*[picture] * 9).status for _ in range(20)]
        self.assertEqual(set(statuses[:13]), {201})
        self.assertIn(429, statuses[13:])
        answer = self.be(None).upload(*[picture] * 9)
        self.expect(answer, 429, "session.rate")
        self.assertTrue(answer.headers["retry-after"])
        self.assertEqual(self.be("worker").upload(picture).status, 201)
