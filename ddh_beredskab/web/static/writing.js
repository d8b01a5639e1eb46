// Long forms that several write in: a suggestion put in with one press, "Det ved vi ikke endnu" with one press, the
// length counted, and when somebody else saved first the whole page comes back with both texts. Without this script
// the same forms work: the choices are read by the server.

// What is only true with a script is only said with one.
for (const words of document.querySelectorAll("[data-js]")) words.hidden = false;

// What our numbers say, put in where one writes.
for (const offer of document.querySelectorAll("[data-offer]")) {
  const field = document.getElementById(offer.dataset.offer);
  if (!field) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button-link";
  button.textContent = offer.dataset.word;
  button.addEventListener("click", () => {
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n${offer.textContent}` : offer.textContent;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  offer.after(button);
}

// A choice that writes a fixed answer in a field; taken back, what stood there is there again.
for (const choice of document.querySelectorAll("[data-answers]")) {
  const field = document.getElementById(choice.dataset.answers);
  let before = null;
  const follow = () => {
    if (choice.checked) { before = field.value; field.value = choice.dataset.sentence; field.readOnly = true; }
    else { field.readOnly = false; if (before !== null) field.value = before; }
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  if (choice.checked) field.readOnly = true;
  choice.addEventListener("change", follow);
}

// How long it is, when there is a limit.
for (const place of document.querySelectorAll("[data-length]")) {
  const form = place.closest("form");
  const count = () => {
    const length = [...form.querySelectorAll("textarea")].reduce((sum, area) => sum + area.value.length, 0);
    place.textContent = place.dataset.words.replace("{n}", length.toLocaleString("da-DK"));
    place.dataset.over = length > Number(place.dataset.most) ? "1" : "";
  };
  form.addEventListener("input", count);
  form.addEventListener("restored", count);
  count();
}

// Somebody else saved first: the server shows both texts on a page of its own.
document.addEventListener("answered", (event) => {
  const { status, data } = event.detail;
  const overtaken = status === 409 ? data?.status === "refused" : (data?.mistakes ?? []).some((each) => each.field === "based_on");
  const form = event.target; // a meeting's number is taken when somebody else has saved one
  if (overtaken && (form.elements.based_on || form.dataset.form === "moeder/hold")) form.submit();
});
