#!/usr/bin/env python3
"""embed [-z] [-i HEADER] -t TABLE -o OUT.c NAME=FILE ... -- files into the binary.

Writes a C file with `const struct embedded TABLE[]`, sorted by name and ended by a
row without a name, and `const size_t TABLE_n`. The bytes come in through .incbin:
megabytes compile in no time with gcc and clang. With -z they are stored as gzip
(without name and time: the same input gives the same bytes) where that is smaller;
the row says so. A FILE that is a folder stands for every file in it, NAME/... each.
The struct comes from HEADER, or is spelled out:

    struct embedded {
        const char *name;
        const unsigned char *bytes; /* NUL-terminated, not counted in size */
        size_t size;
        bool gzip;
    };
"""
import argparse
import gzip
import pathlib
import sys

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("-z", "--gzip", action="store_true")
parser.add_argument("-i", "--include", metavar="HEADER")
parser.add_argument("-t", "--table", required=True)
parser.add_argument("-o", "--output", required=True, type=pathlib.Path)
parser.add_argument("files", nargs="*", metavar="NAME=FILE")
args = parser.parse_args()


def text(s):
    """A C string literal, also fit for the assembler."""
    return '"' + "".join(f"\\{b:03o}" if b < 32 or b > 126 or b in b'"\\' else chr(b) for b in str(s).encode()) + '"'


def quoted(s):
    """The same, inside another literal."""
    return text(s).replace("\\", "\\\\").replace('"', '\\"')


entries = {}
for item in args.files:
    name, equals, file = item.partition("=")
    path = pathlib.Path(file).resolve()
    if not equals or not path.exists():
        sys.exit(f"embed: {item}: not NAME=FILE, or no such file")
    if path.is_dir():
        entries.update({f"{name}/{p.relative_to(path)}": p for p in path.rglob("*") if p.is_file()})
    else:
        entries[name] = path

packed_dir = args.output.resolve().with_suffix(".gz")
rows, blocks = [], []
for i, name in enumerate(sorted(entries, key=lambda n: n.encode())):
    path, packed = entries[name], False
    content = path.read_bytes()
    if args.gzip:
        small = gzip.compress(content, 9, mtime=0)
        if len(small) < len(content):
            packed, content = True, small
            packed_dir.mkdir(exist_ok=True)
            path = packed_dir / str(i)
            path.write_bytes(content)
    symbol = f"{args.table}_{i}"
    blocks.append(f'__asm__(".section .rodata, \\"a\\"\\n.balign 16\\n.local {symbol}\\n{symbol}:\\n"\n'
                  f'        ".incbin {quoted(path)}\\n.byte 0\\n.previous\\n");\n'
                  f"extern const unsigned char {symbol}[] __attribute__((visibility(\"hidden\")));")
    rows.append(f"    {{{text(name)}, {symbol}, {len(content)}, {str(packed).lower()}}},")

struct = __doc__.split("\n\n")[-1]
lines = ["#include <stdbool.h>", "#include <stddef.h>", ""]
lines.append(f'#include "{args.include}"' if args.include else "\n".join(s[4:] for s in struct.splitlines()).rstrip())
lines += ["", f"extern const struct embedded {args.table}[];", f"extern const size_t {args.table}_n;", *blocks, "",
          f"const struct embedded {args.table}[] = {{", *rows, "    {NULL, NULL, 0, false},", "};",
          f"const size_t {args.table}_n = {len(rows)};"]
args.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
