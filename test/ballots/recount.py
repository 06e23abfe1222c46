#!/usr/bin/env python3
"""Counts a published ballot again from what is public, with nothing of ours: the list, the key, the rule.

    recount.py LIST.csv BALLOT.json

LIST.csv is GET /api/v1/ballots/{id}/list, BALLOT.json is GET /api/v1/ballots/{id}. Says what differs and ends with 1,
or prints the count and ends with 0. Standard library only; shares are fractions.
"""
import csv
import hashlib
import io
import json
import sys
from fractions import Fraction
from typing import Any

HASH, SALT = hashlib.sha384, 48


def mgf1(seed: bytes, length: int) -> bytes:
    out = b""
    for n in range(-(-length // HASH().digest_size)):
        out += HASH(seed + n.to_bytes(4, "big")).digest()
    return out[:length]


def is_signed(message: bytes, signature: int, n: int, e: int) -> bool:
    """RSASSA-PSS verification (RFC 8017, 8.1.2), SHA-384, salt of 48 bytes."""
    size, bits = HASH().digest_size, n.bit_length() - 1
    length = (bits + 7) // 8
    if signature >= n:
        return False
    encoded = pow(signature, e, n).to_bytes(length, "big")
    masked, hashed = encoded[:length - size - 1], encoded[length - size - 1:-1]
    if encoded[-1] != 0xBC or masked[0] >> (8 - (8 * length - bits)):
        return False
    block = bytearray(a ^ b for a, b in zip(masked, mgf1(hashed, len(masked)), strict=True))
    block[0] &= 0xFF >> (8 * length - bits)
    if block[:-SALT - 1] != bytes(len(block) - SALT - 1) or block[-SALT - 1] != 1:
        return False
    salt = bytes(block[-SALT:])
    return HASH(bytes(8) + HASH(message).digest() + salt).digest() == hashed


def met(share: str | None, part: int, whole: int) -> bool:
    if share is None:
        return True
    if whole == 0:
        return False
    wanted = Fraction(share.lstrip(">"))
    return Fraction(part, whole) > wanted if share.startswith(">") else Fraction(part, whole) >= wanted


def options_of(choice: str) -> list[int]:
    return [int(one) for one in choice.split(",") if one]


class Count:
    """What the list says, and what is wrong with it."""

    def __init__(self, ballot: dict[str, Any], listed: str) -> None:
        self.ballot, self.result, self.wrong = ballot, ballot["result"], []
        self.heads: dict[int, int] = {one["no"]: 0 for one in ballot["options"]}
        self.area: dict[int, int] = dict(self.heads)
        self.part_heads = self.part_area = 0
        if hashlib.sha256(listed.encode()).hexdigest() != self.result["digest"]:
            self.wrong.append("the list is not the one the result was declared of")
        rows = list(csv.DictReader(io.StringIO(listed)))
        self.secret(rows) if ballot["secret"] else self.open(rows)

    def add(self, choice: str, heads: int, area: int) -> None:
        chosen = options_of(choice)
        if len(chosen) != len(set(chosen)) or len(chosen) > max(1, self.ballot["seats"]):
            self.wrong.append(f"a vote names too many: {choice}")
        for one in chosen:
            self.heads[one] += heads
            self.area[one] += area
        self.part_heads += heads
        self.part_area += area

    def open(self, rows: list[dict[str, str]]) -> None:
        if len({row["no"] for row in rows}) != len(rows):
            self.wrong.append("a number stands there twice")
        for row in rows:
            self.add(row["choice"], int(row["heads"]), int(row["area"]))

    def secret(self, rows: list[dict[str, str]]) -> None:
        key = self.ballot["key"]
        n, e = (int(key[part], 16) for part in ("n", "e")) if key else (0, 0)
        if len({row["token"] for row in rows}) != len(rows):
            self.wrong.append("a token stands there twice")
        for row in rows:
            if not is_signed(bytes.fromhex(row["token"]), int(row["signature"], 16), n, e):
                self.wrong.append(f"token {row['token'][:16]} was never signed")
            self.add(row["choice"], 1, 0)
        if len(rows) > self.result["online"]:
            self.wrong.append("more votes than tokens were signed")
        for one in self.result["options"]:
            self.heads[one["no"]] += one["paper"]
        self.part_heads += sum(check["have"] for check in self.result["checks"] if check["what"] == "slips")

    def holds(self, option: int) -> bool:
        rule, roll = self.result["rule"], self.result["roll"]
        heads, area = (roll["heads"], roll["area"]) if rule["of_roll"] else (self.part_heads, self.part_area)
        return met(rule["yes_heads"], self.heads[option], heads) and met(rule["yes_area"], self.area[option], area)

    def valid(self) -> bool:
        rule, roll = self.result["rule"], self.result["roll"]
        return self.part_heads > 0 and met(rule["quorum_heads"], self.part_heads, roll["heads"]) and \
            met(rule["quorum_area"], self.part_area, roll["area"]) and \
            all(check["have"] <= check["of"] for check in self.result["checks"] if check["what"] == "slips")

    def compare(self) -> list[str]:
        """What was counted here against what was declared."""
        for one in self.result["options"]:
            if (one["heads"], one["area"]) != (self.heads[one["no"]], self.area[one["no"]]):
                self.wrong.append(f"{one['zh']}: declared {one['heads']}, counted {self.heads[one['no']]}")
            if one["elected"] and not self.holds(one["no"]):
                self.wrong.append(f"{one['zh']} was elected without the votes")
        if self.result["valid"] != self.valid():
            self.wrong.append("the quorum is another")
        if not self.ballot["choose"] and self.result["passed"] != (self.valid() and self.holds(1)):
            self.wrong.append("the verdict is another")
        part = self.result["part"]
        if (part["heads"], part["area"]) != (self.part_heads, self.part_area):
            self.wrong.append("who took part is another number")
        return self.wrong


def main() -> int:
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        listed = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:
        count = Count(json.load(file), listed)
    wrong = count.compare()
    for one in wrong:
        print(one)
    for one in count.result["options"]:
        print(f"{one['zh']}\t{count.heads[one['no']]}\t{count.area[one['no']] / 100:.2f} m2")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
