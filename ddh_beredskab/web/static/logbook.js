// The log by keyboard alone: Enter writes, Alt+1 … Alt+7 choose the kind, the field is ready for the next line at once.
// What is written while the line is gone waits in the browser with its own time and is shown until it is sent. Pins go
// without a new page, and the entries in sight can be sifted while one types.
import { forget, outbox } from "./forms.js";
import { clockText, now } from "./live.js";

const form = document.getElementById("log-form");
const text = document.getElementById("log-text");

// -- writing -----------------------------------------------------------------------------------------------------
if (form) {
  const kinds = [...form.querySelectorAll("input[name=kind]")];
  const key = `ddh-kind:${form.dataset.kindKey}`;
  const choose = (radio) => {
    radio.checked = true;
    for (const each of kinds) each.defaultChecked = each === radio; // the kind alone is nothing half-written
    // Nobody is to cry wolf by habit: after a hastemelding the next line is of the kind before it again.
    try { if (radio.value !== "urgent") localStorage.setItem(key, radio.value); } catch { /* then it is not remembered */ }
  };
  const calm = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remembered = kinds.find((radio) => radio.value === calm());
  if (remembered && !text.value && !form.querySelector(".form-summary")) choose(remembered);

  let moving = false; // with the arrows from chip to chip
  let sent = "";
  let again = false;
  const fieldset = document.getElementById("log-kind");
  fieldset.addEventListener("keydown", (event) => {
    moving = event.key.startsWith("Arrow");
    const radio = /^[1-9]$/.test(event.key) && kinds[Number(event.key) - 1];
    if (radio && !event.ctrlKey && !event.metaKey) { event.preventDefault(); choose(radio); text.focus(); }
    if (event.key === "Enter") { event.preventDefault(); text.focus(); }
  });
  for (const radio of kinds) radio.addEventListener("click", () => { choose(radio); if (!moving) text.focus(); moving = false; });
  form.addEventListener("keydown", (event) => {
    const radio = event.altKey && !event.ctrlKey && !event.metaKey && /^Digit[1-9]$/.test(event.code) && kinds[Number(event.code.slice(5)) - 1];
    if (radio) { event.preventDefault(); choose(radio); text.focus(); }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (form.dataset.busy === "1") again = true; else if (text.value.trim()) form.requestSubmit();
  });
  form.addEventListener("submit", () => { sent = text.value; }, { capture: true });
  form.addEventListener("sent", () => {
    const more = text.value.startsWith(sent) ? text.value.slice(sent.length).trimStart() : text.value === sent ? "" : text.value;
    setTimeout(() => { // after the form has emptied itself
      text.value = more;
      if (kinds.find((radio) => radio.checked)?.value === "urgent") choose(kinds.find((radio) => radio.value === calm()) ?? kinds[0]);
      document.getElementById("log-more").open = false;
      if (form.contains(document.activeElement) || document.activeElement === document.body) text.focus();
      if (again && more) { again = false; form.requestSubmit(); }
      again = false;
    });
  });
  form.addEventListener("unsent", (event) => {
    const { body } = event.detail;
    if (!body.get("happened_at")) body.set("happened_at", new Date(now()).toISOString());
    event.preventDefault();
    again = false;
    setTimeout(() => text.focus());
  });
}

// -- what waits for the line -------------------------------------------------------------------------------------
const waiting = document.getElementById("log-unsent");
function showWaiting() {
  if (!form || !waiting) return;
  const mine = outbox().filter((item) => item.hold && item.url === form.action);
  waiting.hidden = mine.length === 0;
  waiting.replaceChildren(...mine.map((item) => {
    const fields = new URLSearchParams(item.body);
    const line = document.createElement("li");
    line.className = "log-entry";
    const kind = form.querySelector(`input[name=kind][value="${CSS.escape(fields.get("kind") ?? "")}"] + label`)?.lastChild?.textContent.trim() ?? "";
    const what = document.createElement("p");
    what.className = "log-text";
    what.textContent = `${kind}: ${fields.get("text") ?? ""}`;
    const how = document.createElement("p");
    how.className = "log-by";
    how.textContent = item.failed ? `${waiting.dataset.failed} ${item.failed}` : waiting.dataset.waiting.replace("{clock}", clockText(Date.parse(fields.get("happened_at")) || item.at));
    if (item.failed) {
      for (const [word, mend] of [[waiting.dataset.again, true], [waiting.dataset.remove, false]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button-link";
        button.textContent = word;
        button.addEventListener("click", () => { if (mend) back(fields); forget(item.id); });
        how.append(button);
      }
    }
    line.append(what, how);
    return line;
  }));
}

function back(fields) {
  for (const [name, value] of fields) {
    if (name === "id") continue;
    for (const each of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (each.type === "radio") each.checked = each.value === value;
      else if (each.type !== "datetime-local") each.value = value;
    }
  }
  text.focus();
}
document.addEventListener("outbox", showWaiting);
addEventListener("storage", showWaiting);
showWaiting();

// -- the menus ---------------------------------------------------------------------------------------------------
const list = document.getElementById("log-list");
const say = document.getElementById("log-shown");
document.addEventListener("submit", async (event) => {
  const quick = event.target.closest("[data-quick]");
  if (!quick) return;
  event.preventDefault();
  const menu = quick.closest("details");
  menu.open = false;
  menu.querySelector("summary")?.focus();
  try {
    const answer = await fetch(quick.action, { method: "POST", body: new URLSearchParams(new FormData(quick)), headers: { Accept: "application/json" }, credentials: "same-origin" });
    const told = await answer.json();
    if (say) say.textContent = told.hint ? `${told.sentence} ${told.hint}` : told.sentence;
  } catch { quick.submit(); }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".entry-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".entry-menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});

// -- sifting what is in sight ------------------------------------------------------------------------------------
const find = document.getElementById("log-find");
function sift() {
  const kind = find.elements.slags.value;
  const wanted = find.elements.ord.value.toLocaleLowerCase("da").split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const line of list.children) {
    const said = line.textContent.toLocaleLowerCase("da");
    line.hidden = !((!kind || line.dataset.kind === kind) && wanted.every((word) => said.includes(word)));
    if (!line.hidden) shown += 1;
  }
  say.textContent = kind || wanted.length ? find.dataset.shown.replace("{n}", shown).replace("{all}", list.childElementCount) : "";
}
if (find && list) {
  find.addEventListener("input", sift);
  new MutationObserver(() => { if (find.elements.slags.value || find.elements.ord.value) sift(); }).observe(list, { childList: true });
}
