// In a drill messages reach people whichever page they work on: the band says when one has come that they have not
// opened. What has been seen is kept in this browser; the drill's own page shows them all.
const EVERY_MS = 4000;
const link = document.querySelector("[data-exercise]");
const key = `ddh-drill:${link.dataset.exercise}:${document.querySelector(".header-me a")?.textContent ?? ""}`;
const own = link.textContent;
const onMine = location.pathname === link.pathname;
const seen = { get() { try { return Number(localStorage.getItem(key) ?? 0); } catch { return 0; } }, set(count) { try { localStorage.setItem(key, String(count)); } catch { /* it is told again then */ } } };

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(link.dataset.exercise, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.status !== 200 || answer.redirected) return;
    const { count, title } = await answer.json();
    if (onMine) seen.set(count);
    const fresh = count > seen.get();
    const text = fresh ? link.dataset.news.replace("{title}", title) : own;
    if (link.textContent !== text) link.textContent = text;
    link.toggleAttribute("data-fresh", fresh);
  } catch { /* the line is gone; the next look tries again */ }
}
link.setAttribute("aria-live", "polite");
look();
setInterval(look, EVERY_MS);
