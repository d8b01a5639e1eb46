// Keeps the desk when the line is gone: the last page of each desk and the files it is made of, nothing else. With a line
// the server is always asked first, so that nobody reads an old page because it lies nearer.
const CACHE = "ddh-vagt-1";
const PATIENCE_MS = 6000;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep));
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(answer(event, url.pathname, isDesk(url)));
  else if (url.pathname.startsWith("/static/")) event.respondWith(answer(event, url.pathname, true));
});

const isDesk = (url) => /^\/vagt\/[^/]+$/.test(url.pathname) && url.search === "";

async function answer(event, path, store) {
  const cache = await caches.open(CACHE);
  const asked = fetch(event.request);
  event.waitUntil(asked.then((told) => (store && told.ok && !told.redirected ? cache.put(path, told.clone()) : null), () => null));
  const kept = await cache.match(path);
  if (!kept) return asked; // slow is better than nothing
  const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, kept); });
  return Promise.race([asked.then((told) => (told.status >= 500 ? kept : told), () => kept), patience]);
}

// The first page came before there was anybody to keep it.
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  await Promise.all(addresses.map(async (address) => {
    const path = new URL(address, location.href).pathname;
    const file = path.startsWith("/static/");
    if (file && (await cache.match(path))) return;
    const told = await fetch(address, { credentials: "same-origin", cache: file ? "force-cache" : "default" }).catch(() => null); // the browser has the files already
    if (told?.ok && !told.redirected) await cache.put(path, told);
  }));
}
