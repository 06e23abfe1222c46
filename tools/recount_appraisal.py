#!/usr/bin/env python3
"""Counts a month's ranking again from its published figures, without the program that counted it first.

    curl $BASE/api/v1/records/ID/appraisal | tools/recount_appraisal.py

Says what differs and exits with 1, or says that all points and places are as published. Rules (docs/packs.md,
Appraisal): a figure becomes a share of 100 along the line from what is worth nothing (then the floor) to what is
worth all, rounded to four decimals; shares times weights are points; the weight of an indicator without a figure goes
to the others in proportion; the total is rounded once; equal totals share a place and the next is skipped. Fractions
only, halves up.
"""
import json
import sys
from fractions import Fraction
from typing import Any

Table = dict[str, Any]


def rounded(value: Fraction, decimals: int) -> Fraction:
    scaled = value * 10 ** decimals
    return Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator), 10 ** decimals)


def shown(value: Fraction, decimals: int) -> str:
    whole = int(value * 10 ** decimals)
    return f"{whole // 10 ** decimals}.{whole % 10 ** decimals:0{decimals}d}" if decimals else str(whole)


def bounds(rule: Table, values: list[Fraction]) -> tuple[Fraction, Fraction]:
    """What is worth nothing, and what is worth all."""
    if rule["normal"] == "target":
        return Fraction(rule["zero"]), Fraction(rule["full"])
    low, high = (min(values), max(values)) if rule["normal"] == "range" else (Fraction(0), Fraction(rule["full"]))
    return (high, low) if rule["lower_is_better"] else (low, high)


def share(rule: Table, values: list[Fraction], value: Fraction | None) -> Fraction | None:
    if value is None:
        return {"spread": None, "full": Fraction(100), "floor": Fraction(rule["floor"])}[rule["none"]]
    zero, full = bounds(rule, values)
    part = Fraction(1) if zero == full else (value - zero) / (full - zero)
    return rule["floor"] + rounded((100 - rule["floor"]) * min(max(part, Fraction(0)), Fraction(1)), 4)


def indicators(table: Table) -> list[Table]:
    """As the figures of a unit lie."""
    by_code = {one["code"]: one for dimension in table["rule"]["dimensions"] for one in dimension["indicators"]}
    return [by_code[figure["item"]] for figure in table["units"][0]["figures"]]


def totals(table: Table) -> list[Fraction | None]:
    places = table["rule"]["places"]
    got: list[list[tuple[Fraction, Fraction]]] = [[] for _ in table["units"]]
    for i, rule in enumerate(indicators(table)):
        texts = [unit["figures"][i]["value"] for unit in table["units"]]
        values = [Fraction(text) for text in texts if text is not None]
        for unit, text in enumerate(texts):
            part = share(rule, values, None if text is None else Fraction(text))
            if part is not None:
                got[unit].append((Fraction(rule["weight"]), part))
    weights = [sum((weight for weight, _ in parts), Fraction(0)) for parts in got]
    return [rounded(sum((w * part for w, part in parts), Fraction(0)) / weight, places) if weight else None
            for parts, weight in zip(got, weights)]


def differences(table: Table) -> list[str]:
    found, wrong = totals(table), []
    for unit, total in zip(table["units"], found):
        place = None if total is None else 1 + sum(other is not None and other > total for other in found)
        want = (None if total is None else shown(total, table["rule"]["places"]), place)
        if want != (unit["total"], unit["place"]):
            wrong.append(f"{unit['name']}: published {unit['total']}, {unit['place']}; counted {want[0]}, {want[1]}")
    return wrong


def main() -> int:
    table = json.load(sys.stdin)
    if not table["units"]:
        print("nobody is ranked")
        return 1
    wrong = differences(table)
    for line in wrong:
        print(line)
    print(f"{table['month']}, {len(table['units'])} ranked: " + (f"{len(wrong)} differ" if wrong else "as published"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
