import { moveOf, sortMoves, type Move } from '@/shared/moves';
import type { Kind, Matter } from '@/shared/types';

/** A move that leads on: into a state that lights up, not a note on the side, not taking it back. */
function leads(kind: Kind, move: Move): boolean {
  return kind.flow.states.some((state) => state.name === move.to && state.light !== 'none');
}

/** What is wanted of me now: the first move in the flow's order that leads on. */
export function mainMove(kind: Kind | undefined, allowed: string[] | undefined): Move | undefined {
  if (!kind) return undefined;
  return sortMoves(kind, allowed ?? [])
    .first.map((name) => moveOf(kind, name))
    .find((move) => leads(kind, move));
}

/** One touch is enough: nothing to fill in, nobody to choose. Where one is, the phone says. */
export const saysWhere = (move: Move | undefined): boolean =>
  Boolean(move?.needs.includes('here') || move?.takes.includes('here'));

export function isOneTouch(move: Move | undefined): boolean {
  const asks = [...(move?.needs ?? []), ...(move?.takes ?? [])].some((one) => one !== 'here');
  return Boolean(move) && !asks && !move?.parties.length;
}

/** What may be done once a step of one's own that still waits has arrived: the steps that come after it, and what
 * was offered apart from steps. The server decides when they arrive. */
export function movesAfter(kind: Kind, step: string | undefined, offered: string[]): string[] {
  if (!step) return offered;
  const steps = kind.flow.transitions.filter((move) => move.each && move.after?.includes(step));
  const rest = offered.filter((name) => !moveOf(kind, name)?.after);
  return [...new Set([...steps.map((move) => move.name), ...rest])];
}

/** Mine to do: I, or my unit, have a part in it, and not only as reporter or as who answers for the area. */
export function isGiven(
  matter: Matter | undefined,
  account: string | null | undefined,
  orgs: string[],
): boolean {
  return Boolean(
    matter?.parties?.some(
      ({ role, account: who, org }) =>
        !['reporter', 'owner'].includes(role) && ((who && who === account) || (org && orgs.includes(org))),
    ),
  );
}
