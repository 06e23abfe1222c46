#!/usr/bin/env python3
"""mkmigrations FILE.sql... -- the numbered migrations to a C source on stdout.

A file is NNNN_name.sql; numbers go up; those of work that is not here yet may be missing.
"""
import pathlib
import re
import sys

rows = []
for path in sorted(map(pathlib.Path, sys.argv[1:]), key=lambda p: p.name):
    name = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
    if not name or int(name[1]) <= (rows[-1][0] if rows else 0):
        sys.exit(f"{path.name}: expected a name like {(rows[-1][0] if rows else 0) + 1:04d}_what_it_does.sql")
    rows.append((int(name[1]), name[2], path.read_text(encoding="utf-8")))
print('#include "sql/sql.h"\n\nconst struct sql_migration sql_migrations[] = {')
for number, name, text in rows:
    print(f'    {{{number}, "{name}",')
    for line in text.splitlines():
        print('     "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"')
    print("    },")
print(f"}};\nconst size_t sql_n_migrations = {len(rows)};")
