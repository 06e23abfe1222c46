#!/usr/bin/env python3
"""man PROGRAM FOLDER: manual pages from what the program says of itself.

wangge.1 and a page for each subcommand come from `--help`; what no help says (files,
environment, signals) is written here. One source: an option described twice would
soon be described wrongly.
"""
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

ITEM = re.compile(r"^  (\S.*?)(?:  +(\S.*))?$")
CJK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])(?=[\u2e80-\u9fff\uff00-\uffef])")
SUMMARY = re.compile(r"^  (\w+) +(\S.*)$")

OVERVIEW = r"""
.SH 文件 FILES
.TP
.I DIR/wangge.db
数据库 the database, with its write-ahead log
.TP
.I DIR/district
数据库在 PostgreSQL 上时，这个目录属于哪个区 with PostgreSQL: whose folder it is
.TP
.I DIR/wangge.db.moving
目标，移完以前 the target of wangge move, until it is whole
.TP
.I DIR/secret.key
个人信息的密钥，只有所有者可读 the key of personal fields, for its owner only
.TP
.I DIR/files
证据，按内容的哈希存放 evidence, by the hash of its content
.TP
.I DIR/packs
本区自己的程序包 the district's own packs
.TP
.I DIR/wangge.lock
由写入者持有 held by the one writer
.TP
.I DIR/last-backup
上次备份的时间 when the last backup was made
.TP
.I /etc/wangge/wangge.conf
软件包中服务的配置 the configuration of the packaged service
.SH 环境变量 ENVIRONMENT
.TP
.BR WANGGE_DATA ", " WANGGE_LISTEN ", " WANGGE_PACK ", " WANGGE_TRUST_PROXY ", " WANGGE_DRAIN ", "
.BR WANGGE_MAP_TILES ", " WANGGE_PUBLIC_URL ", " WANGGE_PRIVATE_TARGETS ", " WANGGE_PROXY ", "
.BR WANGGE_CALL_SERVERS ", " WANGGE_TURN_SECRET
代替同名选项，命令行优先 stand for the options of these names; the command line wins
.TP
.B WANGGE_DB
代替 \-\-db：数据库在 PostgreSQL 上的地址 stands for \-\-db: the address of a PostgreSQL.
口令放在 ~/.pgpass a password belongs into ~/.pgpass
.TP
.BR WANGGE_BACKUP_DIR ", " WANGGE_BACKUP_KEEP
定时备份放在哪里、留几份 where the nightly backup goes, and how many stay
.SH 信号 SIGNALS
.TP
.BR SIGTERM ", " SIGINT
结束服务：不再接受连接，办完手上的请求 ends the server: no new connections, running requests are answered
.TP
.B SIGHUP
重新读取账号、区划与日历 reads accounts, areas and the calendar anew
.SH 退出状态 EXIT STATUS
0 成功 fine，1 失败或有发现 no, or something was found，2 用法不对 usage
"""


def roff(text: str) -> str:
    """Text for roff; Chinese may break between any two characters."""
    safe = text.replace("\\", r"\e").replace("-", r"\-")
    safe = CJK.sub(r"\\:", safe)
    return r"\&" + safe if safe[:1] in (".", "'") else safe


def verbatim(lines: list[str]) -> Iterator[str]:
    yield from (".nf", *(roff(line) for line in lines), ".fi")


def block(lines: list[str]) -> Iterator[str]:
    """One paragraph of a help: a list of items, an example, or text."""
    if ITEM.match(lines[0]):
        for line in lines:
            item = ITEM.match(line)
            if item is None:
                yield roff(line.strip())
            elif item[2] is None:
                yield from (".TP", r"\&", roff(item[1]))
            else:
                yield from (".TP", rf"\fB{roff(item[1])}\fR", roff(item[2]))
    elif lines[0].startswith("例 "):
        yield ".PP"
        yield from verbatim(lines)
    else:
        yield ".PP"
        yield from (roff(line) for line in lines)


def page(name: str, summary: str, text: str, date: str, see: str) -> str:
    usage, *rest = [part.splitlines() for part in text.strip().split("\n\n")]
    out = [f'.TH "{name.upper()}" 1 "{date}" "wangge"', ".ad l", ".nh", ".SH NAME", rf"{roff(name)} \- {roff(summary)}",
           ".SH SYNOPSIS"]
    out += verbatim([re.sub(r"^(用法 usage: | +)", "", line) for line in usage])
    out.append(".SH DESCRIPTION")
    for part in rest:
        out += block(part)
    return "\n".join(out) + f"\n.SH SEE ALSO\n{see}\n"


def main() -> int:
    program, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])

    def asked(*words: str) -> str:
        return subprocess.run([program, *words], check=True, text=True, capture_output=True).stdout

    changelog = pathlib.Path(__file__).resolve().parent.parent / "debian/changelog"
    date = subprocess.run(["dpkg-parsechangelog", "-l", changelog, "-S", "Date"], check=True, text=True,
                          capture_output=True).stdout
    date = subprocess.run(["date", "-u", "-d", date.strip(), "+%Y-%m-%d"], check=True, text=True,
                          capture_output=True).stdout.strip()
    folder.mkdir(parents=True, exist_ok=True)
    overview = asked("--help")
    head, _, usage = overview.partition("\n\n")
    commands = dict(match.groups() for match in map(SUMMARY.match, overview.splitlines()) if match
                    and match[1] != "wangge")
    see = ",\n".join(rf".BR wangge\-{name} (1)" for name in commands)
    whole = page("wangge", head.split("，", 1)[1], usage, date, see)
    place = whole.index(".SH SEE ALSO")
    (folder / "wangge.1").write_text(whole[:place].rstrip("\n") + OVERVIEW + whole[place:], encoding="utf-8")
    for name, summary in commands.items():
        text = page(f"wangge-{name}", summary, asked(name, "--help"), date, ".BR wangge (1)")
        (folder / f"wangge-{name}.1").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
