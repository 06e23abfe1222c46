// The shell of the phone faces, kept for when there is no network. Data is never cached here:
// /api goes straight through, and the pages themselves say what they show and how old it is.
const SHELL = [/* SHELL */];
const CACHE = `shell-${hash(SHELL.join('|'))}`;

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
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
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

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/api/')) return;
  if (event.request.mode === 'navigate') {
    if (/^\/(desk|board|admin)(\/|$)/.test(url.pathname)) return;
    event.respondWith(page(event.request, /^\/work(\/|$)/.test(url.pathname) ? '/work' : '/'));
    return;
  }
  if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((hit) => hit ?? fetch(event.request)));
  }
});
