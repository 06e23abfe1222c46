"""Tiles beneath the map: whom the key is told, and what pages may load."""
import os
import unittest.mock

from matters import Incidents
from support.server import Server

KEY = "0123456789abcdef0123456789abcdef"


class Tiles(Incidents):
    @classmethod
    def setUpClass(cls) -> None:
        with unittest.mock.patch.dict(os.environ, {"WANGGE_MAP_TILES": f"tianditu:{KEY}"}):
            super().setUpClass()

    def test_staff_are_told(self) -> None:
        answer = self.be("leader").get("/api/v1/map")
        self.expect(answer, 200)
        self.assertEqual(answer.json["datum"], "wgs84")
        self.assertEqual(len(answer.json["layers"]), 2)
        for layer in answer.json["layers"]:
            self.assertTrue(layer.startswith("https://t0.tianditu.gov.cn/") and layer.endswith(f"&tk={KEY}"), layer)

    def test_nobody_else_is(self) -> None:
        self.expect(self.be(None).get("/api/v1/map"), 401)
        self.expect(self.be("resident").get("/api/v1/map"), 403)
        for path in ("/", "/board", "/api/v1/district", "/api/v1/openapi.json"):
            answer = self.be(None).get(path)
            self.assertNotIn(KEY.encode(), answer.body)
            self.assertNotIn(KEY, str(answer.headers))

    def test_pages_may_load_pictures_from_there_alone(self) -> None:
        policy = self.be(None).get("/board").headers["content-security-policy"]
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
        self.assertEqual(parts["img-src"], "'self' data: blob: https://t0.tianditu.gov.cn")
        self.assertNotIn("unsafe-inline", policy)
        self.assertEqual([name for name, value in parts.items() if "tianditu" in value], ["img-src"])

    def test_wrong_settings_are_refused_at_the_start(self) -> None:
        for wrong in ("tianditu:", "tianditu:not a key", "https://tiles.example/{z}/{x}", "gcj02 ",
                      "ftp://tiles.example/{z}/{x}/{y}", "https://tiles.example;script-src */{z}/{x}/{y}",
                      " ".join(["https://t.example/{z}/{x}/{y}"] * 5)):
            with self.subTest(wrong), unittest.mock.patch.dict(os.environ, {"WANGGE_MAP_TILES": wrong}):
                server = Server(self.server.wangge, self.folder.district())
                self.assertRaisesRegex(RuntimeError, r"tiles\.setting", server.start)


class NoTiles(Incidents):
    def test_no_other_host(self) -> None:
        self.assertEqual(self.be("leader").get("/api/v1/map").json, {"layers": [], "datum": "wgs84", "attribution": ""})
        self.assertIn("img-src 'self' data: blob:;", self.be(None).get("/board").headers["content-security-policy"])
