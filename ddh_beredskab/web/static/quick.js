// One press and on with the work: forms marked form-quick (a task's status, a card's ticks) do not load the page anew.
// What was pressed is said aloud, the list shows it, and the focus stays where it was. Without this they work as ever.
import { prepare } from "/static/forms.js";

const said = document.getElementById("quick-said");

async function renew(part, focus) {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) { location.reload(); return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(`[data-part="${CSS.escape(part.dataset.part)}"]`);
  if (!fresh) return;
  const open = new Map([...part.querySelectorAll("details[id]")].map((details) => [details.id, details.open]));
  part.innerHTML = fresh.innerHTML;
  for (const [id, isOpen] of open) { const details = document.getElementById(id); if (details) details.open = isOpen; }
  prepare(part);
  (document.getElementById(focus.button) ?? document.getElementById(focus.place))?.focus({ preventScroll: true });
}

let pressed = null;
addEventListener("submit", (event) => { pressed = event.submitter; }, true);
addEventListener("sent", (event) => {
  const form = event.target;
  const part = form.closest("[data-part]");
  if (!form.classList.contains("form-quick") || !part || event.detail.status !== "decided") return;
  event.preventDefault();
  said.textContent = `${pressed?.closest("[data-part]") === part ? pressed.textContent.trim() + ". " : ""}${event.detail.sentence}`;
  const focus = { button: pressed?.id ?? "", place: form.closest(".task, details[id]")?.id ?? "" };
  setTimeout(() => renew(part, focus), 0);
});
