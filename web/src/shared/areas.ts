import { shallowReactive } from 'vue';
import { api, query } from './api';
import { keeping } from './keep';
import type { Area, Located, Page } from './types';

const names = new Map<string, Promise<string>>();

/** An area's name; asked for once. */
export function areaName(code: string): Promise<string> {
  let name = names.get(code);
  if (!name) {
    name = api.get<Area>(`areas/${code}`).then(
      (area) => area.name,
      () => {
        names.delete(code);
        return code;
      },
    );
    names.set(code, name);
  }
  return name;
}

/** No line begins with the dot; with the class `path` it breaks nowhere but between the areas. */
export const pathWords = (line: string): string => line.replace(/ · /g, '\u00a0· ');

/** 樟潭街道 · 临江社区 · 第3网格 for a point; null outside the district. */
export async function locate(lng: number, lat: number): Promise<{ code: string; name: string } | null> {
  const found = await api.get<Located>(`areas/locate${query({ lng, lat, datum: 'wgs84' })}`);
  if (!found.area) return null;
  const above = [...found.ancestors]
    .filter((one) => one.code !== found.area?.code && one.code.length > 6 && !/^\d{6}0{6}$/.test(one.code))
    .sort((a, b) => a.code.length - b.code.length);
  return { code: found.area.code, name: [...above, found.area].map((one) => one.name).join(' · ') };
}

/** 樟潭街道 · 临江社区 · 第3网格 of a code; null when there is no such area. */
export async function areaPath(code: string): Promise<string | null> {
  const area = await api.get<Area>(`areas/${code}`).catch(() => null);
  if (!area) return null;
  const above = [TOWNSHIP, COMMUNITY].filter((digits) => digits < area.code.length);
  const names = await Promise.all(above.map((digits) => areaName(area.code.slice(0, digits))));
  return [...names, area.name].join(' · ');
}

export function children(parent: string): Promise<Page<Area>> {
  return keeping(`areas.${parent}`, () => api.get<Page<Area>>(`areas${query({ parent, limit: 200 })}`));
}

const COMMUNITY = 12;
const TOWNSHIP = 9;
const above = shallowReactive(new Map<string, string>());
const asked = new Set<string>();

/** The names of a township's communities, asked for once; small, unlike their boundaries. */
function learn(parent: string): void {
  if (asked.has(parent)) return;
  asked.add(parent);
  children(parent).then(
    (page) => page.items.forEach((area) => above.set(area.code, area.name)),
    () => asked.delete(parent),
  );
}

/** A grid's name says little without its community's: 临江社区 第1网格. With `full` the township too. */
export function areaWords(code: string, name: string, full = false): string {
  const parts = [name];
  if (code?.length > COMMUNITY) {
    learn(code.slice(0, TOWNSHIP));
    const community = above.get(code.slice(0, COMMUNITY)) ?? '';
    if (!name.startsWith(community)) parts.unshift(community); // matters bring it along, posts do not
  }
  if (full && code?.length > TOWNSHIP) {
    learn(code.slice(0, 6));
    parts.unshift(above.get(code.slice(0, TOWNSHIP)) ?? '');
  }
  return parts.filter(Boolean).join(' · ');
}
