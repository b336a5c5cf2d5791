// What this browser keeps of a talk: the person's own side (the server has the bot's), and what still waits to
// be sent. One entry: {id, text, after, state, message?, send?}. `after` is the bot's last message when it was
// said; `message` the one whose button was pressed; `state` is "waiting", "received" or "failed"; `send` what the
// server is to be told, while it waits.

const MOST = 300;

export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// Storage may be full or forbidden: then the talk goes on, only a reload forgets the person's own side.
export function recall(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

export function remember(storage, key, value) {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch { /* see above */ }
}

export class Kept {
  constructor(edition, who) {
    this.key = `tocns/${edition}/${who}`;
    this.entries = recall(localStorage, this.key) ?? [];
  }

  all() {
    return this.entries;
  }

  // Another tab of the same person writes here too: what it added since is taken in first.
  put(entry) {
    const stored = recall(localStorage, this.key) ?? this.entries;
    const at = stored.findIndex((other) => other.id === entry.id);
    if (at < 0) stored.push(entry);
    else stored[at] = entry;
    while (stored.length > MOST) {
      const oldest = stored.findIndex((other) => other.state !== "waiting");
      if (oldest < 0) break;
      stored.splice(oldest, 1);
    }
    this.entries = stored;
    remember(localStorage, this.key, stored);
  }

  forget() {
    this.entries = this.entries.filter((entry) => entry.state === "waiting");
    remember(localStorage, this.key, this.entries.length ? this.entries : null);
  }
}

export function forgetAll() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("tocns/")) localStorage.removeItem(key);
  }
}
