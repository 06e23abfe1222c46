#!/usr/bin/env python3
"""run_tests [--deep] [STAGE…]: every stage of the tests, each with its times.

A stage counts by the line "N passed, N failed" that its program prints; one that
prints none counts as a single check by its exit status. The run ends with the sum
in one such line, and fails if anything failed. Nothing is skipped silently: what a
stage had to leave out it says in lines "not run: …", and the end repeats their number.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "test"))

from support import postgres  # noqa: E402 -- needs the path above
from support.server import Folder, Server  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
WANGGE = ROOT / "build/wangge"
ANSWERS = ROOT / "build/answers.jsonl"
COUNTS = re.compile(r"^(?P<good>\d+) passed, (?P<bad>\d+) failed$")
VITEST = re.compile(r"^Tests +(?:(?P<bad>\d+) failed \| )?(?P<good>\d+) passed \(\d+\)$")
GCC_ONLY = re.compile(r" -(Wduplicated-cond|Wlogical-op|Wstringop-overflow=\d|ftrivial-auto-var-init=zero)\b")
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0",
                 "LSAN_OPTIONS": f"suppressions={ROOT}/test/lsan.supp:print_suppressions=0",
                 "TSAN_OPTIONS": f"halt_on_error=0:exitcode=66:suppressions={ROOT}/test/tsan.supp",
                 "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    left_out: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.passed + other.passed, self.failed + other.failed, self.left_out + other.left_out)


def run(*command: object, **env: str) -> Tally:
    """Runs one program, shows what it prints, counts its checks."""
    words = [str(word) for word in command]
    counted, left_out = None, 0
    try:
        process = subprocess.Popen(words, cwd=ROOT, env=os.environ | SANITIZER_ENV | env, text=True,
                                   errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as missing:
        print(f"  {words[0]}: {missing.strerror}")
        return Tally(0, 1)
    assert process.stdout is not None
    for line in process.stdout:
        counts = COUNTS.match(line.strip()) or VITEST.match(line.strip())
        if counts:
            counted = Tally(int(counts["good"]), int(counts["bad"] or 0))
        else:
            print(f"  {line}", end="", flush=True)
            left_out += line.startswith("not run: ")
    ok = process.wait() == 0
    if counted is None:
        counted = Tally(1, 0) if ok else Tally(0, 1)
    elif not ok and counted.failed == 0:
        counted.failed = 1
    counted.left_out = left_out
    if not ok:
        print(f"  FAILED ({process.returncode}): {' '.join(words)}")
    return counted


def quiet(*command: object, **env: str) -> Tally:
    """The same for builders, which talk a lot: shows the output only of a failure."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | SANITIZER_ENV | env, text=True, errors="replace",
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print(done.stdout[-20000:] + f"  FAILED ({done.returncode}): {' '.join(words)}")
    return Tally(0, 1) if done.returncode else Tally(1, 0)


def each(*commands: tuple[object, ...]) -> Tally:
    return sum((run(*command) for command in commands), Tally())


def compiled(name: str, *options: str, cc: str = "gcc", targets: list[str] | None = None) -> Tally:
    """A build of its own in build-NAME, of everything or of some targets."""
    folder = ROOT / f"build-{name}"
    result = Tally()
    if not (folder / "build.ninja").exists():
        result = quiet("meson", "setup", folder, *options, CC=cc)
    return result + quiet("ninja", "-C", folder, *(targets or [])) if result.failed == 0 else result


def meson_tests(folder: str, *options: str, **env: str) -> Tally:
    """The programs beside the code: their TAP lines are the checks."""
    base = "postgres" if postgres.HERE in env else "here"  # both may run at once
    for old in (ROOT / folder / "meson-logs").glob(f"{base}*.json"):
        old.unlink()
    result = quiet("meson", "test", "-C", folder, "--logbase", base, "--print-errorlogs",
                   *(options or ("--suite", "unit")), **env)
    log = next((ROOT / folder / "meson-logs").glob(f"{base}*.json"), None)
    if log is None:
        return result
    count = Tally()
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        one = json.loads(line)
        good = len(re.findall(r"^ok ", one["stdout"], re.M))
        bad = len(re.findall(r"^not ok ", one["stdout"], re.M))
        count += Tally(good, max(bad, int(one["result"] != "OK")))
    print(f"  {count.passed + count.failed} checks")
    return count + Tally(0, int(result.failed > 0 and count.failed == 0))


def fuzz(*options: str) -> Tally:
    """Every fuzzer over its corpus; with options, for minutes."""
    names = sorted(source.stem for source in (ROOT / "src").rglob("*_fuzz.c"))
    result = compiled("fuzz", "-Dfuzz=true", "-Db_sanitize=address,undefined", "-Db_lundef=false", cc="clang",
                      targets=[f"src/{name}" for name in names])
    orders = []
    for program in (ROOT / "build-fuzz/src" / name for name in names):
        corpus = ROOT / "test/corpus" / program.name.removesuffix("_fuzz")
        seeds = sorted(corpus.iterdir()) if corpus.is_dir() else []
        if not seeds:
            print(f"  {program.name}: no corpus in {corpus.relative_to(ROOT)}")
            result += Tally(0, 1)
            continue
        print(f"  {program.name}: {len(seeds)} inputs")
        grown = ROOT / "build-fuzz/grown" / program.name
        grown.mkdir(parents=True, exist_ok=True)
        orders.append((program, *options, grown, corpus) if options else (program, *seeds))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda order: quiet(*order), orders), result)


def commands_for_clang() -> set[pathlib.Path]:
    """build/tidy: gcc's compile commands without what only gcc knows. Returns the sources."""
    commands = json.loads((ROOT / "build/compile_commands.json").read_text(encoding="utf-8"))
    for one in commands:
        one["command"] = GCC_ONLY.sub("", one["command"])
    (ROOT / "build/tidy").mkdir(exist_ok=True)
    (ROOT / "build/tidy/compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
    return {pathlib.Path(one["directory"], one["file"]).resolve() for one in commands}


def tidy(everything: bool) -> Tally:
    """clang-tidy: what changed since the last commit but one, or all. Not tests, whose check() is a branch each."""
    names = ["git", "ls-files", "src/*.c"] if everything else ["git", "diff", "--name-only", "HEAD~1", "--", "src/*.c"]
    listed = subprocess.run(names, cwd=ROOT, text=True, capture_output=True, check=False).stdout.split()
    known = commands_for_clang()
    files = [name for name in listed if (ROOT / name).resolve() in known and not name.endswith("_test.c")]
    if not everything:
        files = files[:12]
    print(f"  {len(files)} files")
    if not files:
        return Tally(1, 0)
    return quiet("run-clang-tidy", "-quiet", "-p", "build/tidy", *(f"{re.escape(str(ROOT / f))}$" for f in files))


def scenarios() -> Tally:
    return each(*((WANGGE, "scenario", story) for story in sorted(ROOT.glob("packs/*/scenario*.yaml"))))


def browser(*options: str) -> Tally:
    """Real screens on a fresh sample district."""
    folder = Folder(WANGGE)
    try:
        server = Server(WANGGE, folder.district())
        server.env["WANGGE_PRIVATE_TARGETS"] = "127.0.0.1"  # where the tests' own receivers of notices listen
        server.start()
        result = run("node", "test/browser/run.mjs", *options, BASE_URL=f"http://127.0.0.1:{server.port}",
                     WANGGE=str(WANGGE))
        return result + Tally(0, int(server.end() != 0))
    except (OSError, RuntimeError, subprocess.SubprocessError) as trouble:
        print(f"  {trouble}")
        return Tally(0, 1)
    finally:
        folder.remove()


def guide() -> Tally:
    """The pictures of the guide can still be taken, and its pages show them all."""
    with tempfile.TemporaryDirectory() as folder:
        return run("node", "test/browser/guide.mjs", GUIDE_OUT=folder, WANGGE=str(WANGGE))


# Programs beside the code that run on whichever database there is; postgres_test, kept_test, outage_test and
# servers_test need a server.
ON_SERVER = ("sql_test", "table_test", "postgres_test", "kept_test", "cel_sql_test", "calendar_test", "identity_test",
             "file_test", "door_test", "verify_test", "clock_test", "measure_test", "outage_test", "servers_test")
# What asks the database most; the rest of HTTP goes there in the deep run.
ON_SERVER_HTTP = ("test_commands", "test_flow", "test_lists", "test_measures", "test_stream")
ON_SERVER_DEEP = ("area_test", "area_api_test", "identity_api_test", "engine_test", "zone_test", "story_test")


def on_postgres(stage: Callable[[dict[str, str]], Tally]) -> Tally:
    """A stage beside a PostgreSQL server of its own."""
    try:
        with postgres.server() as server:
            return stage(server.environment())
    except (OSError, RuntimeError, subprocess.SubprocessError) as trouble:
        print(f"  {trouble}")
        return Tally(0, 1)


def scenarios_on_postgres(env: dict[str, str], packs: str = "*") -> Tally:
    """Each on an empty database."""
    result, where = Tally(), env[postgres.HERE]
    for number, story in enumerate(sorted(ROOT.glob(f"packs/{packs}/scenario*.yaml"))):
        result += run(WANGGE, "scenario", "--db", postgres.create(f"scenario_{number}", where), story)
    return result


def relayed_calls() -> Tally:
    """Two browsers that only a TURN server joins: on one server, then on two that share a PostgreSQL."""
    story = ("node", "test/browser/relay.mjs")
    return run(*story, WANGGE=str(WANGGE)) + on_postgres(
        lambda env: run(*story, WANGGE=str(WANGGE), WANGGE_TEST_DB=postgres.create("relay", env[postgres.HERE])))


# Without test_doctor_server, which sets a server wrongly in seventeen ways, and test_distribute with its districts.
CLI = ("test_options", "test_doctor", "test_beside_server")

Stage = tuple[str, Callable[[], Tally]]
# Side by side: lint and the build; then lanes of stages that follow each other, for most of a stage's time is waiting,
# for a browser, a server or a clock. The contract reads the answers that the HTTP tests left.
BEFORE: list[list[Stage]] = [
    [("build", lambda: quiet("make", "-s", "all"))],
    [("lint", lambda: run("make", "-s", "lint"))],
]
LANES: list[list[Stage]] = [
    [("http", lambda: run("test/http/run.py", "--wangge", WANGGE, "--jobs", 2, "--answers", ANSWERS)),
     ("contract", lambda: run("test/contract/run.py", "--wangge", WANGGE, "--answers", ANSWERS)),
     ("scenarios", scenarios),
     ("faults", lambda: run("test/crash/disk.py", "--wangge", WANGGE)),
     ("browser: administration", lambda: browser("admin")),
     ("crash", lambda: run("test/crash/crash.py", "--wangge", WANGGE, "--rounds", "12"))],
    [("browser", lambda: browser("--without", "admin", "design"))],
    [("unit", lambda: meson_tests("build")),
     ("static analysis", lambda: tidy(False)),
     ("web units", lambda: run("npm", "--prefix", "web", "run", "--silent", "test", NO_COLOR="1")),
     ("command line", lambda: run("test/cli/run.py", "--wangge", WANGGE, *CLI)),
     ("operations", lambda: run("test/operations/run.py", "--wangge", WANGGE)),
     ("real input", lambda: run("test/boston/run.py", "--wangge", WANGGE)),
     ("unit on postgresql", lambda: on_postgres(lambda env: meson_tests("build", *ON_SERVER, **env))),
     ("http on postgresql",
      lambda: on_postgres(lambda env: run("test/http/run.py", "--wangge", WANGGE, *ON_SERVER_HTTP, **env))),
     ("scenarios on postgresql", lambda: on_postgres(lambda env: scenarios_on_postgres(env, "incident"))),
     ("browser: components", lambda: browser("design"))],
]
TURN = threading.Lock()


def apart(name: str) -> Tally:
    """A stage in a process of its own; what it prints comes in one piece when it has ended."""
    done = subprocess.run([sys.executable, __file__, name], text=True, errors="replace", check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    *lines, last = done.stdout.splitlines() or [""]
    counts, left_out = COUNTS.match(last), re.search(r"^== NOT RUN: (\d+)", done.stdout, re.M)
    with TURN:
        print("\n".join(line for line in lines if not line.startswith(("== all stages", "== NOT RUN"))), flush=True)
        if counts is None:
            print(f"  {last}\n  FAILED ({done.returncode}): {name}", flush=True)
            return Tally(0, 1)
    return Tally(int(counts["good"]), max(int(counts["bad"]), int(done.returncode != 0)),
                 int(left_out[1]) if left_out else 0)


def side_by_side(lanes: list[list[Stage]]) -> Tally:
    with ThreadPoolExecutor(len(lanes)) as pool:
        return sum(pool.map(lambda lane: sum((apart(name) for name, _ in lane), Tally()), lanes), Tally())


def sanitized(name: str, sanitizer: str, cc: str) -> Tally:
    """Unit and HTTP tests of a build that watches itself."""
    options = [f"-Db_sanitize={sanitizer}"] + (["-Db_lundef=false"] if cc == "clang" else [])
    built = compiled(name, *options, cc=cc)
    if built.failed:
        return built
    program = ROOT / f"build-{name}/wangge"
    tests = meson_tests(f"build-{name}", "--suite", "unit", "-t", "5", WANGGE_PATIENCE="5")
    return built + tests + run("test/http/run.py", "--wangge", program, "--slow", "5", "--jobs", 2)


def valgrind() -> Tally:
    """Not cel_sql_test: SQLite reads decimals with 80 bits, of which valgrind computes 64, so last digits differ."""
    wrap = "valgrind --quiet --error-exitcode=9 --leak-check=full --show-leak-kinds=definite"
    built = compiled("plain")
    if built.failed:
        return built
    listed = subprocess.run(["meson", "introspect", "--tests", "build-plain"], cwd=ROOT, text=True, check=True,
                            capture_output=True).stdout
    units = [one["name"] for one in json.loads(listed) if "wangge:unit" in one["suite"]]
    names = [name for name in units if name != "cel_sql_test"]
    return built + meson_tests("build-plain", "-t", "20", f"--wrap={wrap} --errors-for-leak-kinds=definite", *names,
                               WANGGE_PATIENCE="20")


DEEP: list[Stage] = [
    ("static analysis of all", lambda: tidy(True)),
    ("clang", lambda: compiled("clang", cc="clang") + meson_tests("build-clang")),
    ("address and undefined", lambda: sanitized("asan", "address,undefined", "clang")),
    ("threads", lambda: sanitized("tsan", "thread", "clang")),
    ("corpus", fuzz),
    ("every screen", lambda: browser("--deep")),
    ("calls through a relay", relayed_calls),
    ("guide", guide),
    ("servers set wrongly, tables laid out",
     lambda: run("test/cli/run.py", "--wangge", WANGGE, "test_doctor_server", "test_distribute")),
    ("package", lambda: run("test/package/run.py", "--wangge", WANGGE)),
    ("bare Debian", lambda: run("test/package/run.py", "--wangge", WANGGE, "test_chroot")),
    ("valgrind", valgrind),
    ("fuzzing", lambda: fuzz("-max_total_time=120", "-timeout=10", "-rss_limit_mb=2048",
                            f"-artifact_prefix={ROOT}/build-fuzz/")),
    ("command line on postgresql",
     lambda: on_postgres(lambda env: run("test/cli/run.py", "--wangge", WANGGE, "test_beside_server", **env))),
    ("all http on postgresql",
     lambda: on_postgres(lambda env: run("test/http/run.py", "--wangge", WANGGE, "--jobs", 2, **env))),
    ("all units on postgresql", lambda: on_postgres(lambda env: meson_tests("build", *ON_SERVER_DEEP, **env))),
    ("move", lambda: run("test/move/run.py", "--wangge", WANGGE)),
    ("all scenarios on postgresql", lambda: on_postgres(scenarios_on_postgres)),
    ("long scenarios",
     lambda: each(*((WANGGE, "scenario", story) for story in sorted(ROOT.glob("packs/*/long*.yaml"))))),
    ("many kills of the database", lambda: run("test/crash/database.py", "--wangge", WANGGE, "--rounds", "60")),
    ("many cuts, many full disks", lambda: run("test/crash/link.py", "--wangge", WANGGE, "--rounds", "10")),
    ("back to a moment", lambda: run("test/crash/recovery.py", "--wangge", WANGGE)),
    ("servers killed and restarted", lambda: run("test/servers/run.py", "--wangge", WANGGE, "--rounds", "12")),
    ("high availability", lambda: run("test/servers/ha.py", "--wangge", WANGGE)),
    ("a thousand clocks", lambda: run("test/crash/clocks.py", "--wangge", WANGGE)),
    ("a burst of votes, counted again", lambda: run("bench/votes.py", WANGGE, "3000")),
    ("votes while it is killed", lambda: run("test/crash/votes.py", "--wangge", WANGGE, "--kills", "12")),
    ("hundreds of kills", lambda: run("test/crash/crash.py", "--wangge", WANGGE, "--rounds", "300")),
]


def processor_s() -> float:
    """What all programs took that have ended since this one began."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def one_by_one(stages: list[Stage]) -> Tally:
    total = Tally()
    for name, stage in stages:
        print(f"== {name}", flush=True)
        start, used = time.monotonic(), processor_s()
        result = stage()
        total += result
        verdict = "FAILED" if result.failed else "ok"
        print(f"== {name}: {verdict}, {result.passed} good, {result.failed} bad, {time.monotonic() - start:.1f} s, "
              f"{processor_s() - used:.0f} s of processor", flush=True)
    return total


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--deep", action="store_true", help="also what takes an hour")
    arguments.add_argument("stages", nargs="*", help="only these")
    chosen = arguments.parse_args()
    total, began = Tally(), time.monotonic()
    if chosen.stages:
        total = one_by_one([stage for stage in sum(BEFORE + LANES, DEEP) if stage[0] in chosen.stages])
    else:
        total = side_by_side(BEFORE)
        if total.failed == 0:  # without a program there is nothing to test
            total += side_by_side(LANES) + one_by_one(DEEP if chosen.deep else [])
    print(f"== all stages: {time.monotonic() - began:.0f} s")
    if total.left_out:
        print(f"== NOT RUN: {total.left_out}, see the lines “not run”")
    print(f"{total.passed} passed, {total.failed} failed")
    return int(total.failed > 0 or total.passed == 0)


if __name__ == "__main__":
    sys.exit(main())
