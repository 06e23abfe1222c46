"""Runs unittest modules of a folder, each test with its time, and ends with "N passed, N failed"."""
import argparse
import importlib
import multiprocessing
import os
import pathlib
import sys
import time
import unittest
from collections.abc import Iterator
from multiprocessing.queues import SimpleQueue
from typing import ClassVar

from support.client import Client, Recorder
from support.server import Folder, Server


SAMPLE_ACCOUNTS = ("admin", "leader", "commander", "clerk", "worker", "patrol", "verifier", "town", "village", "dept",
                   "resident", "resident2")


class District(unittest.TestCase):
    """Tests that share one server on a fresh sample district."""

    folder: Folder
    recorder: Recorder
    server: Server
    clients: dict[str | None, Client]
    tokens: ClassVar[dict[str, str | None]] = {}  # sessions that stand in the sample, so in every copy of it

    @classmethod
    def setUpClass(cls) -> None:
        cls.clients = {}
        cls.server = Server(cls.folder.wangge, cls.district()).start()

    @classmethod
    def district(cls) -> pathlib.Path:
        """What it runs on: a copy of the sample."""
        return cls.folder.district()

    @classmethod
    def tearDownClass(cls) -> None:
        for client in cls.clients.values():
            client.close()
        status = cls.server.end()
        if status != 0:
            raise AssertionError(f"the server ended with {status}:\n{cls.server.tail()}")

    def anyone(self) -> Client:
        """A new client that has not signed in."""
        return Client(self.server.port, recorder=self.recorder)

    def be(self, login: str | None) -> Client:
        """The client of a sample account; None for anonymous."""
        if login not in self.clients:
            client = self.anyone()
            client.token = self.tokens.get(login or "")
            self.clients[login] = client.sign_in(login) if login and client.token is None else client
        return self.clients[login]

    def expect(self, answer: object, status: int, key: str | None = None) -> None:
        """The answer has this status and, of a refusal, this key."""
        self.assertEqual(answer.status, status, repr(answer))  # type: ignore[attr-defined]
        if key is not None:
            self.assertEqual(answer.key, key, repr(answer))  # type: ignore[attr-defined]


class Result(unittest.TestResult):
    """One line a test."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = self.failed = 0
        self.began = 0.0
        self.whole = True

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.began, self.whole = time.monotonic(), True

    def say(self, test: object, trouble: str) -> None:
        self.failed += 1
        self.whole = False
        print(f"not ok  {test}\n{trouble}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        if self.whole:
            self.passed += 1
            print(f"ok {time.monotonic() - self.began:6.2f} s  {test}", flush=True)

    def addFailure(self, test, err) -> None:  # type: ignore[no-untyped-def]
        super().addFailure(test, err)
        self.say(test, self.failures[-1][1])

    def addError(self, test, err) -> None:  # type: ignore[no-untyped-def]
        super().addError(test, err)
        self.say(test, self.errors[-1][1])

    def addSubTest(self, test, subtest, err) -> None:  # type: ignore[no-untyped-def]
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.say(subtest, (self.failures or self.errors)[-1][1])


def sign_everybody_in() -> None:
    """Once in the sample instead of in each of its copies: a password is dear to check, as it should be."""
    server = Server(District.folder.wangge, District.folder.make_sample()).start()
    for login in SAMPLE_ACCOUNTS:
        client = Client(server.port).sign_in(login)
        District.tokens[login] = client.token
        client.close()
    server.end()


def run(names: Iterator[str]) -> tuple[int, int]:
    """Passed, failed in these modules."""
    passed = failed = 0
    for name in names:
        result = Result()  # it remembers which class is to be torn down, so each module has its own
        unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)).run(result)
        passed, failed = passed + result.passed, failed + result.failed
    return passed, failed


def worker(number: int, answers: str | None, names: "SimpleQueue[str]", counts: "SimpleQueue[tuple[int, int]]") -> None:
    """Takes one module after the other, beside its likes; districts and answers are its own."""
    District.folder.prefix = f"{number}-"
    District.recorder = Recorder(answers and f"{answers}.{number}")
    counts.put(run(iter(names.get, "")))


def side_by_side(jobs: int, modules: list[str], answers: str | None) -> tuple[int, int]:
    """Passed, failed. A test mostly waits for its server, so that two at once take little more than half the time."""
    forked = multiprocessing.get_context("fork")
    names, counts = forked.SimpleQueue(), forked.SimpleQueue()
    for name in modules + [""] * jobs:
        names.put(name)
    workers = [forked.Process(target=worker, args=(n, answers, names, counts)) for n in range(jobs)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    done = [counts.get() for one in workers if one.exitcode == 0]
    if answers:
        parts = [pathlib.Path(f"{answers}.{n}") for n in range(jobs)]
        pathlib.Path(answers).write_text("".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
        for part in parts:
            part.unlink()
    return sum(passed for passed, _ in done), sum(failed for _, failed in done) + sum(w.exitcode != 0 for w in workers)


def main(folder: pathlib.Path, modules: list[str] | None = None) -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--wangge", type=pathlib.Path, required=True, help="the program under test")
    arguments.add_argument("--answers", help="write every JSON answer into this file")
    arguments.add_argument("--slow", default="1", help="times more patience, for sanitizers")
    arguments.add_argument("--jobs", type=int, default=1, help="modules at a time")
    arguments.add_argument("modules", nargs="*", help="only these, such as test_flow")
    chosen = arguments.parse_args()
    os.environ["WANGGE_TEST_SLOW"] = chosen.slow
    District.folder = Folder(chosen.wangge.resolve())
    names = chosen.modules or modules or sorted(p.stem for p in folder.glob("test_*.py"))
    sys.path.insert(0, str(folder))
    try:
        sign_everybody_in()
        if chosen.jobs > 1:
            passed, failed = side_by_side(chosen.jobs, names, chosen.answers)
        else:
            District.recorder = Recorder(chosen.answers)
            passed, failed = run(iter(names))
    finally:
        District.folder.remove()
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)
