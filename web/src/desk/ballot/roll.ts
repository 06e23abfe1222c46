/** A line of the roll as the desk sees it. */
export interface RollLine {
  no: number;
  name: string;
  label: string;
  place: string;
  heads: number;
  area: number;
  account: boolean;
  proxy: number;
  mark: string;
  /** Of a paper vote that one person typed in. */
  typed: 'mine' | 'other' | null;
}

/** "89.56" as hundredths of a square metre; null when it is no such number. */
export function hundredths(text: string): number | null {
  const parts = text.trim().match(/^(\d{1,7})(?:\.(\d{1,2}))?$/);
  return parts ? Number(parts[1]) * 100 + Number((parts[2] ?? '').padEnd(2, '0')) : null;
}
