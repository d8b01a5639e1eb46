// One EventSource for all tabs. As a SharedWorker it is shared by them (a browser gives a site six connections over
// HTTP/1.1: the seventh tab would hang); where there is no SharedWorker, live.js uses `Stream` in the page itself.

export class Stream {
  constructor(send) {
    this.send = send; // (event, data) to everybody
    this.after = new Map(); // topic -> last log number
    this.source = null;
    this.lang = "da";
    this.connected = null;
    this.lastHeard = 0;
    this.retry = 0;
    this.timer = setInterval(() => this.check(), 5000);
  }

  want(topics, lang) {
    const before = [...this.after.keys()].sort().join(" ") + this.lang;
    this.lang = lang;
    for (const [topic, number] of topics) if (!this.after.has(topic)) this.after.set(topic, number);
    for (const topic of this.after.keys()) if (!topics.has(topic)) this.after.delete(topic);
    if ([...this.after.keys()].sort().join(" ") + this.lang !== before || !this.source) this.open();
  }

  open() {
    this.close();
    if (this.after.size === 0) return;
    const query = new URLSearchParams({ lang: this.lang });
    for (const [topic, number] of this.after) query.append("topic", `${topic}@${number}`);
    const source = new EventSource(`/live?${query}`);
    this.source = source;
    this.lastHeard = Date.now();
    source.onopen = () => { this.heard(); this.retry = 0; this.state(true); };
    source.onerror = () => {
      this.state(false);
      // The browser tries again by itself, unless the answer was an error: then we do, with growing patience.
      if (source.readyState === EventSource.CLOSED && source === this.source) {
        this.close();
        this.retry = Math.min(this.retry + 1, 6);
        setTimeout(() => { if (!this.source) this.open(); }, 1000 * 2 ** (this.retry - 1) + Math.random() * 1000);
      }
    };
    for (const name of ["fragment", "entry", "clock", "changed", "ping"]) {
      source.addEventListener(name, (event) => {
        if (source !== this.source) return;
        this.heard();
        const data = JSON.parse(event.data);
        if (name === "entry") this.after.set(data.topic, Math.max(this.after.get(data.topic) || 0, data.number));
        if (name !== "ping") this.send(name, data);
      });
    }
  }

  close() {
    if (this.source) this.source.close();
    this.source = null;
  }

  heard() { this.lastHeard = Date.now(); if (this.connected === false && this.source?.readyState === 1) this.state(true); }

  state(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    this.since = Date.now();
    this.send("state", { connected, since: this.since });
  }

  // A line can be dead without anybody saying so: the server speaks each 15 seconds.
  check() {
    if (this.source && Date.now() - this.lastHeard > 40000) { this.state(false); this.open(); }
  }
}

if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
  const tabs = new Map(); // port -> {topic, after, lang, seen}
  const byLanguage = new Map(); // lang -> Stream

  const rearrange = () => {
    const now = Date.now();
    for (const [port, tab] of tabs) if (now - tab.seen > 90000) tabs.delete(port); // a tab that is gone says nothing
    const languages = new Set([...tabs.values()].map((tab) => tab.lang));
    for (const lang of languages) {
      if (!byLanguage.has(lang)) {
        byLanguage.set(lang, new Stream((event, data) => {
          for (const [port, tab] of tabs)
            if (tab.lang === lang && (event === "state" || data.topic === tab.topic)) port.postMessage({ event, data });
        }));
      }
      const topics = new Map();
      for (const tab of tabs.values())
        if (tab.lang === lang) topics.set(tab.topic, Math.min(tab.after, topics.get(tab.topic) ?? Infinity));
      byLanguage.get(lang).want(topics, lang);
    }
    for (const [lang, stream] of byLanguage)
      if (!languages.has(lang)) { stream.close(); clearInterval(stream.timer); byLanguage.delete(lang); }
  };

  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = ({ data }) => {
      if (data.leave) { tabs.delete(port); rearrange(); return; }
      const known = tabs.get(port);
      tabs.set(port, { ...data, seen: Date.now() });
      const stream = byLanguage.get(data.lang);
      if (known) { known.seen = Date.now(); if (!data.again) return; }
      const behind = stream && stream.after.has(data.topic); // the stream may be further than this new tab
      rearrange();
      const mine = byLanguage.get(data.lang);
      if (behind && mine.after.get(data.topic) > data.after) { mine.after.set(data.topic, data.after); mine.open(); }
      else if (behind) mine.open(); // brings the newest fragments to the new tab
      if (mine.connected !== null) port.postMessage({ event: "state", data: { connected: mine.connected, since: mine.since } });
    };
    port.start();
  };
}
