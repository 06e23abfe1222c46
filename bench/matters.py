"""The requests that are sent: reports at real places of the district, pages that people open."""
import json
import pathlib
import random
import sqlite3

from harness import Server

NEW_ID = "00000000-0000-7000-8000-000000000000"  # load and live put a fresh id here
CATEGORIES = pathlib.Path(__file__).resolve().parent.parent / "packs/incident/codes/category.csv"
WHAT = ("路灯不亮，晚上行人看不清路，请派人修理", "井盖破损，车辆经过有异响，存在安全隐患",
        "垃圾堆放在楼道口，已经三天没有清运", "河道漂浮物较多，气味难闻，影响居民生活",
        "路面塌陷约半米，已用石块围挡，请尽快处置")


def lines(items: list[tuple[str, str, str, str]]) -> str:
    return "".join("\t".join(item) + "\n" for item in items)


def places(database: pathlib.Path) -> list[tuple[float, float]]:
    """Points about the middle of the micro-grids: means of their corners. Of a bent one at the edge of the district
    that may lie outside: locate() keeps those that the server finds."""
    draw = random.Random(330803)
    found = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        rows = db.execute("SELECT boundary FROM area WHERE length(code) = 18 AND boundary IS NOT NULL ORDER BY code")
        for (boundary,) in rows:
            shape = json.loads(boundary)
            ring = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"][0][0]
            weights = [draw.random() + 0.5 for _ in ring]
            found.append(tuple(round(sum(p[i] * w for p, w in zip(ring, weights)) / sum(weights), 6) for i in (0, 1)))
    db.close()
    return found


def report(place: tuple[float, float], i: int, draw: random.Random, categories: list[str]) -> str:
    body = {"id": NEW_ID, "kind": "incident",
            "place": {"lng": place[0], "lat": place[1], "address": f"临江路{i % 300 + 1}号"},
            "fields": {"description": f"{draw.choice(WHAT)}（{i % 97 + 1}号楼旁）", "category": draw.choice(categories)}}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def categories() -> list[str]:
    codes = (line.split(",")[0] for line in CATEGORIES.read_text(encoding="utf-8").splitlines()[1:])
    return [code for code in codes if len(code) == 4]


def locate(server: Server, token: str, database: pathlib.Path) -> list[tuple[float, float]]:
    return [(lng, lat) for lng, lat in places(database)
            if server.get(f"/api/v1/areas/locate?lng={lng}&lat={lat}", token)[0] == 200]


def reports(where: list[tuple[float, float]], tokens: list[str]) -> list[tuple[str, str, str, str]]:
    draw, codes = random.Random(1), categories()
    return [("POST", "/api/v1/records", tokens[i % len(tokens)], report(place, i, draw, codes))
            for i, place in enumerate(where)]


def some_records(database: pathlib.Path, n: int) -> list[str]:
    """Ids from all over the table."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        first, last = db.execute("SELECT min(id), max(id) FROM record").fetchone()
        low, high = int.from_bytes(first[:6], "big"), int.from_bytes(last[:6], "big")
        draw, found = random.Random(2), []
        for _ in range(n):
            at = draw.randrange(low, high).to_bytes(6, "big") + bytes(10)
            found.append(db.execute("SELECT id FROM record WHERE district = 330803 AND id >= ? ORDER BY id LIMIT 1",
                                    (at,)).fetchone()[0].hex())
    db.close()
    return [f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}" for h in found]


LISTS = {
    "list, to accept (clerk)": ("/api/v1/records?kind=incident&state=reported&sort=-created", "clerk"),
    "list, all (clerk)": ("/api/v1/records?", "clerk"),
    "list, mine (verifier)": ("/api/v1/records?party=me", "verifier"),  # who plays a part in many: a full page
}


def rows(server: Server, token: dict[str, str]) -> dict[str, int]:
    """How many rows each list has there, at least one: of two sizes the same number is asked for."""
    found = {name: json.loads(server.get(path, token[who])[1])["items"] for name, (path, who) in LISTS.items()}
    return {name: max(1, len(items)) for name, items in found.items()}


def pages(database: pathlib.Path, token: dict[str, str], today: str, most: dict[str, int]) -> dict[str, str]:
    """Name of a page -> requests. most: the rows that a list is asked for; without, what a page has."""
    board = f"/api/v1/measures?name=received,open,late,closing_rate&from={today}"
    lists = {name: (f"{path}&limit={most[name]}" if name in most else path, who) for name, (path, who) in LISTS.items()}
    one = lists | {"board, figures": (board, "leader"), "board, by area": (f"{board}&by=area", "leader")}
    made = {name: lines([("GET", path, token[who], "")]) for name, (path, who) in one.items()}
    made["one record"] = lines([("GET", f"/api/v1/records/{i}", token["clerk"], "")
                                for i in some_records(database, 1000)])
    return made
