// Light or dark at once, without a new page: what is half written stays. The server remembers it for the next page.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  if (theme === "auto") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll("[data-theme-form] [aria-pressed]")) button.setAttribute("aria-pressed", String(button.value === theme));
  const other = [...form.querySelectorAll("button")].find((button) => button.offsetParent);
  if (!event.submitter.offsetParent) other?.focus();
  try { await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, event.submitter)), redirect: "manual", credentials: "same-origin" }); } catch { /* it holds for this page */ }
});
