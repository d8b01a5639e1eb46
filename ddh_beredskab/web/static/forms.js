// Forms that lose nothing: what is typed is kept in the browser until the server has it, a form whose line dropped is
// sent again with the same id (so it counts once), and what came of it is said beside the button.
// Without this script the same forms work as ordinary ones. All words come from the form (data-…).

const KEPT = "ddh-kept:";
const OUTBOX = "ddh-outbox";
const RETRY_SECONDS = 10;
const ANSWER_MS = 20000; // a server that says nothing for so long counts as gone; the same id again counts once
const fill = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
const me = document.querySelector(".header-me a")?.textContent ?? "";

const store = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: the text is still on the page */ } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* see above */ } },
};

// -- what is typed is kept ---------------------------------------------------------------------------------------
const keyOf = (form) => `${KEPT}${me}:${form.dataset.keep}`;
const typed = (form) => [...form.elements].filter((e) => e.name && e.name !== "id" && e.type !== "hidden" && e.type !== "password" && e.type !== "file" && e.type !== "submit");

function snapshot(form) {
  return typed(form).map((e) => [e.name, e.type === "checkbox" || e.type === "radio" ? (e.checked ? e.value : null) : e.value, e.value]);
}

function isBlank(form) {
  return typed(form).every((e) => e.type === "checkbox" || e.type === "radio" ? e.checked === e.defaultChecked
    : e.tagName === "SELECT" ? [...e.options].every((o) => o.selected === o.defaultSelected) || e.selectedIndex === 0 : e.value === e.defaultValue);
}

function keep(form) {
  if (!form.dataset.keep) return;
  if (isBlank(form)) store.drop(keyOf(form)); else store.set(keyOf(form), { id: form.elements.id?.value, values: snapshot(form), at: Date.now() });
}

function restore(form) {
  const kept = form.dataset.keep && store.get(keyOf(form));
  if (!kept || Date.now() - kept.at > 7 * 86400000 || form.querySelector(".form-summary")) return;
  const waiting = outbox().some((item) => item.id === kept.id);
  for (const [name, value, own] of kept.values) {
    for (const e of typed(form)) {
      if (e.name !== name) continue;
      if (e.type === "checkbox" || e.type === "radio") { if (e.value === own) e.checked = value !== null; }
      else e.value = value ?? "";
    }
  }
  if (kept.id && form.elements.id) form.elements.id.value = kept.id;
  if (!waiting) sayKept(form);
  form.dispatchEvent(new Event("restored", { bubbles: true }));
}

function sayKept(form) {
  const place = form.querySelector(".form-state");
  if (!place) return;
  place.textContent = `${form.dataset.kept} `;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "button-link";
  drop.textContent = form.dataset.drop;
  drop.addEventListener("click", () => { store.drop(keyOf(form)); form.reset(); place.textContent = ""; });
  place.append(drop);
}

export function dirty(root) {
  return [...root.querySelectorAll("form")].some((form) => form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")
    || !isBlank(form) || form.dataset.busy === "1" || form.querySelector(".form-state:not([data-state=done])")?.textContent.trim());
}

// -- sending -----------------------------------------------------------------------------------------------------
function state(form, kind, text) {
  const place = form.querySelector(".form-state");
  if (!place) return;
  place.dataset.state = kind;
  place.textContent = text;
}

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "follow", signal: AbortSignal.timeout(ANSWER_MS) });
  if (answer.status >= 500) throw new Error(String(answer.status));
  const type = answer.headers.get("content-type") ?? "";
  const data = type.includes("json") ? await answer.json() : null;
  // Something to look at, or a no, is an answer like any other: it comes as 200, or the browser would call it an error.
  const status = answer.status === 200 ? { mistakes: 422, refused: 409 }[data?.status] ?? 200 : answer.status;
  return { status, url: answer.url, redirected: answer.redirected, data };
}

function clean(form) {
  store.drop(keyOf(form));
  form.querySelector(".form-summary")?.remove();
  for (const each of form.querySelectorAll(".form-error")) each.classList.remove("form-error");
  for (const each of form.querySelectorAll(".form-error-message")) each.remove();
}

function mistakes(form, data) {
  clean(form);
  keep(form);
  state(form, "wrong", data.sentence);
  let first = null;
  for (const { field, sentence } of data.mistakes ?? []) {
    const target = field && document.getElementById(`${form.dataset.form}-${field}`);
    if (!target) { state(form, "wrong", `${data.sentence}: ${sentence}`); continue; }
    first ??= target;
    target.closest("details")?.setAttribute("open", "");
    const group = target.closest(".form-group") ?? target.parentElement;
    group.classList.add("form-error");
    const note = document.createElement("span");
    note.className = "form-error-message";
    note.id = `${target.id}-wrong`;
    note.textContent = sentence;
    if (target.tagName === "FIELDSET") target.querySelector("legend").after(note); else target.before(note);
    target.setAttribute("aria-invalid", "true");
    target.setAttribute("aria-describedby", note.id);
    target.addEventListener("input", () => { note.remove(); group.classList.remove("form-error"); target.removeAttribute("aria-invalid"); }, { once: true });
  }
  form.dispatchEvent(new CustomEvent("mistakes", { bubbles: true, detail: data })); // a form in steps shows the right one
  first?.focus();
}

function done(form, data) {
  const struck = data.struck_out ? ` ${data.struck_out === 1 ? form.dataset.struckOne : fill(form.dataset.struckOther, { n: data.struck_out })}` : "";
  clean(form);
  const event = new CustomEvent("sent", { bubbles: true, cancelable: true, detail: data });
  const go = form.dispatchEvent(event);
  state(form, data.status === "decided" ? "done" : "", `${data.sentence}${struck}`);
  if (form.elements.id) form.elements.id.value = newId();
  if (go && form.dataset.stay === undefined) {
    const back = form.elements.back?.value || location.pathname + location.search;
    const url = new URL(back, location.href);
    url.searchParams.set("svar", data.id);
    location.assign(url);
  } else {
    form.reset();
    if (form.elements.id) form.elements.id.value = newId();
  }
}

// A uuid7: the time in front, so that it sorts.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let i = 5; i >= 0; i -= 1) { bytes[i] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 15) | 112;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const outbox = () => (store.get(OUTBOX) ?? []).filter((item) => item.me === me || !item.hold);
const saveOutbox = (items) => {
  const others = (store.get(OUTBOX) ?? []).filter((item) => item.hold && item.me !== me);
  if (items.length + others.length) store.set(OUTBOX, [...others, ...items]); else store.drop(OUTBOX);
  document.dispatchEvent(new Event("outbox"));
};
export const forget = (id) => saveOutbox(outbox().filter((item) => item.id !== id));

async function send(form, submitter) {
  if (form.dataset.busy === "1") return;
  const body = new FormData(form, submitter);
  form.dataset.busy = "1";
  keep(form);
  state(form, "", form.dataset.sending);
  try {
    const answer = await post(form.action, form.enctype === "multipart/form-data" ? body : new URLSearchParams(body));
    form.dataset.busy = "";
    if (answer.status !== 401) saveOutbox(outbox().filter((item) => item.id !== body.get("id")));
    if (answer.status === 401) state(form, "wrong", form.dataset.login);
    else if (answer.status === 422 && answer.data) mistakes(form, answer.data);
    else if (answer.data && (answer.status === 409 || answer.status === 403)) {
      state(form, "wrong", answer.data.hint ? `${answer.data.sentence} ${answer.data.hint}` : answer.data.sentence);
      if (answer.data.status === "refused" && form.elements.id) form.elements.id.value = newId(); // another try is another command
      keep(form);
    } else if (answer.data) done(form, answer.data);
    else if (answer.redirected) { clean(form); location.assign(answer.url); } else location.reload();
    form.dispatchEvent(new CustomEvent("answered", { bubbles: true, detail: { status: answer.status, data: answer.data } }));
  } catch {
    form.dataset.busy = "";
    wait(form, body, submitter);
  }
}

// The line is gone, or the server is: the text stays, and goes by itself when there is somebody to take it.
function wait(form, body, submitter) {
  // A form that takes one thing after the other (the log) hands this one over and takes the next.
  const next = !form.dispatchEvent(new CustomEvent("unsent", { bubbles: true, cancelable: true, detail: { body } }));
  if (form.enctype !== "multipart/form-data") {
    const id = form.elements.id?.value;
    if (next) {
      saveOutbox([...outbox().filter((item) => item.id !== id), { id, me, url: form.action, body: new URLSearchParams(body).toString(), keep: null, hold: true, at: Date.now() }]);
      clean(form);
      form.reset();
      form.elements.id.value = newId();
      state(form, "", "");
      return;
    }
    saveOutbox([...outbox().filter((item) => item.id !== id), { id, me, url: form.action, body: new URLSearchParams(body).toString(), keep: form.dataset.keep ? keyOf(form) : null }]);
  }
  let left = RETRY_SECONDS;
  form.dataset.busy = "1";
  const tell = () => state(form, "wrong", fill(form.dataset.cannot, { seconds: left }));
  tell();
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0 && !form.dataset.again) { tell(); return; }
    clearInterval(timer);
    delete form.dataset.again;
    form.dataset.busy = "";
    send(form, submitter);
  }, 1000);
}

// What other pages could not send, e.g. because the tab was closed. What is not taken stays, with the reason.
let sending = false;
async function sendWaiting() {
  if (sending) return;
  sending = true;
  for (const item of outbox()) {
    if (item.failed || item.me !== me || [...document.forms].some((form) => form.elements.id?.value === item.id && form.dataset.busy === "1")) continue;
    try {
      const answer = await post(item.url, new URLSearchParams(item.body));
      if (answer.status === 401) break;
      const refused = item.hold && answer.status >= 400 && answer.data;
      const why = refused ? [answer.data.sentence, ...(answer.data.mistakes ?? []).map((each) => each.sentence)].join(" ") : "";
      saveOutbox(refused ? outbox().map((each) => (each.id === item.id ? { ...each, failed: why } : each)) : outbox().filter((each) => each.id !== item.id));
      if (answer.status < 300 && item.keep) store.drop(item.keep);
      for (const form of document.forms) if (form.elements.id?.value === item.id) {
        if (answer.data?.status === "decided" || answer.data?.status === "waiting") {
          form.reset(); form.elements.id.value = newId(); state(form, "done", form.dataset.later);
          form.dispatchEvent(new CustomEvent("sent-later", { bubbles: true, detail: answer.data }));
        }
      }
    } catch { break; }
  }
  sending = false;
}
export function lineIsBack() {
  for (const form of document.forms) if (form.dataset.busy === "1") form.dataset.again = "1";
  sendWaiting();
}
addEventListener("online", lineIsBack);
setInterval(sendWaiting, RETRY_SECONDS * 1000);

export function prepare(root) {
  for (const form of root.querySelectorAll("form[data-send]")) {
    if (form.dataset.ready) continue;
    form.dataset.ready = "1";
    restore(form);
    form.addEventListener("input", () => { keep(form); if (form.querySelector(".form-state")?.dataset.state === "done") state(form, "", ""); });
    form.addEventListener("submit", (event) => { event.preventDefault(); send(form, event.submitter); });
  }
}
prepare(document);
sendWaiting();
(document.querySelector("[data-focus]") ?? document.getElementById("besked"))?.focus();
