// The line to the server: a queue of what is to be said, sent in order and again until it is received, under ids
// that make a repetition harmless; and a socket for what the bot says, which comes back by itself.

const SILENCE = 40_000; // the server says something every 15 s: a line that is silent longer is dead
const LONGEST_WAIT = 15_000;

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const later = (tries) => Math.min(LONGEST_WAIT, 500 * 2 ** Math.min(tries, 6)) * (0.7 + 0.6 * Math.random());

export async function hello() {
  const response = await fetch("/chat/hello", { cache: "no-store", signal: AbortSignal.timeout(15_000) });
  if (!response.ok) throw new Error(`hello: ${response.status}`);
  return response.json();
}

export class Line {
  // `query()` says who speaks, in which language; `lastId()` which message was the newest; `on` is told what
  // happens: shown, said, typing, ready, linked(bool), received(entry), failed(entry, why), slow(why).
  constructor({ query, lastId, edition, on }) {
    Object.assign(this, { query, lastId, edition, on });
    this.queue = [];
    this.sending = false;
    this.tries = 0;
    this.open = true;
    this.wake = () => {};
    this.watch = setInterval(() => this.check(SILENCE), 5_000);
    this.abort = new AbortController();
    const { signal } = this.abort;
    addEventListener("online", () => this.check(0), { signal });
    addEventListener("offline", () => this.on.linked(false), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.check(SILENCE / 2);
    }, { signal });
    this.connect();
  }

  close() {
    this.open = false;
    clearInterval(this.watch);
    this.abort.abort();
    this.socket?.close();
    this.wake();
  }

  // --------------------------------------------------------------- what the bot says

  connect() {
    clearTimeout(this.again);
    if (!this.open) return;
    const url = new URL(`/chat/live?${this.query()}&after=${this.lastId()}`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.heard = Date.now();
    socket.onmessage = ({ data }) => {
      this.heard = Date.now();
      const told = JSON.parse(data);
      if (told.type === "ready") {
        this.tries = 0;
        this.on.linked(true);
        this.wake();
      }
      this.on[told.type]?.(told);
    };
    socket.onclose = () => {
      if (this.socket !== socket || !this.open) return;
      this.on.linked(false);
      this.tries += 1;
      this.again = setTimeout(() => this.reconnect(), later(this.tries));
    };
  }

  // A socket does not tell why it was refused: perhaps the session is gone, or the server has been made anew.
  async reconnect() {
    if (this.tries > 1) {
      try {
        if ((await hello()).edition !== this.edition) location.reload();
      } catch { /* still no network: the socket will fail, and be tried again */ }
    }
    this.connect();
  }

  check(patience) {
    const silent = Date.now() - this.heard > patience;
    if (this.socket.readyState === WebSocket.OPEN && !silent) return;
    if (this.socket.readyState === WebSocket.CONNECTING && !silent) return;
    const old = this.socket;
    old.onclose = null;
    old.close();
    this.connect();
  }

  // --------------------------------------------------------------- what the person says

  isMine(id) {
    return this.queue.some(({ entry }) => entry.id === id);
  }

  isWaiting(text) {
    return this.queue.some(({ entry: { send } }) => send?.text === text && !send.payload);
  }

  say(entry, file = null) {
    this.queue.push({ entry, file });
    this.drain();
  }

  async drain() {
    if (this.sending) return;
    this.sending = true;
    let tries = 0;
    while (this.queue.length && this.open) {
      const [{ entry, file }] = this.queue;
      const answer = await this.post(entry, file);
      if (answer.again === undefined) {
        this.queue.shift();
        tries = 0;
        if (answer.why) this.on.failed(entry, answer.why);
        else this.on.received(entry);
        // Perhaps another process answered than the one that holds the line: have this one look.
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send("look");
        continue;
      }
      tries += 1;
      if (answer.why) this.on.slow(answer.why);
      // Where the server asked for time, not before; else as soon as the line is back.
      await (answer.again
        ? pause(answer.again)
        : Promise.race([pause(later(tries)), new Promise((resolve) => { this.wake = resolve; })]));
    }
    this.sending = false;
  }

  upload(entry, file) {
    const photo = file.type.startsWith("image/");
    const name = photo ? "" : `&name=${encodeURIComponent(file.name)}`;
    return fetch(`/chat/${photo ? "photo" : "file"}?${this.query()}&id=${entry.id}${name}`, {
      method: "POST",
      body: file,
      headers: { "Content-Type": photo ? file.type : "application/octet-stream" },
      signal: AbortSignal.timeout(180_000),
    });
  }

  // {} received; {why} refused for good; {again: ms, why?} to be tried again, 0: as soon as the line is back.
  async post(entry, file) {
    let response;
    try {
      response = file
        ? await this.upload(entry, file)
        : await fetch(`/chat/say?${this.query()}`, {
          method: "POST",
          body: JSON.stringify({ ...entry.send, id: entry.id }),
          headers: { "Content-Type": "application/json" },
          signal: AbortSignal.timeout(20_000),
        });
      if (response.ok) return {};
      if (response.status === 401) {
        await hello();
        return { again: 0 };
      }
      if (response.status >= 500) return { again: 0 };
      const { why, retry_after: after } = await response.json();
      return response.status === 429 ? { again: after * 1000 + 50, why } : { why };
    } catch {
      this.on.linked(this.socket.readyState === WebSocket.OPEN && navigator.onLine);
      return { again: 0 };
    }
  }
}
