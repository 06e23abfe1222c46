import { defineStore } from 'pinia';
import { computed, ref, shallowReactive, shallowRef } from 'vue';
import { api, listed, query } from '@/shared/api';
import { useRoles, type Role } from '@/shared/roles';
import type { Area } from '@/shared/types';
import type { Account } from '../post';

/** A seat: one role over one area. */
export interface Seat {
  role: string;
  area: string;
  areaName: string;
}
/** Somebody who is being carried; `from` is the seat they are taken out of. */
export interface Carried {
  account: string;
  name: string;
  from: Seat | null;
}

const ENOUGH = 500;
export const sameSeat = (one: Seat | null, other: Seat | null): boolean =>
  Boolean(one && other && one.role === other.role && one.area === other.area);

/** Who sits where, who is being carried, and the seat they were put down on. */
export const useArrange = defineStore('arrange', () => {
  const roles = useRoles();
  const carried = shallowRef<Carried | null>(null);
  const target = shallowRef<Seat | null>(null);
  /** Being dragged by a pointer: seats need no buttons of their own then. */
  const dragging = ref(false);
  /** By area: who holds a post exactly there. */
  const held = shallowReactive(new Map<string, Account[]>());

  async function load(area: string): Promise<void> {
    await roles.load();
    const page = await listed<Account>(`accounts/all${query({ area, limit: 100 })}`, ENOUGH);
    held.set(area, page.items);
  }
  /** After a change: all that were read once. */
  const reload = (): Promise<unknown> => Promise.all([...held.keys()].map(load));

  const sitting = (seat: Seat): Account[] =>
    (held.get(seat.area) ?? []).filter((one) =>
      one.posts.some((post) => post.role === seat.role && post.area === seat.area),
    );
  /** The roles that may be held over an area of this level; those that may be anywhere, once. */
  const seatsAt = (area: Area): Seat[] =>
    roles.items
      .filter((one: Role) =>
        one.levels.length ? one.levels.includes(area.level) : area.level === 'district',
      )
      .map((one) => ({ role: one.role, area: area.code, areaName: area.name }));
  const free = computed(() => Boolean(carried.value && !target.value));
  /** Nobody takes the seat they have. */
  const takes = (seat: Seat): boolean =>
    free.value && !sitting(seat).some((one) => one.id === carried.value?.account);

  function take(who: Carried | null, byPointer = false): void {
    carried.value = who;
    target.value = null;
    dragging.value = Boolean(who) && byPointer;
  }
  function put(seat: Seat): void {
    if (takes(seat)) target.value = seat;
    dragging.value = false;
  }

  /** Gives the new post and, of one who moves, ends the old one at that moment: `from` is a time, or now. */
  async function settle(from: string | undefined, move: boolean): Promise<void> {
    const who = carried.value;
    const seat = target.value;
    if (!who || !seat) return;
    const { role, area } = seat;
    await api.post('posts', { account: who.account, role, area, ...(from ? { from } : {}) });
    if (move && who.from) {
      const old = { account: who.account, role: who.from.role, area: who.from.area };
      await api.post('posts/end', { ...old, ...(from ? { until: from } : {}) });
    }
    take(null);
    await reload();
  }
  return { carried, target, dragging, load, sitting, seatsAt, takes, take, put, settle };
});
