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
): { title: string; rows?: string; known?: Point[] } | null {
  const due = (point: Point) => (point.due_at ? Date.parse(point.due_at) : Infinity);
  const open = (passes: (point: Point) => boolean): Point[] =>
    board.pointsRead ? board.points.top(MOST, passes, (a, b) => due(a) - due(b)) : [];
  if (key === 'area' && area)
    return {
      title: `${area.name} · ${t('board.open')}`,
      known: open((point) => point.area.startsWith(area.code)),
    };
  if (key === 'sort' && area) return { title: `${area.name} · ${t('board.receivedDays')}`, rows: area.rows };
  const figure = board.figures[key];
  if (!figure) return null;
  const title = `${t(`board.${key}`)} ${figureWords(figure, lang)}`;
  if (key === 'open') return { title, known: open(() => true) };
  if (key === 'late') return { title, known: open((point) => point.late) };
  return { title, rows: figure.rows };
}
