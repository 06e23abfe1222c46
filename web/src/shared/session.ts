import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { api, ApiError, onSignedOut } from './api';
import { dropDrafts, dropForms } from './draft';
import { forgetKept } from './keep';
import { liveStream } from './stream';
import type { Me } from './types';

const KEY = 'wangge.me';
/** Whose things this device keeps; it outlives a session that is over. */
const WHOSE = 'wangge.whose';

function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Me | null;
  } catch {
    return null;
  }
}

/** Who is signed in. Remembered so that a phone without a signal still knows whose work it shows. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  const ready = ref(false);
  /** The session ended under the person's hands: ask again, lose nothing on the screen. */
  const expired = ref(false);
  const signedIn = computed(() => Boolean(me.value?.id));

  function remember(value: Me | null): void {
    me.value = value;
    if (value?.id) localStorage.setItem(KEY, JSON.stringify(value));
    else localStorage.removeItem(KEY);
  }

  /** Somebody else than before finds nothing of that person: no forms begun, no lists, nothing on the screen. */
  async function begin(value: Me): Promise<void> {
    const before = localStorage.getItem(WHOSE);
    if (value.id) localStorage.setItem(WHOSE, value.id);
    if (before && value.id && before !== value.id)
      await Promise.all([dropForms(), forgetKept()]).catch(() => undefined);
    // What is on the screen is asked for again only by a page that begins anew.
    if (me.value?.id && value.id && me.value.id !== value.id) {
      localStorage.setItem(KEY, JSON.stringify(value));
      location.reload();
      await new Promise(() => undefined);
    }
    remember(value);
  }

  async function load(): Promise<void> {
    try {
      await begin(await api.get<Me>('me'));
    } catch (problem) {
      if (problem instanceof ApiError && problem.passing) me.value = remembered();
      else remember(null);
      expired.value = false;
    } finally {
      ready.value = true;
    }
  }

  async function signIn(login: string, password: string): Promise<void> {
    await api.post('session', { login, password });
    await begin(await api.get<Me>('me'));
    expired.value = false;
    liveStream().restart();
  }

  /** A resident's own account: the answer is a session already. What this device remembers stays. */
  async function register(login: string, name: string, password: string, code = ''): Promise<void> {
    await api.post('register', { login, name, password, ...(code ? { code } : {}) });
    await begin(await api.get<Me>('me'));
    expired.value = false;
    liveStream().restart();
  }

  async function signOut(): Promise<void> {
    try {
      // Who signs in here next is not to see what this person is told.
      if (localStorage.getItem('wangge.push')) {
        const { deviceHere, stopPush } = await import('./push');
        await stopPush(deviceHere() ?? '').catch(() => undefined);
      }
      await api.delete('session');
    } finally {
      remember(null);
      localStorage.removeItem(WHOSE);
      await Promise.all([dropDrafts(), forgetKept()]).catch(() => undefined);
      liveStream().restart();
    }
  }

  /**
   * Whether who was signed in still is; where not, they are asked to sign in again. What anybody may send, a report,
   * would otherwise be sent as nobody's. Without a network the sending itself tells.
   */
  async function still(): Promise<boolean> {
    if (!me.value?.id) return true;
    const now = await api.get<Me>('me').catch(() => null);
    if (now && !now.id) expired.value = true;
    return !expired.value;
  }

  function holds(role: string): boolean {
    return me.value?.posts?.some((post) => post.role === role) ?? false;
  }

  onSignedOut(() => {
    if (me.value?.id) expired.value = true;
  });

  return { me, ready, expired, signedIn, load, signIn, register, signOut, still, holds };
});
