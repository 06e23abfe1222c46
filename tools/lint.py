#!/usr/bin/env python3
"""lint: the rules a compiler does not check. Prints file:line: RULE: what; exits 1."""
import pathlib
import re
import sys
from collections.abc import Iterator

import sql_rules
from errors import without_comments

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ["base", "recur", "json", "sql", "http", "cel", "pack", "area", "identity", "engine", "record",
          "calendar", "roster", "clock", "booking", "schedule", "measure", "score", "appraisal", "notice", "file",
          "ballot", "mailbox", "call", "ledger", "payment", "rules", "report", "admin", "desk", "app"]
RANK = {name: i for i, name in enumerate(LAYERS)}
OWNERS = {"sqlite3.h": "sql", "libpq-fe.h": "sql", "microhttpd.h": "http", "geos_c.h": "area", "yaml.h": "pack",
          "vips/vips.h": "file", "curl/curl.h": ("notice", "mailbox"), "gmime/gmime.h": "mailbox",
          "libical/ical.h": "recur", "cairo-pdf.h": "score", "pango/pangocairo.h": "score"}
BANNED = re.compile(r"\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|alloca|system|popen|"
                    r"localtime|gmtime|rand|srand|sscanf|mktemp|setjmp|longjmp)\s*\(")
BARE = re.compile(r"\bAUTO\(\w+\) [^=;]*;")
SQLTEXT = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\s')
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'#include [<"]([^">]+)[">]')
LONGEST = {".c": 800, ".h": 800, ".py": 800, ".vue": 300}
WIDEST = {".c": 120, ".h": 120, ".py": 120}
LONGEST_FUNCTION = 70

Complaint = tuple[int, str, str]  # line, rule, what


def is_test(path: pathlib.Path) -> bool:
    return path.stem.endswith(("_test", "_fuzz"))


def includes(layer: str, name: str, test: bool) -> str:
    """What is wrong with this #include, or ''."""
    other = name.split("/")[0]
    if other in RANK and RANK[other] > RANK[layer] and not test:
        return f"{layer} includes {name}"
    owners = OWNERS.get(name, layer)
    if layer not in ((owners,) if isinstance(owners, str) else owners):
        return f"only src/{owners} may name {name}"
    return ""


def functions(lines: list[str]) -> Iterator[tuple[int, int]]:
    """First line and length of each body: braces in the first column."""
    start = 0
    for n, line in enumerate(lines, 1):
        if line == "{":
            start = n
        elif line == "}" and start:
            yield start, n - start + 1
            start = 0


def c_file(path: pathlib.Path, lines: list[str]) -> Iterator[Complaint]:
    layer, test = path.relative_to(ROOT / "src").parts[0], is_test(path)
    if layer not in RANK:
        yield 1, "LAYER", f"folder {layer} is not in the list"
        return
    for n, line in enumerate(without_comments("\n".join(lines)).splitlines(), 1):
        include, banned = INCLUDE.match(line), BANNED.search(line)
        if include and (wrong := includes(layer, include[1], test)):
            yield n, "LAYER", wrong
        if banned:
            yield n, "BANNED", banned[1]
        if BARE.search(line):
            yield n, "BARE", "what frees itself is filled where it is declared: an early return would free garbage"
        if not test and layer != "sql" and SQLTEXT.search(line):
            yield n, "SQLTEXT", "SQL belongs in a .sql file"
    for start, length in functions(lines):
        if length > LONGEST_FUNCTION and not test:
            yield start, "LONGFUNCTION", f"{length} lines, at most {LONGEST_FUNCTION}"


def sql_files() -> Iterator[tuple[pathlib.Path, Complaint]]:
    """docs/adr/0007. Figures over districts are the business of report/ alone."""
    schemas = {engine: sql_rules.Schema(engine) for engine in ("sqlite", "postgres")}
    for path in sorted((ROOT / "db/migrations").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        for complaint in sorted({c for schema in schemas.values() for c in sql_rules.migration(text, schema)}):
            yield path, complaint
    for path in sorted((ROOT / "src").rglob("*.sql")):
        crossing = path.relative_to(ROOT / "src").parts[0] == "report"
        for complaint in sql_rules.statements(path.read_text(encoding="utf-8"), schemas, crossing):
            yield path, complaint


def any_file(path: pathlib.Path, lines: list[str]) -> Iterator[Complaint]:
    longest, widest = LONGEST.get(path.suffix), WIDEST.get(path.suffix)
    if longest and len(lines) > longest:
        yield len(lines), "LONGFILE", f"over {longest} lines"
    for n, line in enumerate(lines, 1):
        if widest and len(line) > widest:
            yield n, "LONGLINE", str(len(line))
        if LATER.search(line) and path != pathlib.Path(__file__).resolve():
            yield n, "LATER", "do it now, or write it down where plans are kept"


def rooms() -> Iterator[tuple[pathlib.Path, Complaint]]:
    """Each folder of src has its page."""
    for folder in sorted(p for p in (ROOT / "src").iterdir() if p.is_dir()):
        page = ROOT / "docs/internals" / f"{folder.name}.md"
        if not page.exists():
            yield page, (1, "PAGE", f"nothing is said about src/{folder.name}")


def files() -> Iterator[pathlib.Path]:
    for top in ("src", "test", "tools", "bench", "web/src", "db"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.suffix in (".c", ".h", ".sql", ".py", ".vue", ".ts") and "node_modules" not in path.parts:
                yield path


def complaints() -> Iterator[tuple[pathlib.Path, Complaint]]:
    for path in files():
        lines = path.read_text(encoding="utf-8").splitlines()
        for complaint in any_file(path, lines):
            yield path, complaint
        if path.suffix in (".c", ".h") and path.is_relative_to(ROOT / "src"):
            for complaint in c_file(path, lines):
                yield path, complaint
    yield from sql_files()
    yield from rooms()


def main() -> int:
    found = list(complaints())
    for path, (line, rule, what) in found:
        print(f"{path.relative_to(ROOT)}:{line}: {rule}: {what}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
