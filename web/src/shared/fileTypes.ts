import { shallowReactive } from 'vue';
import { api, query } from './api';
import type { Page } from './types';

const types = shallowReactive(new Map<string, string>());
const asked = new Set<string>();

/** Asks what these files are; each once. Until the answer comes they are taken for pictures. */
export function learnFiles(ids: string[]): void {
  const wanted = ids.filter((id) => !asked.has(id));
  if (!wanted.length) return;
  wanted.forEach((id) => asked.add(id));
  api.get<Page<{ id: string; type: string }>>(`files${query({ ids: wanted.join(',') })}`).then(
    (page) => page.items.forEach((file) => types.set(file.id, file.type)),
    () => wanted.forEach((id) => asked.delete(id)),
  );
}

export const isSound = (id: string): boolean => types.get(id)?.startsWith('audio/') ?? false;
