import { onMounted, ref, shallowRef, watch, type Ref } from 'vue';
import { useRoute } from 'vue-router';
import { useKinds } from '@/shared/kinds';
import type { Kind } from '@/shared/types';
import { fromQuery, knownView, type Filter } from './filter';

/** What the address asks the desk to show, with the kind that is shown; `unknown` is why there is none. */
export function useDeskKind(changed: () => void) {
  const kinds = useKinds();
  const route = useRoute();
  /** The kind people report with: it needs no mention in the address. */
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
    usual.value = (await kinds.main()).kind;
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
  return { usual, kind, filter, unknown };
}
