import type { Lang } from '@/shared/format';
import { figureWords } from '@/shared/format';
import type { useBoard } from './boardStore';
import type { Point } from './pointSet';

const MOST = 300;

/** What stands behind a figure: a list the server has, or open matters that the board knows already. */
export function rowsOf(
  key: string,
  area: { code: string; name: string; rows?: string } | null,
  board: ReturnType<typeof useBoard>,
  t: (key: string) => string,
  lang: Lang,
): { title: string; rows?: string; known?: Point[]; total?: number } | null {
  const due = (point: Point) => (point.due_at ? Date.parse(point.due_at) : Infinity);
  /** The figures count one kind; the map shows them all. */
  const open = (passes: (point: Point) => boolean) => {
    const counted = (point: Point) => point.kind === board.kind?.kind && passes(point);
    if (!board.pointsRead) return { known: [], total: 0 };
    return {
      known: board.points.top(MOST, counted, (a, b) => due(a) - due(b)),
      total: board.points.number(counted),
    };
  };
  if (key === 'area' && area)
    return {
      title: `${area.name} · ${t('board.open')}`,
      ...open((point) => point.area.startsWith(area.code)),
    };
  if (key === 'sort' && area) return { title: `${area.name} · ${t('board.receivedDays')}`, rows: area.rows };
  const figure = board.figures[key];
  if (!figure) return null;
  const title = `${t(`board.${key}`)} ${figureWords(figure, lang)}`;
  if (key === 'open') return { title, ...open(() => true) };
  if (key === 'late') return { title, ...open((point) => point.late) };
  return { title, rows: figure.rows };
}
