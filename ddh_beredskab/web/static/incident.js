// Indmeld hændelse as one page: the steps are shown one by one here, so that the whole can be finished when the line has
// gone; forms.js keeps what is typed and sends it once. Without this script the server shows the steps.
// On a receipt that nobody is logged in for, it looks for news every three seconds. All words come from the page.

const form = document.querySelector("form[data-form=incident]");
if (form) steps(form);
for (const part of document.querySelectorAll("[data-poll]")) poll(part);

function steps(form) {
  const sections = [...form.querySelectorAll("[data-step]")];
  const buttons = Object.fromEntries(["next", "back", "save"].map((go) => [go, form.querySelector(`[name=go][value=${go}]`)]));
  const [send, early] = [form.querySelector("[data-first]"), form.querySelector("[data-early]")];
  const title = document.getElementById("step-now");
  const progress = form.querySelector(".step-progress");
  const aside = document.querySelector("[data-score]");
  const placeKey = `ddh-step:${form.dataset.keep}`;
  const remember = (key) => { try { if (key) sessionStorage.setItem(placeKey, key); else sessionStorage.removeItem(placeKey); } catch { /* then one begins at the first step */ } };
  const remembered = () => { try { return sessionStorage.getItem(placeKey); } catch { return null; } };
  const fields = (name) => [...form.elements].filter((e) => e.name === name);
  const isPlanned = () => fields("answers.planned").some((e) => e.checked && e.value === "yes");
  const through = () => sections.filter((s) => !(isPlanned() && s.dataset.unplanned !== undefined));
  let here = form.elements.step.value;
  let asking = null;
  let later = null;

  function show(key, { push = true, focus = true } = {}) {
    const list = through();
    const section = list.find((s) => s.dataset.step === key) ?? list[0];
    here = section.dataset.step;
    const at = list.indexOf(section);
    for (const each of sections) each.hidden = each !== section;
    form.elements.step.value = here;
    title.textContent = title.dataset.text.replace("{number}", at + 1).replace("{count}", list.length);
    progress.max = list.length;
    progress.value = at + 1;
    const last = here === "check";
    for (const [button, off] of [[buttons.next, last], [send, !last], [early, last]]) if (button) { button.hidden = off; button.disabled = off; }
    buttons.back.hidden = at === 0;
    for (const each of form.querySelectorAll("[data-planned]")) each.hidden = !isPlanned();
    if (aside) aside.hidden = isPlanned() || !(last || here.startsWith("q-"));
    if (last) { check(); advise(); }
    for (const each of document.querySelectorAll(".incident-intro")) each.hidden = at > 0;
    remember(here);
    if (push) history.pushState({ step: here }, "", `#${here}`);
    if (!focus) return;
    scrollTo({ top: Math.max(0, form.getBoundingClientRect().top + scrollY - 8) });
    const controls = [...section.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((e) => e.offsetParent);
    (last ? title : controls.find((e) => e.checked) ?? controls[0] ?? title).focus({ preventScroll: true });
  }

  // -- what must be answered -------------------------------------------------------------------------------------
  function needed(section) {
    return (section.dataset.needs || "").split(" ").filter(Boolean).filter((name) => !fields(name).some((e) => e.type === "radio" ? e.checked : e.value.trim()));
  }

  function complain(names) {
    for (const name of names) {
      const target = document.getElementById(`incident-${name}`);
      const group = target.closest(".form-group");
      if (!target || group.querySelector(".form-error-message")) continue;
      const note = document.createElement("span");
      note.className = "form-error-message";
      note.id = `${target.id}-wrong`;
      note.textContent = form.querySelector(`[data-needed="${name}"]`).textContent;
      group.classList.add("form-error");
      if (target.tagName === "FIELDSET") target.querySelector("legend").after(note); else target.before(note);
      const described = target.getAttribute("aria-describedby") ?? "";
      target.setAttribute("aria-describedby", `${note.id} ${described}`.trim());
      target.setAttribute("aria-invalid", "true");
      group.addEventListener("input", () => {
        note.remove();
        group.classList.remove("form-error");
        target.removeAttribute("aria-invalid");
        if (described) target.setAttribute("aria-describedby", described); else target.removeAttribute("aria-describedby");
      }, { once: true });
    }
    const first = document.getElementById(`incident-${names[0]}`);
    (first.tagName === "FIELDSET" ? first.querySelector("input") : first).focus();
  }

  function move(by) {
    const list = through();
    const at = list.findIndex((s) => s.dataset.step === here);
    const wrong = by > 0 ? needed(list[at]) : [];
    if (wrong.length) complain(wrong); else show(list[Math.min(Math.max(0, at + by), list.length - 1)].dataset.step);
  }

  buttons.next.addEventListener("click", (event) => { event.preventDefault(); move(1); });
  buttons.back.addEventListener("click", (event) => { event.preventDefault(); move(-1); });
  for (const button of [send, early]) button?.addEventListener("click", (event) => {
    const section = through().find((s) => needed(s).length);
    if (!section) return;
    event.preventDefault();
    if (section.dataset.step !== here) show(section.dataset.step);
    complain(needed(section));
  });
  for (const link of form.querySelectorAll("[data-to]")) link.addEventListener("click", (event) => { event.preventDefault(); show(link.dataset.to); });
  const isStep = (key) => sections.some((s) => s.dataset.step === key);
  addEventListener("popstate", () => { const key = location.hash.slice(1); if (!key || isStep(key)) show(key, { push: false }); });
  form.querySelector("[data-to-send]")?.addEventListener("click", (event) => { event.preventDefault(); send.focus(); });

  // -- the answers as they read -----------------------------------------------------------------------------------
  const word = (e) => (e.labels?.[0]?.firstChild?.textContent ?? e.value).trim();
  function reads(name) {
    const found = fields(name).filter((e) => e.type === "radio" || e.type === "checkbox" ? e.checked : e.value.trim());
    return found.map((e) => {
      if (e.type === "radio" || e.type === "checkbox") return word(e);
      if (e.type === "hidden") return form.querySelector("[data-given]")?.dataset.given ?? e.value;
      if (e.tagName === "SELECT") return e.selectedOptions[0].textContent;
      if (e.type === "datetime-local") { const [day, time] = e.value.split("T"); return `${day.split("-").reverse().join("-")} ${time}`; }
      return e.value.trim();
    }).join(", ");
  }
  function check() {
    const asked = new Set(through().map((s) => s.dataset.step));
    for (const row of form.querySelectorAll("[data-row]")) {
      const text = reads(row.dataset.field);
      row.hidden = !asked.has(row.dataset.row) || (["others", "time"].includes(row.dataset.field) && !text);
      const place = row.querySelector("dd");
      place.textContent = text || place.dataset.empty;
    }
  }

  // -- the advice, while one chooses ---------------------------------------------------------------------------------
  async function advise() {
    asking?.abort();
    asking = new AbortController();
    const body = new URLSearchParams([...new FormData(form)].filter(([name]) => name.startsWith("answers.") || name === "step"));
    try {
      const answer = await fetch(`/indmeld/vurdering${location.search}`, { method: "POST", body, signal: asking.signal, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      aside.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") aside.querySelector("[role=status]").textContent = aside.dataset.offline;
    }
  }
  form.addEventListener("change", (event) => {
    if (!event.target.name?.startsWith("answers.")) return;
    for (const each of form.querySelectorAll("[data-planned]")) each.hidden = !isPlanned();
    clearTimeout(later);
    later = setTimeout(advise, 120);
  });

  // -- sent, or not yet --------------------------------------------------------------------------------------------
  const receipt = (event) => { event.preventDefault(); remember(null); location.assign(event.detail.to ?? `/indmeld/kvittering/${event.detail.id}`); };
  form.addEventListener("sent", receipt);
  form.addEventListener("sent-later", receipt);
  form.addEventListener("mistakes", (event) => {
    const first = event.detail.mistakes?.[0]?.field;
    const section = first && document.getElementById(`incident-${first}`)?.closest("[data-step]");
    if (section && section.hidden) show(section.dataset.step, { focus: false });
  });

  const typed = () => through().some((s) => [...s.querySelectorAll("input, textarea")].some((e) => e.type === "radio" || e.type === "checkbox" ? e.checked !== e.defaultChecked : e.value !== e.defaultValue));
  const wanted = [location.hash.slice(1), typed() ? remembered() : "", here].find((key) => key && isStep(key));
  if (form.querySelector(".form-summary")) { remember(here); } else if (wanted !== here) { show(wanted, { push: false }); if (aside) advise(); } else { show(here, { push: false, focus: false }); }
}

function poll(part) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-poll]");
      if (!fresh && !answer.redirected) location.reload(); // it can be watched live from now on
      else if (fresh && fresh.innerHTML !== part.innerHTML) part.innerHTML = fresh.innerHTML;
    } catch { /* the line is gone; the next look tries again */ }
  }, 3000);
}
