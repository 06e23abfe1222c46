#!/usr/bin/env python3
"""Counts the result of a round again from its published sheets, without the program that counted it first.

    curl -H "Authorization: Bearer $TOKEN" $BASE/api/v1/records/ID/scores | tools/recount_scores.py

Says what differs and exits with 1, or says that all places and results are as published. Rules (docs/packs.md,
Scores): points of a sheet are the sum of value / max x weight; the result is their mean, their mean without the
n highest and lowest, or the mean of the ranks that judges give; equal results share a place and the next is
skipped, unless a criterion's mean over all sheets tells them apart. Whole numbers and fractions only.
"""
import json
import sys
from fractions import Fraction
from typing import Any

Table = dict[str, Any]


def points(sheet: Table, rule: Table) -> Fraction:
    return sum((Fraction(sheet["values"][c["field"]] * c["weight"], c["max"]) for c in rule["criteria"]),
               Fraction(0))


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def rank(sheet: Table, sheets: list[Table], groups: dict[int, Any], rule: Table) -> Fraction:
    """The rank its judge gives its entrant; equals share the middle of their ranks."""
    others = [points(o, rule) for o in sheets if o is not sheet and o["judge"] == sheet["judge"]
              and groups[o["entry"]] == groups[sheet["entry"]]]
    own = points(sheet, rule)
    return 1 + sum(o > own for o in others) + Fraction(sum(o == own for o in others), 2)


def results(table: Table) -> dict[int, Fraction]:
    rule, sheets = table["rule"], table["sheets"]
    groups = {e["nth"]: e.get("group") for e in table["entries"]}
    found = {}
    for entry in groups:
        own = [s for s in sheets if s["entry"] == entry]
        if len(own) < rule["least"]:
            continue
        if rule["method"] == "rank_sum":
            found[entry] = mean([rank(s, sheets, groups, rule) for s in own])
        else:
            trim = rule["trim"] if rule["method"] == "trimmed_mean" else 0
            found[entry] = mean(sorted(points(s, rule) for s in own)[trim:len(own) - trim])
    return found


def places(table: Table, found: dict[int, Fraction]) -> dict[int, int]:
    rule, sheets = table["rule"], table["sheets"]
    groups = {e["nth"]: e.get("group") for e in table["entries"]}

    def key(entry: int) -> list[Fraction]:
        own = [s for s in sheets if s["entry"] == entry]
        ties = [mean([Fraction(s["values"][field]) for s in own]) for field in rule["ties"]]
        return [-found[entry] if rule["method"] == "rank_sum" else found[entry], *ties]

    keys = {entry: key(entry) for entry in found}
    return {e: 1 + sum(keys[o] > keys[e] for o in found if groups[o] == groups[e]) for e in found}


def shown(value: Fraction, decimals: int) -> str:
    scaled = value * 10 ** decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{whole // 10 ** decimals}.{whole % 10 ** decimals:0{decimals}d}" if decimals else str(whole)


def prize(place: int, rule: Table) -> str | None:
    up_to = 0
    for one in rule["prizes"]:
        up_to += one["n"]
        if place <= up_to:
            return one["prize"]["code"]
    return None


def differences(table: Table) -> list[str]:
    rule, found = table["rule"], results(table)
    ranks, wrong = places(table, found), []
    for entry in table["entries"]:
        nth = entry["nth"]
        want = (shown(found[nth], rule["places"]), ranks[nth], prize(ranks[nth], rule)) if nth in found \
            else (None, None, None)
        got = (entry.get("result"), entry.get("place"), (entry.get("prize") or {}).get("code"))
        if want != got:
            wrong.append(f"{nth} {entry['title']}: published {got}, counted {want}")
    return wrong


def main() -> int:
    table = json.load(sys.stdin)
    if not table["sheets"]:
        print("no sheets are published")
        return 1
    wrong = differences(table)
    for line in wrong:
        print(line)
    print(f"{len(table['sheets'])} sheets, {len(table['entries'])} entrants: "
          + (f"{len(wrong)} differ" if wrong else "as published"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
