#!/usr/bin/env python3
"""lint: the rules a compiler does not check. Prints file:line: RULE: what; exits 1."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LAYERS = ["base", "json", "sql", "http", "cel", "pack", "area", "identity", "engine", "record",
          "calendar", "clock", "measure", "notice", "file", "ledger", "ballot", "signal", "proof",
          "open311", "report", "app"]
RANK = {name: i for i, name in enumerate(LAYERS)}
BANNED = re.compile(r"\b(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|alloca|system|popen|"
                    r"localtime|gmtime|rand|srand|sscanf|mktemp|setjmp|longjmp)\s*\(")
SQLTEXT = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\s')
OWNERS = {"sqlite3.h": "sql", "libpq-fe.h": "sql", "microhttpd.h": "http", "geos_c.h": "area", "yaml.h": "pack",
          "vips/vips.h": "file"}
bad = 0


def say(path, line, rule, what):
    global bad
    bad += 1
    print(f"{path.relative_to(ROOT)}:{line}: {rule}: {what}")


for path in sorted((ROOT / "src").rglob("*.[ch]")):
    layer = path.relative_to(ROOT / "src").parts[0]
    lines = path.read_text(encoding="utf-8").splitlines()
    test = path.stem.endswith(("_test", "_fuzz"))
    if layer not in RANK:
        say(path, 1, "LAYER", f"folder {layer} is not in the list")
        continue
    if len(lines) > 800:
        say(path, len(lines), "LONGFILE", "over 800 lines")
    for n, line in enumerate(lines, 1):
        include = re.match(r'#include [<"]([^">]+)[">]', line)
        if include:
            other = include[1].split("/")[0]
            if other in RANK and RANK[other] > RANK[layer] and not test:
                say(path, n, "LAYER", f"{layer} includes {include[1]}")
            if include[1] in OWNERS and OWNERS[include[1]] != layer:
                say(path, n, "LAYER", f"only src/{OWNERS[include[1]]} may name {include[1]}")
        if BANNED.search(line):
            say(path, n, "BANNED", BANNED.search(line)[1])
        if not test and layer != "sql" and SQLTEXT.search(line):
            say(path, n, "SQLTEXT", "SQL belongs in a .sql file")
        if len(line) > 120:
            say(path, n, "LONGLINE", str(len(line)))
for path in sorted((ROOT / "src").rglob("*.sql")):
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.search(r"\b(now\(\)|random\(\)|CURRENT_|last_insert_rowid)", line, re.I):
            say(path, n, "SQLTIME", "times and chance are parameters")
sys.exit(bad != 0)
