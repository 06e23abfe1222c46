/** One thing the palette can do. */
export interface Command {
  id: string;
  title: string;
  group: string;
  /** The key that does the same. */
  key?: string;
  run: () => void;
}

/** Do the letters of `typed` stand in `text` in their order? How well: a whole word best, -1 not at all. */
export function fit(text: string, typed: string): number {
  const there = text.toLowerCase();
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return 1;
  const whole = there.indexOf(wanted);
  if (whole >= 0) return 100 - Math.min(whole, 50);
  let at = -1;
  let gaps = 0;
  for (const letter of wanted.replace(/\s/g, '')) {
    const next = there.indexOf(letter, at + 1);
    if (next < 0) return -1;
    if (at >= 0) gaps += next - at - 1;
    at = next;
  }
  return Math.max(0, 40 - gaps);
}

/** The commands that fit, best first; equals stay in their order. */
export function rank(all: Command[], typed: string): Command[] {
  return all
    .map((command, n) => ({ command, n, score: fit(`${command.title} ${command.group}`, typed) }))
    .filter((one) => one.score >= 0)
    .sort((a, b) => b.score - a.score || a.n - b.n)
    .map((one) => one.command);
}
