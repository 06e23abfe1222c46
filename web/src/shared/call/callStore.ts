import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { startRinging, stopRinging } from '../alarm';
import { ApiError } from '../api';
import { debounced } from '../live';
import { useSession } from '../session';
import { liveStream, type StreamState } from '../stream';
import { uuid7 } from '../uuid7';
import { calls, canCall, type Answer, type Call, type CallOutcome, type Signal } from './call';
import { cameras, closeMedia, nextCamera, openMedia, type Facing } from './media';
import { Peer, type LinkState } from './peer';

export type Phase = 'idle' | 'asking' | 'ringing' | 'connecting' | 'talking' | 'broken' | 'over';

const AT_ONCE = 20;
/** Signals gather for a moment: a browser finds a dozen ways in a row. */
const GATHER_MS = 60;
const EAGER_MS = 500;
const CALM_MS = 3000;
const RINGS_MS = 2000;
/** The stream tells of calls at once; where it does not reach us, one asks. */
const WATCH_MS = 20_000;
const DEAF_MS = 4000;
/** A lost way is looked for anew; one that is only slow gets more time. */
const RETRY_MS = 5000;
const SLOW_MS = 12_000;
const GIVE_UP_MS = 45_000;
const SHOWN_MS = 4000;

/** The live link of this page: what rings, whom I talk to, and how the way between us stands. */
export const useCall = defineStore('call', () => {
  /** One a page: two windows of one person are two screens. */
  const device = uuid7();
  const incoming = shallowRef<Call[]>([]);
  const current = shallowRef<Call | null>(null);
  const phase = ref<Phase>('idle');
  /** How it ended, or a sentence of the server's. */
  const outcome = ref<CallOutcome | 'elsewhere' | ''>('');
  const problem = ref('');
  const local = shallowRef<MediaStream | null>(null);
  const remote = shallowRef<MediaStream | null>(null);
  const muted = ref(false);
  const covered = ref(false);
  const several = ref(false);
  /** Our server does not answer; the link itself may well go on. */
  const cutOff = ref(false);
  const since = ref(0);

  let peer: Peer | null = null;
  let queue: Signal[] = [];
  let after = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let repair: ReturnType<typeof setInterval> | undefined;
  let busy = false;
  let lostAt = 0;

  const rings = computed(() => (phase.value === 'idle' ? (incoming.value[0] ?? null) : null));
  const busyNow = computed(() => phase.value !== 'idle' && phase.value !== 'over');

  // --- ending ---
  function letGo(): void {
    clearTimeout(timer);
    clearInterval(repair);
    peer?.close();
    peer = null;
    queue = [];
    after = 0;
    closeMedia(local.value);
    local.value = remote.value = null;
    lostAt = 0;
    muted.value = covered.value = several.value = cutOff.value = false;
  }
  function over(how: CallOutcome | 'elsewhere' | '', words = ''): void {
    letGo();
    outcome.value = how;
    problem.value = words;
    phase.value = 'over';
    const ended = current.value;
    setTimeout(() => ended === current.value && dismiss(), words ? SHOWN_MS * 2 : SHOWN_MS);
  }
  function dismiss(): void {
    if (phase.value !== 'over') return;
    current.value = null;
    phase.value = 'idle';
    look();
  }
  async function hangUp(why: 'ended' | 'lost' = 'ended'): Promise<void> {
    const call = current.value;
    if (!call || phase.value === 'over') return;
    const early = phase.value === 'ringing' || phase.value === 'asking';
    over(early ? 'cancelled' : why);
    const ended = await calls.end(call.id, device, why).catch(() => null);
    if (ended?.outcome && current.value === call) outcome.value = ended.outcome;
  }

  // --- the way ---
  function linkState(state: LinkState): void {
    if (!busyNow.value) return;
    clearInterval(repair);
    if (state === 'connected') {
      phase.value = 'talking';
      since.value ||= Date.now();
      lostAt = 0;
      return;
    }
    phase.value = state === 'broken' || since.value ? 'broken' : 'connecting';
    lostAt ||= Date.now();
    repair = setInterval(
      () => {
        if (Date.now() - lostAt > GIVE_UP_MS) hangUp('lost');
        else peer?.restart().catch(() => undefined);
      },
      state === 'broken' ? RETRY_MS : SLOW_MS,
    );
  }
  function send(signal: Signal): void {
    queue.push(signal);
    next(GATHER_MS);
  }
  function connect(call: Call): void {
    if (peer) return;
    phase.value = 'connecting';
    const mine = call.caller.id === useSession().me?.id;
    peer = new Peer(call.ice ?? [], mine, local.value ?? new MediaStream(), {
      send,
      state: linkState,
      remote: (stream) => (remote.value = stream),
    });
    linkState('connecting');
    if (mine) peer.offer().catch(() => hangUp('lost'));
  }

  // --- what the two tell one another through the server ---
  function next(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(beat, ms);
  }
  async function beat(): Promise<void> {
    const call = current.value;
    if (!call || !busyNow.value || busy) return;
    const sending = queue.splice(0, AT_ONCE);
    busy = true;
    try {
      const told = await calls.exchange(call.id, device, after, sending);
      if (current.value?.id !== call.id || !busyNow.value) return next(0);
      ({ after } = told);
      cutOff.value = false;
      current.value = told;
      if (told.state === 'ended') return over(told.outcome ?? 'ended');
      if (told.state === 'active') connect(told);
      for (const signal of told.signals) await peer?.take(signal);
    } catch (cause) {
      queue = [...sending, ...queue];
      if (cause instanceof ApiError && cause.passing) cutOff.value = true;
      else if (current.value?.id === call.id && busyNow.value)
        return over('', cause instanceof Error ? cause.message : '');
    } finally {
      busy = false;
    }
    if (phase.value === 'ringing' && Date.now() > Date.parse(call.rings_until)) return void hangUp();
    next(queue.length ? 0 : phase.value === 'talking' ? CALM_MS : EAGER_MS);
  }

  // --- beginning ---
  async function open(how: Facing): Promise<void> {
    outcome.value = '';
    problem.value = '';
    since.value = 0;
    local.value = await openMedia(how);
    several.value = (await cameras()).length > 1;
  }
  /** Calls a party of a matter: an account or a unit. */
  async function call(
    record: Call['record'],
    to: { id: string; name: string },
    how: Facing = 'user',
  ): Promise<void> {
    if (busyNow.value || !canCall()) return;
    const me = useSession().me;
    const now = new Date().toISOString();
    current.value = {
      ...{ id: uuid7(), record, to, answerer: null, state: 'ringing', outcome: null },
      ...{ caller: { id: me?.id ?? '', name: me?.name ?? '' } },
      ...{ asked_at: now, rings_until: now, answered_at: null, ended_at: null },
    };
    phase.value = 'asking';
    const { id } = current.value;
    try {
      await open(how);
      const made = await calls.start(record.id, id, to.id, device);
      if (current.value?.id !== id || phase.value !== 'asking') return void calls.end(id, device, 'ended');
      current.value = made;
      phase.value = 'ringing';
      next(EAGER_MS);
    } catch (cause) {
      if (current.value?.id === id) over('', cause instanceof Error ? cause.message : '');
    }
  }
  async function answer(how: Answer, face: Facing = 'user'): Promise<void> {
    const ringing = rings.value;
    if (!ringing) return;
    incoming.value = incoming.value.filter((one) => one.id !== ringing.id);
    if (how !== 'accept') {
      await calls.answer(ringing.id, how, device).catch(() => undefined);
      return;
    }
    current.value = ringing;
    phase.value = 'connecting';
    try {
      await open(face);
      current.value = await calls.answer(ringing.id, how, device);
      connect(current.value);
      next(0);
    } catch (cause) {
      const elsewhere = cause instanceof ApiError && cause.key === 'call.elsewhere';
      over(elsewhere ? 'elsewhere' : '', elsewhere || !(cause instanceof Error) ? '' : cause.message);
    }
  }

  // --- while one talks ---
  function mute(): void {
    muted.value = !muted.value;
    local.value?.getAudioTracks().forEach((track) => (track.enabled = !muted.value));
  }
  function cover(): void {
    covered.value = !covered.value;
    local.value?.getVideoTracks().forEach((track) => (track.enabled = !covered.value));
  }
  async function switchCamera(): Promise<void> {
    if (!local.value) return;
    const fresh = await nextCamera(local.value);
    if (!busyNow.value) return closeMedia(fresh);
    fresh.getVideoTracks().forEach((track) => (track.enabled = !covered.value));
    local.value = fresh;
    await peer?.replace(fresh);
  }

  // --- what rings ---
  async function look(): Promise<void> {
    if (!useSession().signedIn || !useSession().me?.posts.length) {
      incoming.value = [];
      return;
    }
    const { items } = await calls.ringing().catch(() => ({ items: incoming.value }));
    incoming.value = items.filter((one) => Date.parse(one.rings_until) > Date.now());
  }
  function start(): void {
    const soon = debounced(look, 50);
    const state = (now: StreamState) => {
      hears = now === 'live';
      soon();
    };
    const heard = ({ verb }: { verb: string }) => {
      if (verb !== 'call' && verb !== 'call_end') return;
      soon();
      if (busyNow.value) next(0);
    };
    let stop = () => {};
    let hears = false;
    watch(
      () => useSession().me?.id,
      (account) => {
        stop();
        stop = account ? liveStream().listen({ record: heard, ring: heard, reload: soon, state }) : () => {};
        if (!account && busyNow.value) hangUp();
        look();
      },
      { immediate: true },
    );
    watch(rings, (one) => (one ? startRinging('call') : stopRinging('call')));
    setInterval(() => incoming.value.length && look(), RINGS_MS);
    setInterval(() => document.visibilityState === 'visible' && look(), WATCH_MS);
    setInterval(() => !hears && look(), DEAF_MS);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look());
    window.addEventListener('pagehide', () => {
      if (current.value && busyNow.value) calls.leave(current.value.id, device);
    });
  }

  return {
    ...{ incoming, current, phase, outcome, problem, local, remote, muted, covered, several, cutOff, since },
    ...{ rings, busyNow, call, answer, hangUp, dismiss, mute, cover, switchCamera, start },
  };
});
