import { computed, onBeforeUnmount, shallowRef, watch, type Ref } from 'vue';
import { api, ApiError } from '@/shared/api';
import { useKinds } from '@/shared/kinds';
import { useLive } from '@/shared/live';
import type { Clock, Entry, Kind, LightNow, Matter, Page, Party, Transition } from '@/shared/types';
import { UNITS } from './kind';

/** A unit of the task force as it stands. */
export interface Unit {
  key: string;
  party: Party;
  excused: boolean;
  light: LightNow;
  /** When each step was made, by its name. */
  times: Record<string, string>;
  /** What runs for it now, the earliest first. */
  clock?: Clock;
}

export const keyOf = (party: { org?: string | null; account?: string | null }): string =>
  party.org ?? party.account ?? '';

/** The steps that each unit makes for itself, in their order. */
export const stepsOf = (kind: Kind | undefined): Transition[] =>
  kind?.flow.transitions.filter((one) => one.each && one.to) ?? [];

/** Whose step an entry is: the party that has just entered the state it leads to. */
export function stepParty(entry: Entry, to: string | null): string {
  const change = entry.changes?.find((one) => one.field === 'parties');
  const [before, after] = [change?.before, change?.after].map(
    (all) => [all ?? []].flat() as unknown as Party[],
  );
  const had = (one: Party) =>
    before?.some((old) => keyOf(old) === keyOf(one) && old.state === one.state && old.since === one.since);
  const found = after?.find((one) => one.state === to && !had(one));
  return found ? keyOf(found) : '';
}

function lightOf(clocks: Clock[]): LightNow {
  const running = clocks.filter((one) => one.state === 'running');
  if (running.some((one) => one.breached_at)) return 'red';
  if (running.some((one) => one.warned_at)) return 'amber';
  return running.length || clocks.length ? 'green' : 'none';
}

export function unitsOf(record: Matter, kind: Kind, log: Entry[]): Unit[] {
  const steps = stepsOf(kind);
  const times: Record<string, Record<string, string>> = {};
  for (const entry of log) {
    const step = steps.find((one) => one.name === entry.verb);
    const key = step && stepParty(entry, step.to);
    if (step && key) (times[key] ??= {})[step.name] = entry.at;
  }
  const roles = [...UNITS, 'excused'];
  return (record.parties ?? [])
    .filter((party) => roles.includes(party.role))
    .sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role))
    .map((party) => {
      const key = keyOf(party);
      const clocks = (record.clocks ?? []).filter((one) => one.party === key);
      const running = clocks
        .filter((one) => one.state === 'running' && one.due_at)
        .sort((a, b) => Date.parse(a.due_at ?? '') - Date.parse(b.due_at ?? ''));
      const excused = party.role === 'excused';
      return {
        key,
        party,
        excused,
        light: excused ? 'none' : lightOf(clocks),
        times: times[key] ?? {},
        clock: running[0],
      };
    });
}

/** One operation, kept up at once: every change is asked for as it is told, one question at a time. */
export function useOperation(id: Ref<string>) {
  const kinds = useKinds();
  const record = shallowRef<Matter | null>(null);
  const log = shallowRef<Entry[]>([]);
  const problem = shallowRef<unknown>(null);
  let asking = false;
  let again = false;
  let gone = false;

  async function readLog(): Promise<void> {
    for (;;) {
      const last = log.value.at(-1)?.seq ?? 0;
      const page = await api.get<Page<Entry>>(`records/${id.value}/log?cursor=${last}`);
      if (page.items.length) log.value = [...log.value, ...page.items.filter((one) => one.seq > last)];
      if (!page.next) return;
    }
  }
  async function load(): Promise<void> {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    const wanted = id.value;
    try {
      const [fresh] = await Promise.all([api.get<Matter>(`records/${wanted}`), readLog()]);
      await kinds.load(fresh.kind);
      if (wanted === id.value) record.value = fresh;
      problem.value = null;
    } catch (cause) {
      // What is on the screen stays while the network is away.
      if (!(cause instanceof ApiError && cause.passing && record.value)) problem.value = cause;
    } finally {
      asking = false;
      if (again && !gone) {
        again = false;
        load();
      }
    }
  }
  watch(
    id,
    () => {
      record.value = null;
      log.value = [];
      load();
    },
    { immediate: true },
  );
  const { stream } = useLive({
    record: (event) => (event.id === id.value || event.parent === id.value) && load(),
    reload: load,
  });
  onBeforeUnmount(() => (gone = true));

  const kind = computed(() => (record.value ? kinds.byName[record.value.kind] : undefined));
  const units = computed(() =>
    record.value && kind.value ? unitsOf(record.value, kind.value, log.value) : [],
  );
  return { record, log, kind, units, problem, stream, load };
}
