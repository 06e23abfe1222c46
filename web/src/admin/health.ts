export interface Finding {
  key: string;
  verdict: 'good' | 'advice' | 'wrong';
  what: string;
  todo: string | null;
}
export interface Health {
  version: string;
  started_at: string;
  findings: Finding[];
  figures: Record<string, number>;
}
export interface Backups {
  folder: string;
  running: boolean;
  last: string | null;
  problem: string | null;
  items: { name: string; at: string }[];
}

const ORDER = { wrong: 0, advice: 1, good: 2 };

export const worstFirst = (findings: Finding[]): Finding[] =>
  [...findings].sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict]);
