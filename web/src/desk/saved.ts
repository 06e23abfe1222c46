import { defineStore } from 'pinia';
import { ref } from 'vue';
import { api } from '@/shared/api';
import type { Page } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';

/** A view of the list or a template of an answer, one's own or shared by a unit. */
export interface Saved {
  id: string;
  what: 'view' | 'template';
  title: string;
  text: string;
  /** A template: the moves it is meant for, by commas; empty: any. */
  about: string;
  org: string | null;
  org_name: string | null;
  version: number;
  by: string | null;
  at: string;
}

export type Draft = Pick<Saved, 'what' | 'title' | 'text' | 'about' | 'org'> & Partial<Saved>;

export const useSaved = defineStore('saved', () => {
  const views = ref<Saved[]>([]);
  const templates = ref<Saved[]>([]);
  const lists = { view: views, template: templates };

  async function load(what: Saved['what']): Promise<void> {
    lists[what].value = (await api.get<Page<Saved>>(`saved?what=${what}`)).items;
  }
  async function keep(draft: Draft): Promise<Saved> {
    const { what, title, text, about, org, version } = draft;
    const id = draft.id ?? uuid7();
    const kept = await api.put<Saved>(`saved/${id}`, {
      what,
      title,
      text,
      about,
      ...(org ? { org } : {}),
      ...(version ? { version } : {}),
    });
    await load(what);
    return kept;
  }
  async function remove(one: Saved): Promise<void> {
    await api.delete(`saved/${one.id}`);
    await load(one.what);
  }
  return { views, templates, load, keep, remove };
});
