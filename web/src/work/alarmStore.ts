import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { api } from '@/shared/api';
import { kept } from '@/shared/idb';
import { debounced } from '@/shared/live';
import type { OutboxAbout } from '@/shared/outbox';
import { useOutbox } from '@/shared/outboxStore';
import { useSession } from '@/shared/session';
import { liveStream } from '@/shared/stream';
import { titleOf } from '@/shared/format';
import { lang } from '@/shared/i18n';
import type { LightNow, LiveEvent, Page } from '@/shared/types';
import { startRinging, stopRinging } from '@/shared/alarm';

const KEPT = 'work.rings';
const POLL_MS = 30_000;
/** Told by the stream, not yet by the list of notices. */
const LIVE = 'live:';
/** Whoever wants to read it first has a minute's peace. */
const LOOK_MS = 60_000;

export interface Ring {
  id: string;
  at: string;
  record: { id: string; kind: string; number: string; title: string; state: string; light_now: LightNow };
}

interface KeptRings {
  account: string;
  rings: Ring[];
  heard: string[];
}

/** What the packs let ring for me, until I have answered it. */
export const useAlarm = defineStore('alarm', () => {
  const told = shallowRef<Ring[]>([]);
  /** Answered on this phone; the server may not know yet. */
  const heard = ref<string[]>([]);
  /** Being read first: until when each keeps quiet. */
  const quiet = ref<Record<string, number>>({});
  const now = ref(Date.now());

  /** One a matter, the oldest first: it has waited longest. */
  const rings = computed(() => {
    const open = told.value.filter((ring) => !heard.value.includes(ring.id));
    return [...new Map(open.map((ring) => [ring.record.id, ring])).values()].reverse();
  });
  const first = computed(() => rings.value.find((ring) => (quiet.value[ring.id] ?? 0) <= now.value));
  const loud = computed(() => Boolean(first.value));

  async function keep(): Promise<void> {
    const account = useSession().me?.id ?? '';
    await kept.put(KEPT, { account, rings: told.value, heard: [...heard.value] } satisfies KeptRings);
  }

  async function restore(): Promise<void> {
    const old = await kept.get<KeptRings>(KEPT);
    if (!old || old.account !== useSession().me?.id) return;
    told.value = old.rings;
    heard.value = old.heard;
  }

  async function load(): Promise<void> {
    if (!useSession().signedIn) {
      told.value = [];
      return;
    }
    try {
      const { items } = await api.get<Page<Ring>>('notices?ringing=1');
      heard.value = heard.value.filter((id) => items.some((ring) => ring.id === id));
      told.value = items;
      await keep();
    } catch {
      if (!told.value.length) await restore().catch(() => undefined);
    }
  }

  /** The stream says so before the server is asked what it is. */
  function ring(event: LiveEvent): void {
    const { id, kind, number, state, light_now } = event;
    if (!first.value || first.value.record.id !== id)
      told.value = [
        {
          id: `${LIVE}${event.seq}`,
          at: event.at,
          record: { id, kind, number, title: titleOf(event.title, lang()), state, light_now },
        },
        ...told.value,
      ];
    load();
  }

  /** It has been heard: whatever rings of this matter is silent, here at once and soon everywhere. Who has done
   * something with the matter need not say so: `tell` is for those who only looked. */
  async function hear(record: string, tell?: { label: string; about: OutboxAbout }): Promise<void> {
    const mine = told.value.filter((ring) => ring.record.id === record && !heard.value.includes(ring.id));
    heard.value = [...heard.value, ...mine.map((ring) => ring.id)];
    await keep();
    if (!tell) return;
    for (const one of mine.filter(({ id }) => !id.startsWith(LIVE)))
      await useOutbox().submit({ path: `notices/${one.id}/read`, body: {}, files: [], ...tell });
  }

  function lookFirst(ring: Ring): void {
    now.value = Date.now();
    quiet.value = { ...quiet.value, [ring.id]: now.value + LOOK_MS };
  }

  function start(): void {
    const reload = debounced(load, 250);
    let stop = () => {};
    watch(
      () => useSession().me?.id,
      (account) => {
        stop();
        stop = account ? liveStream().listen({ record: reload, ring, reload }) : () => {};
        load();
      },
      { immediate: true },
    );
    watch(loud, (on) => (on ? startRinging('order') : stopRinging('order')), { immediate: true });
    setInterval(() => (now.value = Date.now()), 1000);
    setInterval(load, POLL_MS);
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') load();
    });
  }

  return { rings, first, loud, now, load, hear, lookFirst, start };
});
