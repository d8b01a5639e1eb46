// A page that comes out of the cache is as old as it was served, whatever the clock says now: told to live.js before it
// counts. The server's time in the page is the mark: the same mark again is the same page.
const live = document.getElementById("live");
const KEY = `ddh-desk-served:${location.pathname}`;
try {
  const kept = JSON.parse(localStorage.getItem(KEY));
  if (kept?.now === live.dataset.now) { live.dataset.at = kept.at; live.dataset.again = "1"; }
  else localStorage.setItem(KEY, JSON.stringify({ now: live.dataset.now, at: Date.now() }));
} catch { /* no storage: no cache either */ }
