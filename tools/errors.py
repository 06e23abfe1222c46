#!/usr/bin/env python3
"""errors [--check]: docs/errors.md from the ERR() and ERR_FIELD() calls of the sources.

--check fails when the file is not what the sources say, or when a key is written
against the rules: lower-case area.word, both languages present and different.
"""
import pathlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/errors.md"
STATUS = {"ERR_MALFORMED": 400, "ERR_UNKNOWN": 401, "ERR_DENIED": 403, "ERR_NOT_FOUND": 404, "ERR_CONFLICT": 409,
          "ERR_TOO_LARGE": 413, "ERR_MEDIA": 415, "ERR_INVALID": 422, "ERR_TOO_MANY": 429, "ERR_INTERNAL": 500,
          "ERR_BUSY": 503}
CALL = re.compile(r"\b(ERR|ERR_FIELD|err_set|err_field|[A-Z]+_BAD)\(")
MACRO = re.compile(r"#define ([A-Z]+_BAD)\((?:[^\n]*\\\n)*[^\n]*")
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*)|([(){}\[\],])|(\s+)|(.)', re.S)
COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*', re.S)
KEY = re.compile(r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
PLACEHOLDER = re.compile(r"%(?:\d+\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z]")
HEAD = """# Errors

Every refusal is an RFC 9457 problem document (`application/problem+json`):
`type` is the key below and never changes its meaning, `title` and `detail` are
for people in the language of `Accept-Language` (`zh` unless it asks for `en`),
`errors` names each wrong field by its path with a key of its own. A 429 or 503
carries `Retry-After`: nothing was changed, send the same command (same id) again.
A 500 says nothing of the inside; its cause is in the server's log.

Made by `tools/errors.py` from the sources; `…` stands for what differs from case
to case. Do not edit.
"""


@dataclass(frozen=True)
class Site:
    key: str
    status: int
    zh: str
    en: str
    where: str


def arguments(text: str, start: int) -> list[list[str]]:
    """The arguments of a call whose '(' is at start-1: each a list of its tokens."""
    result: list[list[str]] = [[]]
    depth = 0
    for match in TOKEN.finditer(text, start):
        string, word, mark, space, other = match.groups()
        if space is not None:
            continue
        if mark in ("(", "[", "{"):
            depth += 1
        elif mark in (")", "]", "}"):
            if depth == 0:
                return result
            depth -= 1
        elif mark == "," and depth == 0:
            result.append([])
            continue
        result[-1].append(f'"{string}"' if string is not None else word or mark or other)
    return result


def literal(tokens: list[str]) -> str | None:
    """The value of "a" PRId64 "b"; None for what is no literal."""
    if not tokens or not any(t.startswith('"') for t in tokens):
        return None
    parts = []
    for token in tokens:
        if token.startswith('"'):
            parts.append(token[1:-1].replace('\\"', '"').replace("\\n", " ").replace("\\\\", "\\"))
        elif token.startswith("PRI"):
            parts.append("d")
        else:
            return None
    return PLACEHOLDER.sub("…", "".join(parts).replace("%.0s", "")).replace("%%", "%")


def without_comments(text: str) -> str:
    """The same text with every comment blank, so that places stay where they are."""
    return COMMENT.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), text)


def codes_of_macros() -> dict[str, list[str]]:
    """CEL_BAD() and its like: what each calls an error."""
    return {macro[1]: [code for code in STATUS if code in macro[0]] or ["ERR_INVALID"]
            for path in sources() for macro in MACRO.finditer(path.read_text(encoding="utf-8"))}


def call_sites(path: pathlib.Path, macros: dict[str, list[str]]) -> Iterator[Site]:
    text = without_comments(path.read_text(encoding="utf-8"))
    for call in CALL.finditer(text):
        where = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, call.start()) + 1}"
        args = arguments(text, call.end())
        if call[1].startswith("err_"):
            args = args[:3] + args[4:]  # without HERE
        if len(args) < 5:
            continue
        key, zh, en = (literal(a) for a in args[2:5])
        field = call[1] in ("ERR_FIELD", "err_field")
        codes = ["ERR_INVALID"] if field else macros.get(call[1]) or [token for token in args[1] if token in STATUS]
        if key is not None and zh is not None and en is not None:
            yield from (Site(key, STATUS[code], zh, en, where) for code in codes)


def sources() -> list[pathlib.Path]:
    return [p for p in sorted((ROOT / "src").rglob("*.[ch]")) if not p.stem.endswith(("_test", "_fuzz"))]


def page(sites: list[Site]) -> str:
    by_area: dict[str, dict[str, list[Site]]] = defaultdict(lambda: defaultdict(list))
    for site in sites:
        by_area[site.key.split(".")[0]][site.key].append(site)
    lines = [HEAD]
    for area in sorted(by_area):
        lines += [f"## {area}", "", "| key | status | 中文 | English |", "|---|---|---|---|"]
        for key in sorted(by_area[area]):
            same = by_area[area][key]
            lines.append("| `{}` | {} | {} | {} |".format(
                key, ", ".join(str(s) for s in sorted({x.status for x in same})), *(cell(x) for x in (
                    [s.zh for s in same], [s.en for s in same]))))
        lines.append("")
    return "\n".join(lines)


def cell(texts: list[str]) -> str:
    return "<br>".join(dict.fromkeys(t.strip().replace("|", "\\|") for t in texts))


def complaints(sites: list[Site]) -> list[str]:
    found = []
    for site in sites:
        if not KEY.match(site.key):
            found.append(f"{site.where}: KEY: '{site.key}' is not area.word")
        if not re.search(r"[\u4e00-\u9fff]", site.zh):
            found.append(f"{site.where}: LANGUAGE: '{site.key}' says nothing in Chinese")
        if not re.search(r"[a-z]{2}", site.en):
            found.append(f"{site.where}: LANGUAGE: '{site.key}' says nothing in English")
    return found


def main() -> int:
    macros = codes_of_macros()
    sites = [site for path in sources() for site in call_sites(path, macros)]
    text = page(sites)
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    found = complaints(sites)
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        found.append("docs/errors.md:1: STALE: run tools/errors.py")
    print("\n".join(found))
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
