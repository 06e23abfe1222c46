import { reactive, ref, shallowRef, watch } from 'vue';
import { api, ApiError, query } from '@/shared/api';
import { useKinds } from '@/shared/kinds';
import { debounced } from '@/shared/live';
import type { Area, Kind, Matter, Page } from '@/shared/types';
import type { Similar } from './suggest';

interface Typed {
  text: string;
  phone: string;
  area: string;
  point: { lng: number; lat: number } | null;
}

const NUMBER = /^(1\d{10}|0\d{2,3}-?\d{7,8})$/;

/** What is found while somebody speaks: the caller's matters, others like it, the places that were named. */
export function useCall(kind: Kind, typed: () => Typed) {
  const kinds = useKinds();
  const similar = shallowRef<Similar[]>([]);
  const places = shallowRef<Area[]>([]);
  const mine = reactive({ number: '', items: [] as Matter[], asked: false, problem: null as unknown });
  const asking = ref(false);

  let heard = 0;
  const listen = debounced(async () => {
    const mark = ++heard;
    const { text, area, point } = typed();
    const words = text.trim().slice(0, 400);
    if (words.length < 2 && !point) {
      similar.value = [];
      places.value = [];
      return;
    }
    const [alike, named] = await Promise.all([
      api
        .get<Page<Similar>>(`similar${query({ kind: kind.kind, text: words, area, ...(point ?? {}) })}`)
        .catch(() => null),
      words ? api.get<Page<Area>>(`areas/named${query({ text: words })}`).catch(() => null) : null,
    ]);
    if (mark !== heard) return; /* more was said meanwhile */
    if (alike) similar.value = alike.items;
    if (named) places.value = named.items;
  }, 300);

  /** Each look at a caller's matters is recorded, so a number is asked about once it is whole, and once. */
  async function look(): Promise<void> {
    const number = typed().phone.replace(/\s/g, '');
    if (!NUMBER.test(number) || number === mine.number) return;
    mine.number = number;
    asking.value = true;
    mine.problem = null;
    try {
      const page = await api.post<Page<Matter>>('callers', { phone: number });
      await Promise.all([...new Set(page.items.map((one) => one.kind))].map((name) => kinds.load(name)));
      if (mine.number !== number) return;
      mine.items = page.items;
      mine.asked = true;
    } catch (cause) {
      if (mine.number !== number) return;
      mine.items = [];
      mine.asked = false;
      mine.problem = cause;
      if (cause instanceof ApiError && cause.passing) mine.number = '';
    } finally {
      if (!mine.number || mine.number === number) asking.value = false;
    }
  }
  const lookSoon = debounced(look, 400);

  watch(
    () => typed().phone,
    (phone) => {
      if (phone.replace(/\s/g, '') !== mine.number) {
        Object.assign(mine, { number: '', items: [], asked: false, problem: null });
        asking.value = false;
      }
      lookSoon();
    },
    { immediate: true },
  );
  watch(() => [typed().text, typed().area, typed().point], listen, { immediate: true, deep: true });
  return { similar, places, mine, asking };
}
