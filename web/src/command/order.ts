import { computed, reactive, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute, useRouter } from 'vue-router';
import { api } from '@/shared/api';
import { sentence } from '@/shared/errors';
import { lineOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import { debounced } from '@/shared/live';
import { whereAmI } from '@/shared/position';
import { useSession } from '@/shared/session';
import type { Fields, Matter, PartyChoice, Who } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import { ORDER } from './kind';

interface Draft {
  area: string;
  area_name: string;
  fields: Fields;
  parties: PartyChoice[];
}
const idOf = (who: Who | null | undefined) => who?.org ?? who?.account ?? '';

/** One order on its way: what the record it comes from says, whom the pack proposes, what the person changes. */
export function useOrder() {
  const { t } = useI18n();
  const route = useRoute();
  const router = useRouter();
  const kinds = useKinds();
  const session = useSession();
  const asked = (name: string) => (typeof route.query[name] === 'string' ? String(route.query[name]) : '');
  const from = asked('from');
  const parent = asked('parent');
  const form = reactive({
    what: '',
    wanted: '',
    category: null as string | null,
    due: '',
    point: null as { lng: number; lat: number } | null,
    area: asked('area'),
    commander: { account: session.me?.id, name: session.me?.name ?? '' } as Who | null,
    lead: null as Who | null,
    co: [] as Who[],
  });
  const origin = shallowRef<Matter | null>(null);
  const areaName = ref('');
  const busy = ref(false);
  const ready = ref(false);
  const problem = ref('');
  const missing = ref('');
  /** What the person has put in by hand is not proposed over. */
  const mine = reactive({ lead: false, co: false });
  const kind = computed(() => kinds.byName[ORDER]);
  const units = computed(() => [form.lead, ...form.co].filter(Boolean).length);
  let id = uuid7();

  function place(): object {
    if (form.point) return { place: form.point };
    return form.area ? { area: form.area } : {};
  }
  function fields(): Fields {
    const all: Fields = {
      what: form.what.trim(),
      wanted: form.wanted.trim(),
      category: form.category,
      due: form.due,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value)) as Fields;
  }

  async function propose(): Promise<void> {
    const body = { kind: ORDER, fields: fields(), ...place(), ...(parent ? { parent } : {}) };
    try {
      const draft = await api.post<Draft>('propose', body);
      areaName.value = draft.area_name;
      if (!mine.lead) form.lead = draft.parties.find((one) => one.role === 'lead') ?? null;
      if (!mine.co)
        form.co = draft.parties.filter((one) => one.role === 'co' && idOf(one) !== idOf(form.lead));
      if (parent && !form.what) form.what = String(draft.fields.what ?? '');
      if (parent && !form.due) form.due = String(draft.fields.due ?? '');
      if (parent) form.category ??= (draft.fields.category as string) ?? null;
      problem.value = '';
    } catch (cause) {
      problem.value = sentence(cause, t);
    }
  }

  async function readOrigin(): Promise<void> {
    const one = await api.get<Matter>(`records/${from}`);
    await kinds.load(one.kind);
    origin.value = one;
    form.what = String(one.fields.description ?? lineOf(kinds.byName[one.kind], one, lang()));
    form.category = (one.fields.category as string) ?? null;
    if (one.place?.lng !== undefined && one.place.lat !== undefined)
      form.point = { lng: one.place.lng, lat: one.place.lat };
    else form.area = one.area;
  }

  async function start(): Promise<void> {
    await kinds.load(ORDER);
    const [lng, lat] = [Number(asked('lng')), Number(asked('lat'))];
    if (lng && lat) form.point = { lng, lat };
    try {
      if (from) await readOrigin();
    } catch (cause) {
      problem.value = sentence(cause, t);
    }
    if (!from && !parent && !form.point && !form.area && window.matchMedia('(pointer: coarse)').matches)
      form.point = await whereAmI();
    await propose();
    ready.value = true;
  }
  const again = debounced(propose, 150);
  watch(
    () => [form.category, form.point, form.area],
    () => ready.value && again(),
  );

  const named = (role: string, who: Who) => ({
    role,
    ...(who.org ? { org: who.org } : { account: who.account }),
  });
  async function give(): Promise<void> {
    missing.value = !form.what.trim() ? 'what' : !form.lead ? 'lead' : !form.commander ? 'commander' : '';
    if (busy.value || missing.value || !form.lead || !form.commander) return;
    busy.value = true;
    problem.value = '';
    const parties = [
      named('commander', form.commander),
      named('lead', form.lead),
      ...form.co.map((who) => named('co', who)),
    ];
    try {
      const order = await api.post<Matter>('records', {
        id,
        kind: ORDER,
        fields: fields(),
        ...place(),
        parties,
        ...(parent ? { parent } : {}),
      });
      // The order stands; that the link is missing is no reason to give it twice.
      if (from)
        await api
          .post(`records/${order.id}/link`, { id: uuid7(), other: from, type: 'from' })
          .catch(() => undefined);
      await router.replace(`/${order.id}`);
    } catch (cause) {
      problem.value = sentence(cause, t);
      id = uuid7();
    } finally {
      busy.value = false;
    }
  }
  function add(who: Who | null | undefined): void {
    if (!who || [form.lead, ...form.co].some((one) => idOf(one) === idOf(who))) return;
    mine.co = true;
    form.co = [...form.co, who];
  }
  function remove(who: Who): void {
    mine.co = true;
    form.co = form.co.filter((one) => one !== who);
  }
  function setLead(who: Who | null): void {
    mine.lead = true;
    form.lead = who;
    form.co = form.co.filter((one) => idOf(one) !== idOf(who));
  }
  return {
    form,
    kind,
    origin,
    parent,
    areaName,
    units,
    busy,
    ready,
    problem,
    missing,
    start,
    give,
    add,
    remove,
    setLead,
  };
}
