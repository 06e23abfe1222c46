// The shell of the phone faces, kept for when there is no network, with all they may fetch later. Answers of the
// server are not kept here, save the thumbnails of the day's matters, which the page itself puts into EVIDENCE and
// takes out again: the pages say what they show and how old it is.
const SHELL = [/* SHELL */];
const CACHE = `shell-${hash(SHELL.join('|'))}`;
const EVIDENCE = 'evidence';

function hash(text) {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  return (h >>> 0).toString(36);
}

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(SHELL))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  const old = (name) => name.startsWith('shell-') && name !== CACHE;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function page(request, path) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
    return (await caches.match(path)) ?? answer;
  } catch {
    return (await caches.match(path)) ?? Response.error();
  }
}

/** Fonts come in many pieces, of which one page needs few: those it asked for stay. */
async function once(request) {
  const hit = await caches.match(request);
  if (hit) return hit;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function thumb(request) {
  const kept = () => caches.match(request, { cacheName: EVIDENCE });
  try {
    return await fetch(request);
  } catch {
    return (await kept()) ?? Response.error();
  }
}

/** What the server says is shown as it is; a repetition of it replaces what stands there already. */
async function tell(data) {
  const ring = data.what === 'ring' || data.what === 'call';
  await self.registration.showNotification(data.title, {
    body: data.body || undefined,
    lang: data.lang,
    tag: data.id,
    renotify: ring,
    requireInteraction: ring,
    vibrate: ring ? [400, 200, 400, 200, 400] : [200],
    icon: '/icon-192.png',
    badge: '/badge-96.png',
    timestamp: Date.now(),
    data: { path: data.path },
  });
}

self.addEventListener('push', (event) => {
  let data = { title: '网格 Wangge', path: '/' };
  try {
    data = event.data.json();
  } catch {
    // Not ours, or empty: a notification has to be shown all the same.
  }
  event.waitUntil(tell(data));
});

/** A window that is open goes there: the desk to the desk's page of the matter, any other to its own face. */
async function open(path) {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const face = (url) => new URL(url).pathname.split('/')[1];
  const desk = windows.find((one) => face(one.url) === 'desk');
  const own = windows.find((one) => face(one.url) === path.split('/')[1]);
  const target = own ?? (path.startsWith('/work') ? desk : undefined);
  if (!target) return self.clients.openWindow(path);
  const there =
    target === desk && !own ? path.replace(/^\/work\/m\//, '/desk/r/').replace(/^\/work$/, '/desk') : path;
  await target.focus();
  return target.navigate(there).catch(() => self.clients.openWindow(there));
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path ?? '/'));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (/^\/api\/v1\/files\/[^/]+\/thumb$/.test(url.pathname)) event.respondWith(thumb(request));
  else if (url.pathname.startsWith('/api/')) return;
  else if (request.mode === 'navigate') {
    if (/^\/(desk|board|admin)(\/|$)/.test(url.pathname)) return;
    event.respondWith(page(request, /^\/work(\/|$)/.test(url.pathname) ? '/work' : '/'));
  } else if (SHELL.includes(url.pathname) || /^\/assets\/.*\.woff2$/.test(url.pathname))
    event.respondWith(once(request));
});
