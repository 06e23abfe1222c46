import type { InjectionKey, Ref } from 'vue';

/** An organisation as the server lists it: a department or a company, or the unit that governs an area. */
export interface Org {
  id: string;
  name: string;
  area: string;
  area_name: string | null;
  level: string | null;
  unit: boolean;
  parent?: string | null;
  /** Since when it is no more. */
  ended?: string | null;
}

/** What names an organisation, in numbers. */
export type Left = Record<
  'posts' | 'parts' | 'owned' | 'duties' | 'plans' | 'channels' | 'saved' | 'accounts' | 'below' | 'rules',
  number
>;
export interface OrgFull extends Org {
  parent_name: string | null;
  governs: boolean;
  left: Left;
}

/** Which one is open on the page, and that it was changed. */
export const managing: InjectionKey<{ open: Ref<string>; changed: (id: string) => void }> =
  Symbol('managing');

/** "2 posts, 1 duty": what there is, in the order the server counts it; '' where there is nothing. */
export const leftWords = (
  left: Left,
  t: (key: string, named: { n: number }) => string,
  comma: string,
): string =>
  Object.entries(left)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => t(`org.left.${name}`, { n }))
    .join(comma);

export interface OrgNode {
  org: Org;
  below: OrgNode[];
}

/** The unit that governs the nearest area around a place; `within`: that of the place itself, too. */
function unitAround(units: Map<string, Org>, area: string, within: boolean): Org | undefined {
  for (let length = within ? area.length : area.length - 1; length > 0; length--) {
    const unit = units.get(area.slice(0, length));
    if (unit) return unit;
  }
  return undefined;
}

/** Whether one stands, however far, below itself: then it is shown at the top, and nothing is lost. */
function inRing(id: string, up: Map<string, string>): boolean {
  const seen = new Set([id]);
  for (let at = up.get(id); at; at = up.get(at)) {
    if (seen.has(at)) return true;
    seen.add(at);
  }
  return false;
}

/**
 * Each below whom it answers to: the organisation it names, or else the unit of its area or of the area around. The
 * order among neighbours is the one they came in. What is there stands below nothing that has ended.
 */
export function treeOf(orgs: Org[]): OrgNode[] {
  const known = new Map<string, OrgNode>(orgs.map((org) => [org.id, { org, below: [] }]));
  const units = new Map(orgs.filter((org) => org.unit && !org.ended).map((org) => [org.area, org]));
  const up = new Map<string, string>();
  for (const org of orgs) {
    const parent = known.get(org.parent ?? '')?.org;
    const named = parent && (org.ended || !parent.ended) ? parent.id : undefined;
    const above = named ?? unitAround(units, org.area, !org.unit)?.id;
    if (above) up.set(org.id, above);
  }
  const top: OrgNode[] = [];
  for (const node of known.values()) {
    const above = inRing(node.org.id, up) ? undefined : known.get(up.get(node.org.id) ?? '');
    (above?.below ?? top).push(node);
  }
  return top;
}

/** What has the words in its name or its place, with those it stands below. */
export function found(nodes: OrgNode[], words: string): OrgNode[] {
  const has = ({ name, area, area_name: place }: Org) =>
    [name, place ?? ''].some((text) => text.includes(words)) || area.startsWith(words);
  return nodes.flatMap((node) => {
    const below = found(node.below, words);
    return below.length || has(node.org) ? [{ org: node.org, below }] : [];
  });
}

export const countOf = (nodes: OrgNode[]): number =>
  nodes.reduce((all, node) => all + 1 + countOf(node.below), 0);
