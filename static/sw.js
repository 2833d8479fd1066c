// Keeps the notebook for the time without a network. What a build consists of is written into this file after the build, so that every
// build has a worker, and a store, of its own; data sets are kept when they are first fetched, whichever build fetches them.

const VERSION = "__VERSION__";
const FILES = __FILES__;

const here = new URL("./", self.location.href);
// Stores belong to the whole origin, which may show another notebook in another folder.
const OURS = `stride ${here.pathname} `;
const BUILD = `${OURS}build ${VERSION}`;
const DATA = `${OURS}data`;

/** The path of an address below this folder, without its query; nothing for other places. */
function below(address) {
  const url = new URL(address);
  if (url.origin !== here.origin || !url.pathname.startsWith(here.pathname)) return undefined;
  return url.pathname.slice(here.pathname.length);
}

self.addEventListener("install", (event) => {
  // Past the browser's own store, which may still hold files of the version before.
  event.waitUntil(caches.open(BUILD).then((cache) => cache.addAll(FILES.map((path) => new Request(path, { cache: "reload" })))));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(OURS) && name !== BUILD && name !== DATA;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

// The page asks for this when its reader wants the new version.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = request.method === "GET" ? below(request.url) : undefined;
  if (path === undefined) return;
  // Whether lessons are being written is known only where they are: without a network they are not.
  if (path === "lessons/watch.json") event.respondWith(fetch(request).catch(() => new Response("0")));
  else if (request.mode === "navigate" && (path === "" || path === "index.html")) event.respondWith(kept(BUILD, "./", request));
  else if (FILES.includes(path)) event.respondWith(kept(BUILD, path, request));
  else if (path.startsWith("data/")) event.respondWith(keptOnceFetched(request));
});

async function kept(store, path, request) {
  const cache = await caches.open(store);
  return (await cache.match(path, { ignoreSearch: true })) ?? fetch(request);
}

async function keptOnceFetched(request) {
  // "reload" is how the page asks again for a file that arrived damaged.
  const cache = await caches.open(DATA);
  const known = request.cache === "reload" ? undefined : await cache.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) {
    // A store that is full keeps nothing, and the page works on.
    cache.put(request, response.clone()).catch(() => {});
  }
  return response;
}
