// Registering a question by keyboard alone: a digit for the topic, a letter for the rest, Enter. What is registered goes
// into the queue with the version of the guide that was on the desk when the question was begun.
import { jumpTo } from "./desk_search.js";

const UNDO_MS = 5000;
const WIDE = matchMedia("(min-width: 62rem)");
const strike = import("./redact.js").then((it) => it.strike, () => null);

export class Register {
  constructor(desk, words, fill, queue) {
    Object.assign(this, { desk, words, fill, queue });
    this.forms = [...document.querySelectorAll(".desk-form")];
    this.said = document.getElementById("desk-said");
    this.number = document.getElementById("desk-number");
    this.pick = document.getElementById("desk-pick");
    this.current = this.forms[0] ?? null;
    this.digits = "";
    this.last = null;
    for (const form of this.forms) {
      form.addEventListener("input", () => this.begin(form));
      form.addEventListener("change", () => this.follow(form));
      form.addEventListener("submit", (event) => { event.preventDefault(); this.finish(form, event.submitter?.name === "urgent"); });
      this.follow(form);
    }
    this.choices();
  }

  // -- which crisis ----------------------------------------------------------------------------------------------
  choices() {
    if (!this.pick) return;
    this.pick.hidden = this.forms.length < 2;
    for (const old of this.pick.querySelectorAll("button")) old.remove();
    for (const form of this.forms) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-secondary button-small";
      const theirs = this.forms.filter((each) => each.dataset.authority === form.dataset.authority); // one authority may have two
      button.textContent = theirs.length === 1 ? form.dataset.authority : form.querySelector(".desk-form-crisis")?.textContent ?? "";
      button.addEventListener("click", () => { this.show(form); this.toGuide(); });
      this.pick.append(button);
    }
    if (this.current) this.show(this.current);
  }

  show(form) {
    this.current = form;
    for (const each of this.forms) each.hidden = each !== form;
    [...this.pick.querySelectorAll("button")].forEach((button, i) => button.setAttribute("aria-pressed", String(this.forms[i] === form)));
    this.digits = "";
  }

  next() {
    if (this.forms.length < 2) return;
    this.show(this.forms[(this.forms.indexOf(this.current) + 1) % this.forms.length]);
    this.toGuide();
  }

  toGuide() { if (WIDE.matches) document.getElementById(`krise-${this.current.dataset.crisis}`)?.scrollIntoView({ block: "start" }); }

  over(crisis) {
    this.forms.filter((form) => form.dataset.crisis === crisis).forEach((form) => form.remove());
    this.forms = this.forms.filter((form) => form.dataset.crisis !== crisis);
    if (!this.forms.includes(this.current)) this.current = this.forms[0] ?? null;
    this.choices();
  }

  // -- one question ----------------------------------------------------------------------------------------------
  get begun() { return this.forms.some((form) => form.dataset.begun !== undefined); }

  begin(form) {
    if (form.dataset.begun === undefined) {
      form.dataset.begun = String(this.desk.shown(form.dataset.crisis) ?? "");
      this.number.hidden = true;
      this.say("", "");
    }
    this.follow(form);
  }

  follow(form) { form.classList.toggle("transferring", form.elements.resolution?.value === "transferred"); }

  reset(form) {
    form.reset();
    delete form.dataset.begun;
    this.digits = "";
    this.where = false;
    this.follow(form);
    if (form.contains(document.activeElement)) document.activeElement.blur();
  }

  // The fields of a form by value; a guide that changed while one wrote takes no choice away.
  check(form, name, value) {
    const field = [...form.querySelectorAll(`input[name="${name}"]`)].find((each) => each.value === value);
    if (!field) return;
    field.checked = true;
    this.begin(form);
  }

  digit(key) {
    const form = this.current;
    if (!form) return;
    if (this.where) { const all = form.querySelectorAll('input[name="transferred_to"]'); if (all[key - 1]) { all[key - 1].checked = true; this.begin(form); } return; }
    const byNumber = (number) => [...form.querySelectorAll('input[name="topic"]')].find((each) => each.dataset.number === number);
    this.digits = byNumber(this.digits + key) ? this.digits + key : key;
    const topic = byNumber(this.digits);
    if (!topic) { this.digits = ""; return; }
    this.check(form, "topic", topic.value);
    const answer = document.getElementById(`${form.dataset.crisis}-emne-${topic.value}`);
    if (answer && WIDE.matches) jumpTo(answer, false);
  }

  key(key) {
    const form = this.current;
    if (!form) return false;
    if (/^[0-9]$/.test(key)) { this.digit(key); return true; }
    if (key !== "Enter") this.digits = "";
    if (key !== "o") this.where = false;
    const answered = { j: "yes", d: "partly", n: "no" }[key];
    if (answered) { this.check(form, "answered", answered); return true; }
    if (key === "s") { this.check(form, "resolution", "resolved"); return true; }
    if (key === "o") { this.check(form, "resolution", "transferred"); this.where = true; return true; }
    if (key === "t") { form.elements.text.focus(); return true; }
    if (key === "z") { this.undo(); return true; }
    if (key === "a") { this.finish(form, true); return true; }
    if (key === "Enter") { this.finish(form, false); return true; }
    if (key === "Escape") { this.reset(form); this.number.hidden = true; this.say("", ""); return true; }
    return false;
  }

  async finish(form, urgent) {
    const value = (name) => form.elements[name]?.value ?? "";
    const topic = value("topic") || (urgent ? "andet" : "");
    const answered = value("answered") || (urgent ? "partly" : "");
    if (!topic || !answered) { this.say("wrong", topic ? this.words.answered : this.words.topic); return; }
    this.begin(form);
    const clean = await strike;
    const typed = value("text").trim().slice(0, 300);
    const { text, struck } = clean && typed ? clean(typed) : { text: typed, struck: [] };
    const resolution = urgent ? "urgent_transfer" : value("resolution") || "resolved";
    const version = form.dataset.begun;
    const data = { crisis: form.dataset.crisis, version: version ? Number(version) : null, topic, answered, resolution, transferred_to: resolution === "transferred" ? value("transferred_to") : "", municipality: value("municipality"), text: text.slice(0, 300) };
    const label = form.querySelector('input[name="topic"]:checked')?.closest("label").querySelector("span").textContent ?? "";
    this.last = this.queue.add("question", data, UNDO_MS);
    this.reset(form);
    this.registered(urgent ? this.words.urgent : this.fill(this.words.said, { topic: label }), struck);
    if (urgent) this.call(form.dataset.crisis);
  }

  call(crisis) {
    const number = this.desk.duty(crisis);
    this.number.textContent = number ? this.fill(this.words.call, { number }) : this.words.noNumber;
    this.number.hidden = false;
    this.number.scrollIntoView({ block: "nearest" });
  }

  registered(sentence, struck) {
    this.say("done", sentence);
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button-link";
    undo.innerHTML = '<kbd class="desk-key">Z</kbd> ';
    undo.append(this.words.undo);
    undo.addEventListener("click", () => this.undo());
    this.said.append(" ", undo);
    setTimeout(() => undo.remove(), UNDO_MS);
    for (const { kind, was } of struck) {
      const line = document.createElement("span");
      line.className = "struck";
      const gone = document.createElement("del");
      gone.textContent = was;
      line.append(this.fill(this.words.struck, { what: this.words[`struck${kind[0].toUpperCase()}${kind.slice(1)}`] ?? kind }), " ", gone);
      this.said.append(line);
    }
  }

  undo() {
    if (!this.last || !this.queue.undo(this.last.id)) return;
    this.last = null;
    this.number.hidden = true;
    this.say("", this.words.undone);
  }

  say(state, text) {
    if (!this.said) return;
    this.said.dataset.state = state;
    this.said.textContent = text;
    if (text && WIDE.matches) this.said.scrollIntoView({ block: "nearest" });
  }

  // The guide has other people to pass a call on to; what is chosen stays when it is still there.
  transfers(crisis, names) {
    const form = this.forms.find((each) => each.dataset.crisis === crisis);
    const group = form?.querySelector(".desk-where");
    if (!group) return;
    const chosen = form.elements.transferred_to?.value;
    for (const old of group.querySelectorAll("label")) old.remove();
    names.forEach((name, i) => {
      const label = document.createElement("label");
      label.className = "desk-choice";
      label.innerHTML = '<input type="radio" name="transferred_to"><kbd class="desk-no"></kbd> <span></span>';
      const [field, kbd, text] = label.children;
      Object.assign(field, { value: name, checked: name === chosen });
      kbd.textContent = i + 1;
      text.textContent = name;
      group.append(label);
    });
  }
}
