// What the agent has done and the server has not heard of yet: questions and receipts, kept in the browser and sent when
// there is somebody to take them. Each has an id of its own, so that sent twice counts once. A question waits a few
// seconds before it goes, so that a wrong key can be undone.

const RETRY_MS = 5000;
const ANSWER_MS = 20000;
const MOST = 100;

export function newId() { // a uuid7: the time in front, so that it sorts
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let now = Date.now();
  for (let i = 5; i >= 0; i -= 1) { bytes[i] = now % 256; now = Math.floor(now / 256); }
  bytes[6] = (bytes[6] & 15) | 112;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export class Queue extends EventTarget {
  constructor(environment, person) {
    super();
    this.key = `ddh-desk-queue:${environment}:${person}`;
    this.base = `/vagt/${environment}`;
    this.unsaved = null; // where the browser stores nothing, the page keeps it
    this.sending = false;
    this.late = false; // something could not be sent
    setInterval(() => this.send(), RETRY_MS);
    addEventListener("online", () => this.send());
    addEventListener("pagehide", () => this.lastTry());
    setTimeout(() => this.send(), 300);
  }

  all() {
    if (this.unsaved) return this.unsaved;
    try { return JSON.parse(localStorage.getItem(this.key)) ?? []; } catch { return []; }
  }

  save(items) {
    try { if (items.length) localStorage.setItem(this.key, JSON.stringify(items)); else localStorage.removeItem(this.key); this.unsaved = null; }
    catch { this.unsaved = items; }
    this.dispatchEvent(new Event("changed"));
  }

  add(kind, data, holdMs = 0) {
    const item = { id: data.id ?? newId(), kind, data, at: Date.now(), hold: Date.now() + holdMs };
    this.save([...this.all(), item]);
    setTimeout(() => this.send(), holdMs + 20);
    return item;
  }

  undo(id) {
    const items = this.all();
    if (!items.some((each) => each.id === id && each.hold > Date.now())) return false;
    this.save(items.filter((each) => each.id !== id));
    return true;
  }

  waiting() { return this.all().filter((each) => each.kind === "question" && (this.late ? each.hold <= Date.now() : false)).length; }

  pending(kind) { return this.all().filter((each) => each.kind === kind); }

  async post(path, fields, keepalive = false) {
    const answer = await fetch(`${this.base}/${path}`, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" }, credentials: "same-origin", keepalive, signal: keepalive ? undefined : AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 401) throw new Error("login");
    if (answer.status >= 500 || !(answer.headers.get("content-type") ?? "").includes("json")) throw new Error(String(answer.status));
    return answer.json();
  }

  // A question as it is sent: how long ago it was, since this machine's clock may be wrong.
  static sent(item) { return { ...item.data, id: item.id, age: Math.max(0, (Date.now() - item.at) / 1000) }; }

  async send() {
    if (this.sending) return;
    this.sending = true;
    let heard = false;
    try {
      for (;;) {
        const ready = this.all().filter((each) => each.hold <= Date.now());
        const receipt = ready.find((each) => each.kind === "seen");
        const questions = ready.filter((each) => each.kind === "question").slice(0, MOST);
        if (receipt) {
          const told = await this.post("set", { ...receipt.data, age: (Date.now() - receipt.at) / 1000 });
          heard = true;
          this.drop([receipt.id]);
          this.dispatchEvent(new CustomEvent("receipt", { detail: told }));
        } else if (questions.length) {
          const told = await this.post("spoergsmaal", { items: JSON.stringify(questions.map(Queue.sent)) });
          heard = true;
          this.drop(questions.map((each) => each.id)); // taken, or told what is wrong with it
          if (told.refused?.length) this.dispatchEvent(new CustomEvent("refused", { detail: told.refused[0].sentence }));
          else if (!told.taken) this.dispatchEvent(new CustomEvent("refused", { detail: told.sentence ?? "" }));
        } else break;
      }
      if (heard && this.late) this.dispatchEvent(new Event("sent-later"));
      if (heard) this.late = false;
    } catch (error) {
      this.late = true;
      if (error.message === "login") this.dispatchEvent(new Event("login"));
    }
    this.sending = false;
    this.dispatchEvent(new Event("changed"));
  }

  drop(ids) { this.save(this.all().filter((each) => !ids.includes(each.id))); }

  // The page goes: what is held back for undoing goes too. What the server has had is sent again later, and counts once.
  lastTry() {
    const questions = this.all().filter((each) => each.kind === "question").slice(0, MOST);
    if (questions.length) this.post("spoergsmaal", { items: JSON.stringify(questions.map(Queue.sent)) }, true).catch(() => {});
  }
}
