import { isAsked } from './form';
import type { Kind, Matter, Transition } from './types';
import type { LocalFile } from './files';

/** How a move is sent: straight away, or through the phone's outbox. */
export type MoveSender = (
  path: string,
  body: object,
  files: LocalFile[],
  fileField: string | undefined,
  title: string,
  kept?: string[],
) => Promise<Matter | null>;

export interface Move extends Transition {
  builtIn: boolean;
}

const NEEDS: Record<string, string[]> = {
  link: ['other'],
  duplicate: ['other'],
  separate: ['note'],
  note: ['note'],
};

function editable(kind: Kind, field: string): boolean {
  const type = kind.schema.properties[field]['x-type'];
  return isAsked(kind, field) && type !== 'rating' && type !== 'file';
}

/** A move of the flow, or one every record has: edit, link, duplicate, separate. */
export function moveOf(kind: Kind, name: string): Move {
  const found = kind.flow.transitions.find((one) => one.name === name);
  if (found)
    return {
      ...found,
      needs: found.needs ?? [],
      takes: found.takes ?? [],
      parties: found.parties ?? [],
      builtIn: false,
    };
  return {
    name,
    title: { zh: '', en: '' },
    raises: false,
    from: [],
    to: null,
    needs: NEEDS[name] ?? [],
    takes:
      name === 'edit' ? Object.keys(kind.schema.properties).filter((field) => editable(kind, field)) : [],
    parties: [],
    builtIn: true,
  };
}

/** The move that puts one into another: the kind's own, or the mark of a duplicate. */
export function mergeOf(kind: Kind, allowed: string[] = []): string | undefined {
  const own = kind.flow.transitions.find((one) => one.needs?.includes('other'))?.name;
  return [own, 'duplicate'].find((name) => name && allowed.includes(name));
}

/** Which buttons come first, and which are hidden under "more". */
const LATER = new Set([
  'edit',
  'note',
  'link',
  'duplicate',
  'separate',
  'merge',
  'unmerge',
  'void',
  'reveal',
]);

export function sortMoves(kind: Kind, allowed: string[]): { first: string[]; later: string[] } {
  const order = kind.flow.transitions.map((one) => one.name);
  const known = allowed.filter((name) => name !== 'reveal');
  // A pack's own "merge" that takes no other of its kind is a step of its flow: a proposal into its project.
  const step = (name: string) => name === 'merge' && !moveOf(kind, name).needs.includes('other');
  const later = (name: string) => LATER.has(name) && !step(name);
  const first = known.filter((name) => !later(name)).sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return { first, later: known.filter(later) };
}
