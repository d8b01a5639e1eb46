// While one writes a guide: the preview and the advice are made anew by the server a moment after the last key. Without
// this script the button shows the same on a page of its own.
const form = document.querySelector('form[data-form="guide/kladde"]');
const button = form?.querySelector("[data-look]");
const WAIT_MS = 700;
let timer = 0;
let asked = 0;

async function look() {
  clearTimeout(timer);
  const mine = ++asked;
  try {
    const answer = await fetch(button.formAction.split("#")[0], { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "text/html" }, credentials: "same-origin" });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const place of document.querySelectorAll("[data-preview], [data-holes], [data-advice]")) {
      const name = ["preview", "holes", "advice"].find((each) => each in place.dataset);
      const value = place.dataset[name];
      const fresh = page.querySelector(value ? `[data-${name}="${CSS.escape(value)}"]` : `[data-${name}]`);
      if (fresh && fresh.innerHTML !== place.innerHTML) place.innerHTML = fresh.innerHTML;
    }
  } catch { /* the line is gone; what is typed is kept, and the next key asks again */ }
}

if (button) {
  const later = () => { clearTimeout(timer); timer = setTimeout(look, WAIT_MS); };
  form.addEventListener("input", later);
  form.addEventListener("restored", later);
  form.addEventListener("submit", (event) => {
    if (event.submitter !== button) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    look().then(() => document.getElementById("forhaandsvisning").focus());
  }, true);
}
