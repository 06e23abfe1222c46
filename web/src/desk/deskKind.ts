import { computed, onMounted, ref, shallowRef, watch, type Ref } from 'vue';
import { useRoute } from 'vue-router';
import { MAIN_KIND, useKinds } from '@/shared/kinds';
import type { Kind } from '@/shared/types';
import { fromQuery, knownView, type Filter } from './filter';
import { usualKind } from './usual';

/** What making one is called: people ring about it, or it is entered like any other record. */
export function newTitle(kind: Kind | undefined): 'desk.newTitle' | 'desk.new' {
  const fields = Object.values(kind?.schema.properties ?? {});
  return fields.some((one) => one['x-type'] === 'phone') ? 'desk.newTitle' : 'desk.new';
}

/** Why one does not make one here: it is added to what it belongs to, or others make it. */
export function notHere(kind: Kind | undefined): 'desk.newBelow' | 'desk.newNone' | undefined {
  const how = useKinds().list.find((one) => one.kind === kind?.kind)?.raise ?? 'alone';
  if (how === 'alone') return undefined;
  return how === 'below' ? 'desk.newBelow' : 'desk.newNone';
}

/** What the address asks the desk to show, with the kind that is shown; `unknown` is why there is none. */
export function useDeskKind(changed: () => void) {
  const kinds = useKinds();
  const route = useRoute();
  /** The kind that is shown where the address says none. */
  const usual = ref('');
  const kind = shallowRef<Kind>();
  const filter: Ref<Filter> = ref(fromQuery(route.query, ''));
  const unknown = shallowRef<unknown>(null);

  async function know(name: string): Promise<void> {
    unknown.value = null;
    try {
      kind.value = await kinds.load(name);
      filter.value = knownView(filter.value, kind.value);
    } catch (cause) {
      kind.value = undefined;
      unknown.value = cause;
    }
  }
  onMounted(async () => {
    usual.value = await usualKind();
    filter.value = fromQuery(route.query, usual.value);
    await know(filter.value.kind);
  });
  watch(
    () => route.query,
    (from) => {
      const wanted = fromQuery(from, usual.value);
      if (JSON.stringify(wanted) === JSON.stringify(filter.value)) return;
      filter.value = kind.value?.kind === wanted.kind ? knownView(wanted, kind.value) : wanted;
      changed();
    },
  );
  watch(
    () => filter.value.kind,
    (name) => {
      if (name && name !== kind.value?.kind) know(name);
    },
  );
  /** What everybody's desk opens on needs no mention; what only one's own does, does: addresses are shared. */
  const unsaid = computed(() => (usual.value === MAIN_KIND ? usual.value : ''));
  return { unsaid, kind, filter, unknown };
}
