import { defineStore } from 'pinia';
import { ref, shallowReactive } from 'vue';
import { api } from './api';
import { titleOf, type Lang } from './format';
import type { Kind, Page, Title, Transition } from './types';

const KEY = 'wangge.kind.';
/** The kind people report with, in most districts. */
export const MAIN_KIND = 'incident';

export interface KindHead {
  kind: string;
  title: Title;
  /** Says what there is, not what is to be done. */
  register?: boolean;
  public?: boolean;
  /** Something is judged in it. */
  scores?: boolean;
  /** Something is ranked in it by a formula. */
  appraisal?: boolean;
  /** What one's posts give one to do in it: to move what is open, only to see it, nothing. */
  work?: 'moves' | 'sees' | 'none';
  /** How one can raise one: by itself, only below something else, not at all. */
  raise?: 'alone' | 'below' | 'none';
}

/** The packs as the screens need them; kept on the device, since a phone may start without a signal. */
export const useKinds = defineStore('kinds', () => {
  const list = ref<KindHead[]>([]);
  const byName = shallowReactive<Record<string, Kind>>({});
  const asking = new Map<string, Promise<Kind>>();

  async function loadList(): Promise<void> {
    try {
      list.value = (await api.get<Page<KindHead>>('kinds')).items;
      localStorage.setItem(`${KEY}list`, JSON.stringify(list.value));
    } catch (problem) {
      const kept = localStorage.getItem(`${KEY}list`);
      if (!kept) throw problem;
      list.value = JSON.parse(kept);
    }
  }

  async function fetchKind(name: string): Promise<Kind> {
    try {
      byName[name] = await api.get<Kind>(`kinds/${name}`);
      localStorage.setItem(KEY + name, JSON.stringify(byName[name]));
    } catch (problem) {
      const kept = localStorage.getItem(KEY + name);
      if (!kept) throw problem;
      byName[name] = JSON.parse(kept);
    }
    return byName[name];
  }

  function load(name: string): Promise<Kind> {
    if (byName[name]) return Promise.resolve(byName[name]);
    let promise = asking.get(name);
    if (!promise) {
      promise = fetchKind(name).finally(() => asking.delete(name));
      asking.set(name, promise);
    }
    return promise;
  }

  /** With the kinds of what stands below: what is not kept on the device is missing until there is a network. */
  async function loadWithParts(name: string): Promise<Kind> {
    const kind = await load(name);
    await Promise.allSettled((kind.children ?? []).map(load));
    return kind;
  }

  /** The kind people report with; the district's first where there is no such. */
  async function main(): Promise<Kind> {
    if (!list.value.length) await loadList();
    const name = list.value.find((one) => one.kind === MAIN_KIND)?.kind ?? list.value[0]?.kind;
    if (!name) throw new Error('no kinds');
    return load(name);
  }

  function stateTitle(kind: string, state: string | null, lang: Lang): string {
    const found = byName[kind]?.flow.states.find((one) => one.name === state);
    return found ? titleOf(found.title, lang) : (state ?? '');
  }

  function transition(kind: string, name: string): Transition | undefined {
    return byName[kind]?.flow.transitions.find((one) => one.name === name);
  }

  return { list, byName, loadList, load, loadWithParts, main, stateTitle, transition };
});
