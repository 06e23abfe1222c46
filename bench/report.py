"""Results as a page to read."""


def table(head: list[str], rows: list[list[object]]) -> str:
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    out += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(out) + "\n"


def middle(all_: list[dict], name: str) -> float:
    return sorted(one[name] for one in all_)[len(all_) // 2]


def reads(name: str, found: dict[str, dict[str, list[dict]]]) -> str:
    rows = [[page, size, f"{middle(all_, 'per_s'):,.0f}", f"{middle(all_, 'p50_ms'):.2f}",
             f"{middle(all_, 'p99_ms'):.2f}", f"{middle(all_, 'bytes_each') / 1000:.1f}",
             middle(all_, "server_cores"), middle(all_, "client_cores")]
            for page, sizes in found.items() for size, all_ in sizes.items()]
    return (f"\n## {name.capitalize()}, 64 connections\n\n"
            "Closed loop: every connection asks again as soon as it is answered, so that"
            " the latency is that of a server that never rests. Paced: requests arrive at a fixed modest rate.\n\n"
            + table(["page", "records", "answers/s", "p50 ms", "p99 ms", "KB", "cores: server", "client"], rows))


def intake(name: str, found: dict) -> str:
    rows = [[turn + 1, f"{h['per_s']:,.0f}", f"{h['p50_ms']:.1f}", f"{h['p99_ms']:.1f}", f"{f['per_s']:,.0f}",
             f"{f['p50_ms']:.1f}", f"{f['p99_ms']:.1f}", f"{f['batch']:.0f}", f"{h['per_s'] / f['per_s']:.0%}"]
            for turn, (h, f) in enumerate(zip(found["http"], found["floor"]))]
    return f"\n## Durable {name}, 64 clients\n\n" + table(
        ["turn", "HTTP/s", "p50 ms", "p99 ms", "floor/s", "p50 ms", "p99 ms", "batch", "ratio"], rows)


def markdown(results: dict) -> str:
    figures = results["figures"]
    text = f"# Figures of {results['date']}, commit {results['commit']}\n\n"
    text += "".join(f"- {line}\n" for line in [*results["machine"], f"took {results['seconds']} s"])
    text += "\n## Limits\n\n" + table(["what", "found", "limit", ""], [
        [what, found, limit, "pass" if holds else "**FAIL**"] for what, found, limit, holds in results["checks"]])
    for name, found in figures.items():
        if name.startswith("intake"):
            text += intake(name, found)
    for name, found in figures.items():
        if name.startswith("reads"):
            text += reads(name, found)
    others = [(name, found) for name, found in figures.items()
              if name.startswith(("simulate", "move", "huge")) or name in ("import", "live", "start")]
    if others:
        text += "\n## Other figures\n\n" + table(["what", "figures"], [
            [name, ", ".join(f"{k} {v}" for k, v in found.items())] for name, found in others])
    return text
