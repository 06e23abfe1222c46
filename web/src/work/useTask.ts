import { computed, ref, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { lineOf, titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import { useKinds } from '@/shared/kinds';
import type { MoveSender } from '@/shared/moves';
import { useOutbox } from '@/shared/outboxStore';
import { useRecord } from '@/shared/record';
import { say } from '@/shared/toast';
import type { Matter } from '@/shared/types';
import { uuid7 } from '@/shared/uuid7';
import { useAlarm } from './alarmStore';
import { useWorkList } from './listStore';
import { useHere } from './here';
import { knownHere } from './known';
import { isOneTouch, mainMove, movesAfter, saysWhere } from './next';
import { useRegisters } from './registerStore';
import { throughOutbox } from './sender';

/** One matter as work: from the server or from the phone, with what waits in the box taken for done. */
export function useTask(id: Ref<string>) {
  const { t } = useI18n();
  const router = useRouter();
  const kinds = useKinds();
  const outbox = useOutbox();
  const list = useWorkList();
  const alarm = useAlarm();
  const busy = ref(false);
  const { record, log, problem, loading, load } = useRecord(id);

  const registers = useRegisters();
  if (!registers.items.length) registers.load();
  const matter = computed(() => record.value ?? knownHere(id.value) ?? null);
  const kind = computed(() => (matter.value ? kinds.byName[matter.value.kind] : undefined));
  const waiting = computed(() => outbox.about(id.value));

  /** The state after what waits has arrived. What may be done there is what the server offered in such a state
   * before, or what the flow says comes after one's own step; it decides when the move arrives. */
  const assumed = computed<Matter | null>(() => {
    const now = matter.value;
    if (!now) return null;
    const going = waiting.value
      .filter((item) => !item.refused)
      .map((item) => kinds.transition(now.kind, item.path.split('/')[2]));
    const moved = going.filter((move) => move?.to);
    const state = moved.at(-1)?.to ?? now.state;
    if (state === now.state && !going.length)
      return { ...now, allowed: now.allowed ?? list.movesIn(now.kind, state) };
    const step = moved.filter((move) => move?.each).at(-1)?.to ?? undefined;
    const offered = list.movesIn(now.kind, state);
    return { ...now, state, allowed: kind.value ? movesAfter(kind.value, step, offered) : offered };
  });
  const main = computed(() => mainMove(kind.value, assumed.value?.allowed));
  const through = computed(() => (matter.value ? throughOutbox(matter.value) : undefined));
  /** The form may be gone before it could say that it is done: the live stream is quicker than the answer. */
  const sender = computed<MoveSender | undefined>(
    () =>
      through.value &&
      (async (...all) => {
        const answer = (await through.value?.(...all)) ?? null;
        setTimeout(() => moved(answer));
        return answer;
      }),
  );
  const title = computed(() => titleOf(main.value?.title, lang()) || main.value?.name || '');

  watch(record, (fresh) => fresh && list.keep(fresh));

  /** Done: if nothing more is asked of me here, the next one follows. */
  async function moved(answer: Matter | null): Promise<void> {
    const before = id.value;
    await alarm.hear(id.value);
    const left = answer ? answer.allowed : assumed.value?.allowed;
    const of = kind.value;
    const next = list.after(id.value);
    if (answer) load();
    if (waiting.value.some((item) => item.conflict)) {
      await router.push('/outbox');
      return;
    }
    if (!answer) say(t('work.queued'));
    list.load();
    // Whoever has gone elsewhere meanwhile is not fetched back.
    const still = router.currentRoute.value.params.id === before;
    if (mainMove(of, left) || !next || !still) return;
    say(t('work.nextIs', { title: lineOf(kinds.byName[next.kind], next, lang()) }));
    await router.replace(`/m/${next.id}`);
  }

  async function touch(): Promise<void> {
    if (busy.value || !main.value || !through.value) return;
    busy.value = true;
    const here = saysWhere(main.value) ? await useHere().find() : null;
    if (!here && main.value.needs.includes('here')) {
      // The form lets one show it on the map.
      busy.value = false;
      await router.replace({ path: `/m/${id.value}`, query: { do: main.value.name } });
      return;
    }
    try {
      const path = `records/${id.value}/${main.value.name}`;
      const done = title.value;
      const answer = await through.value(
        path,
        { id: uuid7(), ...(here ? { here } : {}) },
        [],
        undefined,
        done,
      );
      say(t('move.done', { title: done }));
      await moved(answer);
    } catch (cause) {
      say(cause instanceof Error ? cause.message : t('error.unknown'), 'bad');
      load();
    } finally {
      busy.value = false;
    }
  }

  return {
    matter,
    kind,
    log,
    problem,
    loading,
    waiting,
    assumed,
    main,
    oneTouch: computed(() => isOneTouch(main.value)),
    title,
    sender,
    busy,
    load,
    touch,
  };
}
