// A drill's pages: its clock counts on, and its parts ([data-part]) are fetched anew every two seconds while somebody
// looks. A part somebody writes in, or has unfolded a form in, waits until it is left. Without this script a reload does.
import { dirty, prepare } from "./forms.js";

const EVERY_MS = 2000;
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const copenhagen = new Intl.DateTimeFormat("da-DK", { timeZone: "Europe/Copenhagen", hour: "2-digit", minute: "2-digit", hour12: false });

function tick() {
  for (const time of document.querySelectorAll("time[data-exercise-clock]")) {
    time.dataset.from ??= String(Date.now());
    const at = Date.parse(time.dateTime) + (Date.now() - Number(time.dataset.from)) * Number(time.dataset.rate);
    const parts = Object.fromEntries(copenhagen.formatToParts(at).map((part) => [part.type, part.value]));
    const text = fill(time.dataset.words, { hour: parts.hour, minute: parts.minute });
    if (time.textContent !== text) time.textContent = text;
  }
}

// What only time has changed is no change: the clock has its own instant, and every form an id of its own.
const bare = (part) => {
  const copy = part.cloneNode(true);
  for (const each of copy.querySelectorAll(".form-state")) each.textContent = "";
  for (const id of copy.querySelectorAll("input[name=id]")) id.setAttribute("value", "");
  return copy.innerHTML;
};
const served = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, bare(part)]));

function pathTo(element, root) {
  const all = [...root.querySelectorAll("a, button, summary, input, [tabindex]")];
  return { index: all.indexOf(element), id: element.closest("[id]")?.id };
}

function swap(here, part) {
  const open = new Map([...here.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
  const active = here.contains(document.activeElement) ? pathTo(document.activeElement, here) : null;
  const anchor = [...document.querySelectorAll(".inject, .message, .panel")].find((each) => each.getBoundingClientRect().bottom > 0);
  const before = scrollY > 0 ? anchor?.getBoundingClientRect().top : undefined;
  here.innerHTML = part.innerHTML;
  for (const [id, isOpen] of open) { const details = document.getElementById(id); if (details) details.open = isOpen; }
  prepare(here);
  if (active) here.querySelectorAll("a, button, summary, input, [tabindex]")[active.index]?.focus({ preventScroll: true });
  if (before !== undefined && anchor?.isConnected) scrollBy(0, anchor.getBoundingClientRect().top - before);
}

let looking = false;
async function look() {
  if (document.hidden || looking) return;
  looking = true;
  try {
    const url = new URL(location.href);
    url.searchParams.delete("gjort");
    const answer = await fetch(url, { headers: { Accept: "text/html", "X-Parts": "1" }, credentials: "same-origin" });
    if (answer.status === 200 && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of page.querySelectorAll("[data-part]")) {
        const here = document.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
        const html = bare(part);
        if (!here || served.get(part.dataset.part) === html || dirty(here)) continue;
        served.set(part.dataset.part, html);
        swap(here, part);
      }
      tick();
    }
  } catch { /* the line is gone; the next look tries again */ }
  looking = false;
}
tick();
setInterval(tick, 250);
setInterval(look, EVERY_MS);
