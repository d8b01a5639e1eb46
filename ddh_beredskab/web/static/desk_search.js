// Find the answer while one types, in the guides that lie in the page already: no request, so it works without a line.
// Words are cut to their stems as web/desk_search.py cuts them; a test holds the two side by side.

const ENDINGS = ["erendes", "erende", "hederne", "hedens", "heden", "heder", "ernes", "erens", "erets", "ende", "erne", "eren", "erer", "eret", "ene", "ens", "ers", "ets", "en", "er", "es", "et", "e", "s"];
const SHORTEST_STEM = 3;
const EXACT = 6, BEGINS = 4, INSIDE = 1, IN_HEADING = 3, FIRST = 10;
const VOWEL = /[aeiouyæøåéüöä]/;
export const wordsOf = (text) => text.toLowerCase().match(/[0-9a-zæøåéüöä]+/g) ?? [];

export function stem(word) {
  for (const ending of ENDINGS) {
    const rest = word.slice(0, -ending.length);
    if (word.endsWith(ending) && rest.length >= SHORTEST_STEM && VOWEL.test(rest)) { word = rest; break; }
  }
  if (word.length > SHORTEST_STEM && word.at(-1) === word.at(-2) && !VOWEL.test(word.at(-1))) word = word.slice(0, -1);
  return word;
}

function fits(query, word) {
  const cut = stem(query);
  if (stem(word) === cut) return EXACT;
  if (word.startsWith(query) || (query.length > SHORTEST_STEM && word.startsWith(cut))) return BEGINS;
  return cut.length >= SHORTEST_STEM && word.includes(cut) ? INSIDE : 0;
}
const worth = (query, text) => Math.max(0, ...wordsOf(text).map((word) => fits(query, word)));

export function find(query, blocks, most = 8) {
  const wanted = wordsOf(query);
  if (!wanted.length) return [];
  const found = [];
  for (const block of blocks) {
    const scores = wanted.map((word) => IN_HEADING * worth(word, block.heading) + worth(word, block.text));
    const first = block.topic && worth(wanted[0], block.heading.split(" ")[0]) >= BEGINS ? FIRST : 0;
    if (scores.every(Boolean)) found.push({ ...block, score: scores.reduce((a, b) => a + b, first) });
  }
  return found.sort((a, b) => b.score - a.score).slice(0, most);
}

// -- in the page -------------------------------------------------------------------------------------------------
const LENGTH = 140;

function blocks() {
  const several = document.querySelectorAll("#desk-guides > section").length > 1;
  return [...document.querySelectorAll("#desk-guides [data-find]")].map((place) => {
    const label = place.querySelector(".desk-label")?.cloneNode(true);
    for (const extra of label?.querySelectorAll(".desk-no, .badge") ?? []) extra.remove();
    const title = place.closest("section").querySelector(".desk-crisis-title [lang]")?.textContent ?? "";
    return { place, topic: place.id.includes("-emne-"), heading: label?.textContent.trim() ?? "", text: (place.querySelector(".desk-text") ?? place).textContent.trim().replace(/\s+/g, " "), crisis: several ? title : "" };
  });
}

// The piece of the text in which the first word stands, with what fits marked.
function snippet(text, wanted) {
  const words = [...text.matchAll(/[0-9a-zæøåéüöä]+/gi)];
  const first = words.find((each) => wanted.some((word) => fits(word, each[0].toLowerCase())))?.index ?? 0;
  const from = first > 60 ? text.lastIndexOf(" ", first - 40) + 1 : 0;
  const line = document.createElement("span");
  line.className = "desk-snippet";
  line.lang = "da";
  let at = from;
  if (from) line.append("… ");
  for (const each of words) {
    if (each.index < at || each.index > from + LENGTH) continue;
    if (!wanted.some((word) => fits(word, each[0].toLowerCase()))) continue;
    line.append(text.slice(at, each.index));
    const mark = document.createElement("mark");
    mark.textContent = each[0];
    line.append(mark);
    at = each.index + each[0].length;
  }
  line.append(text.slice(at, Math.max(at, from + LENGTH)));
  if (text.length > from + LENGTH) line.append(" …");
  return line;
}

export function setUpSearch(words, fill) {
  const input = document.getElementById("desk-q");
  const list = document.getElementById("desk-results");
  const said = document.getElementById("desk-found");
  if (!input) return { open() {} };
  let found = [];
  let chosen = -1;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  list.setAttribute("role", "listbox");

  const choose = (number) => {
    chosen = number;
    [...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === chosen)));
    if (chosen < 0) input.removeAttribute("aria-activedescendant");
    else { input.setAttribute("aria-activedescendant", list.children[chosen].id); list.children[chosen].scrollIntoView({ block: "nearest" }); }
  };
  const hide = () => { found = []; list.replaceChildren(); list.hidden = true; said.textContent = ""; input.setAttribute("aria-expanded", "false"); choose(-1); };
  const show = () => {
    const wanted = wordsOf(input.value);
    if (!wanted.length) { hide(); return; }
    found = find(input.value, blocks());
    list.replaceChildren(...found.map((each, i) => {
      const line = document.createElement("li");
      line.id = `desk-result-${i}`;
      line.setAttribute("role", "option");
      line.className = "desk-result";
      const heading = document.createElement("strong");
      heading.textContent = each.heading;
      line.append(...(each.heading ? [heading, " "] : []), each.crisis, snippet(each.text, wanted));
      line.addEventListener("mousedown", (event) => { event.preventDefault(); go(i); });
      return line;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    said.textContent = found.length ? fill(found.length === 1 ? words.foundOne : words.foundOther, { n: found.length }) : words.noneFound;
    choose(found.length ? 0 : -1);
  };
  const go = (number) => {
    const place = found[number]?.place;
    if (!place) return;
    hide();
    input.value = "";
    jumpTo(place);
  };
  input.setAttribute("aria-expanded", "false");
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!found.length) return;
      event.preventDefault();
      choose((chosen + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    } else if (event.key === "Enter") { event.preventDefault(); go(Math.max(chosen, 0)); }
    else if (event.key === "Escape") { event.preventDefault(); input.value = ""; hide(); input.blur(); }
  });
  input.form.addEventListener("submit", (event) => { event.preventDefault(); show(); go(0); });
  if (input.value) show();
  return { open() { input.focus(); input.select(); } };
}

export function jumpTo(place, focus = true) {
  for (const each of document.querySelectorAll(".desk-block.here")) each.classList.remove("here");
  place.classList.add("here");
  if (focus) { if (!place.hasAttribute("tabindex")) place.tabIndex = -1; place.focus({ preventScroll: true }); }
  place.scrollIntoView({ block: "center" });
}
