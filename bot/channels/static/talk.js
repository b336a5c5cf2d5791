// The talk on the page. Whatever anybody wrote becomes text nodes, never markup.

const make = (tag, className = "", text = "") => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};

// --------------------------------------------------------------------------- text

const BULLET = /^\s*[•\-–*]\s+(.+)$/;
const NUMBERED = /^\s*(\d{1,3})[.)]\s+(.+)$/;
const HEADING = /^[^\n]+:$/;
const ANSWERED = /^(.*\? )?(.*)$/; // in a list, what follows a question is its answer
const LONG = 160; // characters from which a question is a text to be read, not a line to stand out
const PROGRESS = /^(\d{1,3})\/(\d{1,3})(?: · .+)?$/;
const LINK = /https:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?]/g;

function withLinks(element, text) {
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    element.append(text.slice(from, found.index));
    const link = make("a", "", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    element.append(link);
    from = found.index + found[0].length;
  }
  element.append(text.slice(from));
}

// "3/14 · The house": how far one is, with a bar that says the same to the eye.
function progress(line, [, number, total]) {
  const element = make("p", "progress", line);
  const bar = make("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  const done = make("span");
  done.style.width = `${Math.min(100, (100 * number) / total)}%`;
  bar.append(done);
  element.append(bar);
  return element;
}

function question(line) {
  const element = make("p", line.length > LONG ? "" : "question");
  withLinks(element, line);
  return element;
}

function item(text, number) {
  const element = make("li");
  if (number) element.value = Number(number);
  const [, asked = "", said] = text.match(ANSWERED);
  withLinks(element, asked);
  if (asked) element.append(make("b", "", said));
  else withLinks(element, said);
  return element;
}

// Lines that begin with a bullet or a number become lists, a line with a colon above one its heading; an empty
// line ends a paragraph. The line under the progress is the question.
export function blocks(text) {
  const parts = [];
  let open = null;
  const add = (part) => { parts.push(part); return part; };
  const list = (tag) => (open?.tagName === tag ? open : add(make(tag)));
  const lines = text.split("\n");
  const heads = (at) => {
    const next = HEADING.test(lines[at]) ? lines.slice(at + 1).find((line) => line.trim()) ?? "" : "";
    return BULLET.test(next) || NUMBERED.test(next);
  };
  for (const [at, line] of lines.entries()) {
    const [, bullet] = line.match(BULLET) ?? [];
    const [, number, numbered] = line.match(NUMBERED) ?? [];
    const far = line.match(PROGRESS);
    if (!line.trim()) open = null;
    else if (far) {
      add(progress(line, far));
      open = null;
    } else if (open === null && parts.at(-1)?.className === "progress") open = add(question(line));
    else if (bullet) (open = list("UL")).append(item(bullet));
    else if (number) (open = list("OL")).append(item(numbered, number));
    else if (heads(at)) withLinks(open = add(make("p", "head")), line);
    else if (open?.tagName === "P" && open.className === "") withLinks(open, `\n${line}`);
    else withLinks(open = add(make("p")), line);
  }
  return parts;
}

// --------------------------------------------------------------------------- messages

export class Talk {
  // `say(key)` gives a text of the page, `press(button, element, byKeyboard)` and `ask(kind)` are what a person
  // does with a message, `fileAddress(id)` is where a message's file is.
  constructor({ log, list, typing, newest, say, press, ask, fileAddress }) {
    Object.assign(this, { log, list, typing, newest, say, press, ask, fileAddress });
    this.items = [];
    this.shownIds = new Set();
    this.mine = new Map();
    this.spent = new Set(); // of presses that changed the message they were made on, nothing else is shown
    this.last = 0;
    this.following = true;
    this.loading = true;
    log.addEventListener("scroll", () => {
      this.following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
      if (this.following) newest.hidden = true;
    }, { passive: true });
    // The room shrinks when the phone's keyboard opens: the end stays in sight.
    new ResizeObserver(() => { if (this.following) this.toEnd(); }).observe(log);
  }

  // What the bot said: once, however often it comes.
  show(shown) {
    if (this.shownIds.has(shown.id)) return;
    this.shownIds.add(shown.id);
    this.last = Math.max(this.last, shown.id);
    const element = make("li", "message bot");
    const bubble = make("div", "bubble");
    bubble.append(make("span", "unseen", `${this.say("talk.bot")}: `), ...blocks(shown.text));
    if (shown.file) bubble.append(this.file(shown));
    element.append(bubble);
    const choices = this.choices(shown);
    if (choices) element.append(choices);
    const before = this.items.find(({ ids }) => ids?.has(shown.replaces));
    if (before) this.replace(before, element, shown.id);
    else this.place(element, [shown.id, 0, 0], shown.id);
    this.markCurrent();
    this.typing.hidden = true;
    if (!before) this.follow(element);
  }

  // The message stays where it was, changed; and the press that changed it has been answered there.
  replace(before, element, id) {
    for (const [key, { element: own, entry }] of this.mine) {
      if (!before.ids.has(entry.message)) continue;
      own.remove();
      this.items = this.items.filter((other) => other.element !== own);
      this.mine.delete(key);
      this.spent.add(key);
    }
    before.element.replaceWith(element);
    before.element = element;
    before.ids.add(id); // whoever taps twice quickly pressed the message as it was
  }

  file({ id, file, text }) {
    const address = this.fileAddress(id);
    if (file.image) {
      const image = make("img");
      image.src = address;
      image.alt = text || file.name;
      image.addEventListener("load", () => { if (this.following) this.toEnd(); });
      return image;
    }
    const paragraph = make("p");
    const link = make("a", "", `⬇ ${file.name}`);
    link.href = address;
    link.download = file.name;
    paragraph.append(link);
    return paragraph;
  }

  choices({ id, buttons = [], ask, ask_label: askLabel }) {
    if (!buttons.length && !ask) return null;
    const group = make("div", "choices");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", this.say("talk.choices"));
    if (ask) {
      const button = make("button", "", askLabel || this.say(`compose.${ask}`));
      button.type = "button";
      button.addEventListener("click", () => this.ask(ask));
      const row = make("div");
      row.append(button);
      group.append(row);
    }
    for (const pressed of buttons) {
      const row = make("div");
      for (const { label, payload } of pressed) {
        // Going back or skipping is no answer: it stands back a little.
        const button = make("button", payload.startsWith("form:") ? "way" : "", label);
        button.type = "button";
        button.addEventListener("click", (event) => this.press({ id, label, payload }, button, event.detail === 0));
        row.append(button);
      }
      group.append(row);
    }
    return group;
  }

  // The choices of the newest question stand out; those before can still be pressed.
  markCurrent() {
    const groups = [...this.list.querySelectorAll(".choices")];
    for (const group of groups) group.classList.toggle("current", group === groups.at(-1));
  }

  // What the person said, here or in another tab; again with another state.
  own(entry, why = "") {
    if (this.spent.has(entry.id)) return;
    const known = this.mine.get(entry.id);
    const element = known?.element ?? make("li", "message mine");
    this.mine.set(entry.id, { element, entry });
    if (!known) {
      const bubble = make("div", "bubble");
      bubble.append(make("span", "unseen", `${this.say("talk.you")}: `), entry.text);
      element.append(bubble, make("span", "state"));
      this.place(element, [entry.after, 1, this.mine.size]);
    }
    const words = { waiting: "◷ talk.waiting", received: "✓ talk.received", failed: "! talk.failed" }[entry.state];
    const [sign, key] = words.split(" ");
    const state = element.querySelector(".state");
    state.textContent = `${sign} ${why || this.say(key)}`;
    element.classList.toggle("failed", entry.state === "failed");
    if (!known) this.toEnd();
  }

  place(element, order, id = null) {
    let at = this.items.length;
    while (at > 0 && compare(this.items[at - 1].order, order) > 0) at -= 1;
    this.list.insertBefore(element, this.items[at]?.element ?? null);
    this.items.splice(at, 0, { element, order, ids: id && new Set([id]) });
  }

  clear() {
    this.items = [];
    this.mine.clear();
    this.list.replaceChildren();
  }

  // A message longer than the room is shown from its beginning; else the end is.
  follow(element) {
    if (this.loading) return;
    if (!this.following) this.point("talk.newest");
    else if (element.offsetHeight <= this.log.clientHeight - 30) this.toEnd();
    else {
      this.log.scrollTop += element.getBoundingClientRect().top - this.log.getBoundingClientRect().top - 12;
      this.point("talk.more");
    }
  }

  // There is something below: new, or the rest of what is being read.
  point(key) {
    const more = key === "talk.more";
    this.newest.textContent = more ? "↓" : this.say(key);
    this.newest.setAttribute("aria-label", this.say(key));
    this.newest.classList.toggle("more", more);
    this.newest.hidden = false;
    this.newest.onclick = () => {
      if (more) this.log.scrollTop += this.log.clientHeight - 60;
      else this.toEnd();
    };
  }

  // All that was said before is here now.
  loaded() {
    if (!this.loading) return;
    this.loading = false;
    this.toEnd();
    const newest = this.items.at(-1)?.element;
    if (newest) this.follow(newest);
  }

  toEnd() {
    this.newest.hidden = true;
    this.following = true;
    this.log.scrollTop = this.log.scrollHeight;
  }
}

function compare(one, other) {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at] - other[at];
}
