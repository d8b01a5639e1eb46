// The desk: takes new versions as they come, stops the agent until he has seen what changed, remembers what he has seen,
// and hands each key to whoever it belongs to. All words come from the page (data-… of #desk).
import { clockText, now } from "./live.js";
import { Queue } from "./desk_queue.js";
import { Register } from "./desk_register.js";
import { jumpTo, setUpSearch } from "./desk_search.js";

const root = document.getElementById("desk");
const words = root.dataset;
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const { environment, person } = words;
const confirms = words.confirms === "1";
const live = document.getElementById("live");
const fromCache = live.dataset.again === "1";
const ARMED_MS = 1000; // a key that was meant for the text one was writing does not confirm what one has not read

const store = {
  get(key, other) { try { return JSON.parse(localStorage.getItem(key)) ?? other; } catch { return other; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: the page has it */ } },
};
const KEYS = { seen: `ddh-desk-seen:${environment}:${person}`, recalls: `ddh-desk-recalls:${environment}:${person}`, guides: `ddh-desk-guides:${environment}:${words.lang}`, heard: `ddh-desk-heard:${environment}`, shortcuts: "ddh-desk-shortcuts" };

// -- the guides --------------------------------------------------------------------------------------------------
const sectionOf = (crisis) => document.getElementById(`krise-${crisis}`);
const guideOf = (crisis) => sectionOf(crisis)?.querySelector("[data-desk-guide]");
const stateOf = (crisis) => guideOf(crisis)?.querySelector(".desk-state")?.dataset ?? {};
const titleOf = (crisis) => sectionOf(crisis)?.querySelector(".desk-crisis-title [lang]")?.textContent ?? "";
const desk = {
  shown: (crisis) => { const version = stateOf(crisis).version; return version ? Number(version) : null; },
  duty: (crisis) => stateOf(crisis).duty ?? "",
};

const queue = new Queue(environment, person);
const register = new Register(desk, words, fill, queue);
const search = setUpSearch(words, fill);
root.classList.add("desk-scripted");

function swap({ crisis, hash, html }) {
  const place = guideOf(crisis);
  if (!place || place.dataset.hash === hash) return;
  const open = new Map([...place.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  const here = place.querySelector(".desk-block.here")?.id;
  const anchor = scrollY < 1 ? null : [...document.querySelectorAll(".desk-block")].find((each) => each.getBoundingClientRect().bottom > 0);
  const at = anchor && { id: anchor.id, top: anchor.getBoundingClientRect().top };
  place.innerHTML = html;
  place.dataset.hash = hash;
  for (const [id, isOpen] of open) { const each = document.getElementById(id); if (each) each.open = isOpen; }
  if (here) document.getElementById(here)?.classList.add("here");
  const again = at && document.getElementById(at.id);
  if (again) scrollBy(0, again.getBoundingClientRect().top - at.top);
  register.transfers(crisis, (stateOf(crisis).transfers ?? "").split("\n").filter(Boolean));
}

// -- what the agent has seen -------------------------------------------------------------------------------------
const seen = new Map();
for (const section of document.querySelectorAll(".desk-crisis")) if (section.dataset.seen !== "") seen.set(section.dataset.crisis, Number(section.dataset.seen));
for (const { data } of queue.pending("seen")) seen.set(data.crisis, Math.max(seen.get(data.crisis) ?? -1, data.version));
if (fromCache) for (const [crisis, version] of Object.entries(store.get(KEYS.seen, {}))) seen.set(crisis, Math.max(seen.get(crisis) ?? -1, version));

const stops = new Map(); // crisis -> what he must see first
const dialog = document.getElementById("desk-dialog");
const heading = document.getElementById("desk-dialog-h");
let openedAt = 0;
let showing = null;

function stop(crisis, version, html, recalled) {
  const known = stops.get(crisis);
  if (known && known.version === version && known.recalled === recalled) return;
  stops.set(crisis, { version, html, recalled });
  if (showing === crisis || !dialog.open) openNext();
}

function openNext() {
  const [crisis, what] = stops.entries().next().value ?? [null, null];
  showing = crisis;
  if (!crisis) { if (dialog.open) dialog.close(); nudge(); return; }
  heading.textContent = what.recalled && (seen.get(crisis) ?? -1) >= what.version ? words.recalled : words.stopped;
  dialog.querySelector(".desk-dialog-crisis").textContent = titleOf(crisis);
  dialog.querySelector(".desk-dialog-body").innerHTML = what.html;
  nudge();
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  heading.focus();
  openedAt = performance.now();
}

// The staff has reminded of it: said to those who still have it before them.
const title = document.title;
function nudge() {
  if (showing) dialog.querySelector(".desk-nudge").textContent = stateOf(showing).nudged ?? "";
  for (const line of document.querySelectorAll(".desk-stop:not([hidden])")) line.querySelector(".desk-nudge").textContent = stateOf(line.dataset.crisis).nudged ?? "";
  document.title = stops.size ? `● ${title}` : title;
}

function confirm(crisis, version) {
  const before = seen.get(crisis) ?? -1;
  seen.set(crisis, Math.max(before, version));
  store.set(KEYS.seen, Object.fromEntries(seen));
  const recalled = stateOf(crisis).recalled;
  if (recalled) store.set(KEYS.recalls, { ...store.get(KEYS.recalls, {}), [crisis]: recalled });
  if (version > before) queue.add("seen", { crisis, version });
  stops.delete(crisis);
  document.querySelector(`.desk-stop[data-crisis="${CSS.escape(crisis)}"]`)?.remove();
  register.say("done", fill(words.seen, { version }));
}

function confirmShown() {
  if (!showing) return;
  confirm(showing, stops.get(showing).version);
  openNext();
}
document.getElementById("desk-dialog-seen").addEventListener("click", confirmShown);
dialog.addEventListener("cancel", (event) => event.preventDefault());
dialog.addEventListener("close", () => { if (stops.size) openNext(); });

// Another tab of the same agent has confirmed.
addEventListener("storage", ({ key }) => {
  if (key !== KEYS.seen) return;
  for (const [crisis, version] of Object.entries(store.get(KEYS.seen, {}))) {
    seen.set(crisis, Math.max(seen.get(crisis) ?? -1, version));
    if ((stops.get(crisis)?.version ?? Infinity) <= version) stops.delete(crisis);
  }
  openNext();
});

async function difference(crisis, since, otherwise) {
  try {
    const answer = await fetch(`/vagt/${environment}/aendret?${new URLSearchParams({ krise: crisis, fra: since, lang: words.lang })}`, { credentials: "same-origin", signal: AbortSignal.timeout(8000) });
    if (answer.ok && !answer.redirected) return await answer.text();
  } catch { /* the line: what came with the news is shown */ }
  return otherwise;
}

async function consider({ crisis, version, recalled, since, changes }) {
  if (!confirms || version === null) return;
  const had = seen.get(crisis);
  const newRecall = recalled && store.get(KEYS.recalls, {})[crisis] !== recalled;
  if (had === undefined) { notSeen(crisis, version); return; }
  if (version > had) stop(crisis, version, had === since ? changes : await difference(crisis, had, changes), recalled);
  else if (newRecall) stop(crisis, version, await difference(crisis, version, changes), recalled);
}

// An agent who has seen nothing yet reads the guide itself; a line above it waits for his word.
function notSeen(crisis, version) {
  const line = document.querySelector(`.desk-stop[data-crisis="${CSS.escape(crisis)}"]`);
  if (line) { line.dataset.version = version; line.querySelector("[name=version]").value = version; return; }
  const made = document.getElementById("desk-stop-template").content.firstElementChild.cloneNode(true);
  Object.assign(made.dataset, { crisis, version });
  made.querySelector("h2").id = `stop-${crisis}`;
  made.setAttribute("aria-labelledby", `stop-${crisis}`);
  made.querySelector("strong").textContent = titleOf(crisis);
  made.querySelector("[name=crisis]").value = crisis;
  made.querySelector("[name=version]").value = version;
  confirmedBy(made);
  document.getElementById("desk-stops").append(made);
}

function confirmedBy(line) {
  line.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); confirm(line.dataset.crisis, Number(line.dataset.version)); });
}

for (const line of document.querySelectorAll(".desk-stop")) {
  confirmedBy(line);
  const { crisis, version, since } = line.dataset;
  if ((seen.get(crisis) ?? -1) >= Number(version)) line.remove();
  else if (since !== "") { stop(crisis, Number(version), line.querySelector(".desk-stop-body").innerHTML, stateOf(crisis).recalled || null); line.hidden = true; }
}
if (confirms) for (const section of document.querySelectorAll(".desk-crisis")) { // taken back while the desk was closed
  const { crisis } = section.dataset;
  const { recalled, version } = stateOf(crisis);
  if (recalled && seen.has(crisis) && !stops.has(crisis)) consider({ crisis, version: Number(version), recalled, since: -1, changes: "" });
}

// -- news --------------------------------------------------------------------------------------------------------
function crises(list) {
  for (const section of document.querySelectorAll(".desk-crisis")) {
    const { crisis } = section.dataset;
    if (list.includes(crisis) || section.classList.contains("over")) continue;
    section.classList.add("over");
    const line = document.createElement("div");
    line.className = "alert alert-warning";
    line.innerHTML = '<div class="alert-body"><p><strong></strong></p></div>';
    line.querySelector("strong").textContent = words.over;
    guideOf(crisis).replaceChildren(line);
    stops.delete(crisis);
    register.over(crisis);
    if (showing === crisis) openNext();
  }
}

// A crisis that comes while the desk is open: its guide at once; what one registers with when the page is made anew,
// not by two thousand desks in the same second.
const SOON_MS = 12000;
function newCrisis({ crisis, title, authority }) {
  const made = document.getElementById("desk-crisis-template").content.firstElementChild.cloneNode(true);
  made.id = `krise-${crisis}`;
  made.dataset.crisis = crisis;
  made.querySelector("h2").id = `${made.id}-h`;
  made.setAttribute("aria-labelledby", `${made.id}-h`);
  made.querySelector("h2 [lang]").textContent = title;
  made.querySelector("h2 .hint").textContent = authority;
  made.querySelector(".desk-guide").dataset.deskGuide = crisis;
  document.getElementById("desk-guides").prepend(made);
  document.getElementById("desk-none")?.remove();
  document.querySelector(".desk-search").hidden = false;
  setTimeout(showAnew, Math.random() * SOON_MS);
}

function showAnew() {
  if (!register.begun && !dialog.open && !writes(document.activeElement)) { location.reload(); return; }
  const place = document.getElementById("desk-old");
  place.hidden = false;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "button button-small";
  again.textContent = words.show;
  again.addEventListener("click", () => location.reload());
  place.querySelector("strong").replaceChildren(words.newCrisis, " ", again);
}

function fragment(data) {
  const { crisis } = data;
  if (!crisis) return;
  if (!sectionOf(crisis)) newCrisis(data);
  swap(data);
  nudge();
  const kept = store.get(KEYS.guides, {});
  store.set(KEYS.guides, { ...kept, [crisis]: { ...data, at: Date.now() } });
  consider(data);
}

let connected = null;
document.addEventListener("live", ({ detail: { event, data } }) => {
  if (event === "state") { connected = data.connected; line(); if (connected) queue.send(); }
  else if (event === "fragment") fragment(data);
  else if (event === "changed" && data.crises) crises(data.crises);
});

// -- without a line ----------------------------------------------------------------------------------------------
const old = document.getElementById("desk-old");
function line() {
  if (connected) { store.set(KEYS.heard, Date.now()); old.hidden = true; return; }
  if (connected === null && !fromCache) return;
  const heard = store.get(KEYS.heard, Date.now());
  const rate = Number(live.dataset.rate);
  old.hidden = !document.querySelector(".desk-crisis");
  old.querySelector("strong").textContent = fill(words.old, { clock: clockText(now() - (Date.now() - heard) * rate) });
}
setInterval(() => { if (connected) store.set(KEYS.heard, Date.now()); }, 10000);
if (fromCache) { // what came after the page was kept
  const served = Number(live.dataset.at);
  for (const data of Object.values(store.get(KEYS.guides, {}))) if (data.at > served && sectionOf(data.crisis)) { swap(data); consider(data); }
  setTimeout(line, 2500);
}

// -- the queue says how it goes ----------------------------------------------------------------------------------
const waiting = document.getElementById("desk-waiting");
queue.addEventListener("changed", () => {
  if (!waiting) return;
  const n = queue.waiting();
  waiting.hidden = n === 0;
  waiting.textContent = n ? fill(n === 1 ? words.waitingOne : words.waitingOther, { n }) : "";
});
queue.addEventListener("sent-later", () => register.say("done", words.sent));
queue.addEventListener("refused", ({ detail }) => register.say("wrong", `${words.refused} ${detail}`));
queue.addEventListener("login", () => register.say("wrong", words.login));
queue.dispatchEvent(new Event("changed"));

// -- keys --------------------------------------------------------------------------------------------------------
const choice = document.getElementById("desk-keys-on");
if (choice) {
  document.getElementById("desk-keys-choice").hidden = false;
  choice.checked = store.get(KEYS.shortcuts, true);
  choice.addEventListener("change", () => store.set(KEYS.shortcuts, choice.checked));
}
const writes = (element) => element.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const target = event.target instanceof Element ? event.target : document.body;
  if (dialog.open) { if (key === "g" && store.get(KEYS.shortcuts, true)) { event.preventDefault(); if (performance.now() - openedAt >= ARMED_MS) confirmShown(); } return; }
  if (writes(target)) {
    if (key === "Escape" && target.closest(".desk-form")) { event.preventDefault(); register.key(key); }
    return;
  }
  if (!store.get(KEYS.shortcuts, true)) return;
  if (key === "Enter" && target.closest("a, button, summary, [role=button]")) return;
  if (key === "/") { event.preventDefault(); search.open(); return; }
  if (key === "k") { register.next(); return; }
  if (key === "g") {
    const first = document.querySelector(".desk-stop:not([hidden])");
    if (first) { event.preventDefault(); confirm(first.dataset.crisis, Number(first.dataset.version)); }
    return;
  }
  if (register.key(key)) event.preventDefault();
});
const side = document.getElementById("desk-side");
for (const link of document.querySelectorAll(".desk-to-form")) new IntersectionObserver((seenNow) => { link.hidden = seenNow.at(-1).isIntersecting; }).observe(side);
for (const link of document.querySelectorAll(".desk-to-form")) link.addEventListener("click", (event) => { event.preventDefault(); document.getElementById("desk-side").scrollIntoView(); register.current?.querySelector("input[type=radio]")?.focus({ preventScroll: true }); });
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest(".desk-jump a");
  const place = link && document.getElementById(link.hash.slice(1));
  if (place) { event.preventDefault(); jumpTo(place); place.scrollIntoView({ block: "start" }); }
});

// -- kept for a dropped line -------------------------------------------------------------------------------------
const CACHE = "ddh-vagt-1";
if ("serviceWorker" in navigator) {
  const page = navigator.serviceWorker.controller ? [] : [location.pathname]; // else the worker has kept it as it came
  navigator.serviceWorker.register("/vagt/tjeneste.js", { scope: "/vagt/" }).then(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType("resource").map((each) => each.name).filter((name) => new URL(name).pathname.startsWith("/static/"));
    if (!fromCache) active.postMessage({ keep: [...page, ...new Set([...files, "/static/redact.js", "/static/stream.js"])] });
  }).catch(() => { /* no worker: the desk works, but not through a reload without a line */ });
}
for (const form of document.querySelectorAll('form[action="/log-ud"]')) form.addEventListener("submit", () => { // the next one at this machine is somebody else
  caches?.delete(CACHE);
  localStorage.removeItem(KEYS.guides);
});
