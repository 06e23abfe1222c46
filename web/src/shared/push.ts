import { api } from './api';

/** Web Push on this browser: its subscription, and which of the account's devices it is. */
const KEY = 'wangge.push';

export type PushState = 'none' | 'home' | 'denied' | 'off' | 'on';

/** An iPhone takes notifications only from a page on its home screen. */
function wantsHome(): boolean {
  const phone = /iPhone|iPad/.test(navigator.userAgent);
  return phone && !window.matchMedia('(display-mode: standalone)').matches;
}

export const deviceHere = (): string | null => localStorage.getItem(KEY);

export function pushState(devices: { id: string }[]): PushState {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) return wantsHome() ? 'home' : 'none';
  if (Notification.permission === 'denied') return 'denied';
  return Notification.permission === 'granted' && devices.some((one) => one.id === deviceHere())
    ? 'on'
    : 'off';
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

function agent(): string {
  const ua = navigator.userAgent;
  const browser = /Edg\//.test(ua)
    ? 'Edge'
    : /Firefox\//.test(ua)
      ? 'Firefox'
      : /Chrome\//.test(ua)
        ? 'Chrome'
        : 'Safari';
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(ua)?.[0] ?? '';
  return `${browser} · ${system}`;
}

async function worker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register('/sw.js');
  return navigator.serviceWorker.ready;
}

/** Asks the person, then the browser's service, then tells the server. False: the person said no. */
export async function allowPush(key: string): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false;
  const registration = await worker();
  const old = await registration.pushManager.getSubscription();
  // One made for another key of the server is of no use.
  if (old && deviceHere() === null) await old.unsubscribe();
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(key),
  });
  const { endpoint, keys } = made.toJSON();
  const device = await api.put<{ id: string }>('reach/devices', {
    endpoint,
    p256dh: keys?.p256dh,
    auth: keys?.auth,
    agent: agent(),
  });
  localStorage.setItem(KEY, device.id);
  return true;
}

/** This browser, or another of one's own, takes none any more. */
export async function stopPush(id: string): Promise<void> {
  await api.delete(`reach/devices/${id}`);
  if (id !== deviceHere()) return;
  localStorage.removeItem(KEY);
  const registration = await navigator.serviceWorker?.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
