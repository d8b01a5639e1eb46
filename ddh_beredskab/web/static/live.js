// Keeps the page fresh: swaps parts that changed, adds log entries without moving the reader, counts ages on the
// environment's own clock, and says whether it is connected. All words come from the page (data-… of #live).
import { dirty, lineIsBack, prepare } from "./forms.js";
import { Stream } from "./stream.js";

const live = document.getElementById("live");
const words = live.dataset;
const [topic, afterText] = words.topic.split("@");
const lang = words.lang;
let last = Number(afterText || 0);

const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");

// -- the clock ---------------------------------------------------------------------------------------------------
let clock = { now: Date.parse(words.now), rate: Number(words.rate), at: Number(words.at) || Date.now() };
export const now = () => clock.now + (Date.now() - clock.at) * clock.rate;
const copenhagen = new Intl.DateTimeFormat("da-DK", { timeZone: "Europe/Copenhagen", hour: "2-digit", minute: "2-digit", hour12: false });
export const clockText = (ms) => {
  const parts = Object.fromEntries(copenhagen.formatToParts(ms).map((part) => [part.type, part.value]));
  return fill(words.clock, { hour: parts.hour, minute: parts.minute });
};

function spanText(ms) {
  const minutes = Math.floor(ms / 60000);
  if (minutes < 1) return words.under;
  const [days, hours, left] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (days) return fill(words.days, { days, hours });
  if (hours && !left) return fill(words.wholeHours, { hours });
  return hours ? fill(words.hours, { hours, minutes: left }) : fill(words.minutes, { minutes: left });
}

function tick() {
  for (const time of document.querySelectorAll("time[data-clock]")) {
    const text = `${fullDate.format(now())} ${clockText(now())}`;
    if (time.textContent !== text) time.textContent = text;
  }
  for (const time of document.querySelectorAll("time[data-age]")) {
    const length = now() - Date.parse(time.dateTime);
    const text = fill(length < 0 ? words.ahead : words.ago, { span: spanText(Math.abs(length)) });
    if (time.textContent !== text) time.textContent = text;
  }
}

const fullDate = new Intl.DateTimeFormat(lang === "da" ? "da-DK" : "en-GB", { timeZone: "Europe/Copenhagen", dateStyle: "full" });

// -- parts of the page -------------------------------------------------------------------------------------------
function swap({ fragment, hash, html }) {
  const place = document.querySelector(`[data-fragment="${CSS.escape(fragment)}"]`);
  if (!place || place.dataset.hash === hash) return;
  const open = new Map([...place.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
  const scrolled = [...place.querySelectorAll(".table-wrap")].map((wrap) => wrap.scrollLeft);
  const active = place.contains(document.activeElement) ? pathTo(document.activeElement, place) : null;
  keepingPlace(() => {
    place.innerHTML = html;
    place.dataset.hash = hash;
    for (const [id, isOpen] of open) { const details = document.getElementById(id); if (details) details.open = isOpen; }
  });
  place.querySelectorAll(".table-wrap").forEach((wrap, i) => { wrap.scrollLeft = scrolled[i] ?? 0; });
  if (active) find(active, place)?.focus({ preventScroll: true });
  tick();
}

// What somebody reads does not move when something above it grows or shrinks (the sheet switches off the browser's own).
function keepingPlace(change) {
  const seen = (each) => each.getBoundingClientRect().bottom > 0 && each.getBoundingClientRect().top < innerHeight;
  const first = (selector) => [...document.querySelectorAll(selector)].find(seen);
  const anchor = scrollY < 1 ? null : first(".log-entry") ?? first(".step, .role, .guide-text > div, .tile, .details, tr");
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) scrollBy(0, anchor.getBoundingClientRect().top - before);
}

function pathTo(element, root) {
  if (element.closest("details[id]")) return { details: element.closest("details[id]").id };
  return { index: [...root.querySelectorAll("a, [tabindex], summary, button")].indexOf(element) };
}
const find = (path, root) =>
  path.details ? root.querySelector(`#${CSS.escape(path.details)} > summary`)
    : root.querySelectorAll("a, [tabindex], summary, button")[path.index];

// Parts made for this viewer alone (data-part: buttons, forms, lists) are fetched anew when something has happened. A
// part somebody is writing in waits until it is left.
const bare = (part) => { const copy = part.cloneNode(true); for (const each of copy.querySelectorAll("time[data-age], .form-state")) each.textContent = ""; for (const id of copy.querySelectorAll("input[name=id]")) id.setAttribute("value", ""); return copy.innerHTML; };
const served = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, bare(part)]));
let looking = false;
let lookAgain = false;
const left = new Set(); // parts that are older than the page, because somebody writes in them
async function lookAtParts() {
  if (!served.size) return;
  if (looking) { lookAgain = true; return; }
  looking = true;
  try {
    await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 350));
    const url = new URL(location.href);
    url.searchParams.delete("svar");
    const answer = await fetch(url, { headers: { Accept: "text/html", "X-Parts": "1" }, credentials: "same-origin" });
    if (answer.status === 200 && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of page.querySelectorAll("[data-part]")) {
        const here = document.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
        const html = bare(part);
        if (!here || served.get(part.dataset.part) === html) continue;
        if (dirty(here)) { left.add(part.dataset.part); continue; }
        left.delete(part.dataset.part);
        served.set(part.dataset.part, html);
        const open = new Map([...here.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
        const active = here.contains(document.activeElement) ? pathTo(document.activeElement, here) : null;
        keepingPlace(() => {
          here.innerHTML = part.innerHTML;
          for (const [id, isOpen] of open) { const details = document.getElementById(id); if (details) details.open = isOpen; }
        });
        if (active) find(active, here)?.focus({ preventScroll: true });
        prepare(here);
        tick();
      }
    }
  } catch { /* the line is gone; the next change tries again */ }
  looking = false;
  if (lookAgain) { lookAgain = false; setTimeout(lookAtParts, 1000); }
}
setInterval(() => {
  if (left.size && [...left].some((name) => { const part = document.querySelector(`[data-part="${CSS.escape(name)}"]`); return part && !dirty(part); })) { left.clear(); lookAtParts(); }
}, 1000);
setInterval(() => { if (!document.hidden) lookAtParts(); }, 60000);

// -- the log -----------------------------------------------------------------------------------------------------
const list = document.getElementById("log-list");
const show = document.getElementById("log-show");
const count = document.getElementById("log-count");
const MOST = 200;
let held = [];

function entry({ number, html }) {
  if (!list) return;
  const made = document.createElement("template");
  made.innerHTML = html;
  const line = made.content.firstElementChild;
  const known = document.getElementById(`nr-${number}`);
  if (known) { if (known.innerHTML !== line.innerHTML && !known.querySelector(".entry-menu[open]")) known.replaceWith(line); return; }
  const waiting = held.findIndex((each) => Number(each.dataset.number) === number);
  if (waiting >= 0) { held[waiting] = line; return; }
  if (number <= last) return; // told again, and not on this page
  last = number;
  count.textContent = fill(number === 1 ? count.dataset.one : count.dataset.other, { n: number.toLocaleString("da-DK") });
  toAnnounce += 1;
  if (line.dataset.kind === "urgent") announcements.textContent = `${words.urgent}: ${line.querySelector(".log-text")?.textContent ?? ""}`;
  if (reading()) { held.push(line); button(); } else place([line]);
}

function place(lines) {
  document.getElementById("log-empty").hidden = true;
  for (const line of lines) { line.classList.add("log-fresh"); list.prepend(line); }
  while (list.childElementCount > MOST) list.lastElementChild.remove();
  const oldest = Number(list.lastElementChild?.dataset.number || 1);
  document.getElementById("log-older").hidden = oldest <= 1;
}

// Somebody reads when the top of the log has scrolled away, a text is marked, or the focus is inside.
function reading() {
  if (held.length) return true;
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && list.contains(selection.anchorNode)) return true;
  return list.contains(document.activeElement) || list.getBoundingClientRect().top < 0;
}

function button() {
  show.hidden = held.length === 0;
  const urgent = held.some((line) => line.dataset.kind === "urgent"); // who reads further down sees that it is one
  show.classList.toggle("button-warning", urgent);
  show.textContent = (urgent ? `${words.urgent}. ` : "") + fill(held.length === 1 ? words.showOne : words.showOther, { n: held.length });
}

show?.addEventListener("click", () => {
  const first = held[held.length - 1];
  place(held);
  held = [];
  button();
  first?.setAttribute("tabindex", "-1");
  first?.focus({ preventScroll: true });
  document.getElementById("log").scrollIntoView({ block: "start" });
});

// -- what is said aloud ------------------------------------------------------------------------------------------
const announcements = document.getElementById("announcements");
let toAnnounce = 0;
setInterval(() => {
  if (!toAnnounce) return;
  announcements.textContent = fill(toAnnounce === 1 ? words.newOne : words.newOther, { n: toAnnounce });
  toAnnounce = 0;
}, 10000);

const stateText = document.getElementById("live-state");
const stateHint = document.getElementById("live-hint");
let lostAt = null;
function state({ connected, since }) {
  if (connected && live.dataset.state === "lost") { lineIsBack(); lookAtParts(); }
  live.dataset.state = connected ? "connected" : "lost";
  if (connected) lostAt = null; else lostAt ??= since;
  stateText.textContent = connected ? words.connected : fill(words.lost, { clock: clockText(lostAt) });
  stateHint.textContent = connected ? words.connectedHint : words.lostHint;
}
live.dataset.state = "connecting";
stateText.textContent = words.connecting;
stateHint.textContent = "";

// -- the stream --------------------------------------------------------------------------------------------------
function receive(event, data) {
  if (event === "state" || data.topic === topic) document.dispatchEvent(new CustomEvent("live", { detail: { event, data } }));
  if (event === "state") state(data);
  else if (data.topic !== topic) return;
  else if (event === "fragment") swap(data);
  else if (event === "entry") entry(data);
  else if (event === "changed") lookAtParts();
  else if (event === "clock") { clock = { now: Date.parse(data.now), rate: data.rate, at: Date.now() }; tick(); }
}

function inThisPage() {
  const stream = new Stream(receive);
  const start = () => stream.want(new Map([[topic, last]]), lang);
  const visible = () => { if (document.hidden) { stream.close(); } else { stream.after.set(topic, last); start(); } };
  document.addEventListener("visibilitychange", visible);
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => { if (event.persisted) visible(); });
  start();
}

function shared() {
  const worker = new SharedWorker("/static/stream.js", { type: "module", name: "ddh-live" });
  const tell = (more) => worker.port.postMessage({ topic, after: last, lang, ...more });
  worker.onerror = () => { clearInterval(beat); inThisPage(); };
  worker.port.onmessage = ({ data }) => receive(data.event, data.data);
  const beat = setInterval(() => tell({}), 30000);
  addEventListener("pagehide", () => tell({ leave: true }));
  addEventListener("pageshow", (event) => { if (event.persisted) tell({ again: true }); });
  tell({ again: true });
}

if (typeof SharedWorker === "undefined") inThisPage(); else shared();
setInterval(tick, 1000);
tick();
