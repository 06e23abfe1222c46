type Detail = Record<string, unknown>;

const isDetail = (given: unknown): given is Detail =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

/**
 * What a line says was so before and is otherwise now: [what, before, after]. Ids stand beside the names they mean and
 * say nothing to people.
 */
export function changesOf({ before, after }: Detail): [string, unknown, unknown][] {
  if (!isDetail(before) || !isDetail(after)) return [];
  return Object.keys(after)
    .filter((name) => !name.endsWith('_id'))
    .map((name) => [name, before[name] ?? '—', after[name] ?? '—']);
}
