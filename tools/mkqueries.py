#!/usr/bin/env python3
"""mkqueries h|c FILE.sql -- named statements to a C header or source.

`-- name: get` or `-- name: add write` starts a statement of file record.sql; it
becomes record_queries[RECORD_Q_GET]. A statement with the marker {where} is
composed: only sql_select() runs it. Parameters are $1 .. $n. Behind a line
`-- engine: postgres` within a statement stands its text for PostgreSQL; where that is all there is, the statement
is PostgreSQL's alone.
"""
import pathlib
import re
import sys

part, path = sys.argv[1], pathlib.Path(sys.argv[2])
stem = path.stem
queries = []
for line in path.read_text(encoding="utf-8").splitlines():
    start = re.match(r"-- name: (\w+)( write)?$", line)
    if start:
        queries.append([start[1], bool(start[2]), []])
    elif queries and line.startswith("-- engine: "):
        queries[-1][2].append(f"\n{line}\n")
    elif queries and line.strip() and not line.startswith("--"):
        queries[-1][2].append(line.strip())
if part == "h":
    names = [f"{stem}_q_{q[0]}".upper() for q in queries] + [f"{stem}_Q__MAX".upper()]
    print("#pragma once\n#include \"sql/sql.h\"\n")
    print("enum { " + ", ".join(names) + " };")
    print(f"extern const struct sql_query {stem}_queries[];")
else:
    print(f"#include \"{stem}.sql.h\"\n\nconst struct sql_query {stem}_queries[] = {{")
    for name, writes, lines in queries:
        text = re.sub(r"; *\n *| *\n *", "\n", " ".join(lines)).rstrip(";")
        text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        nargs = max([int(n) for n in re.findall(r"\$(\d+)", text)], default=0)
        composed = "{where}" in text
        print(f'    {{"{stem}.{name}", "{text}", {nargs}, {str(writes).lower()}, {str(composed).lower()}}},')
    print("};")
