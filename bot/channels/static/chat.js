// The web chat: who speaks, the talk, and what one types.

import { Kept, forgetAll, recall, remember, uuid } from "./kept.js";
import { Line, hello } from "./line.js";
import { Talk } from "./talk.js";

const at = (id) => document.getElementById(id);

const START = "/start"; // what a messenger says for somebody who opens a chat for the first time
const page = { greeting: null, locale: "vi", who: null, line: null, talk: null, kept: null, started: false };
const say = (key) => page.greeting.words[page.locale][key];

// --------------------------------------------------------------------------- language, size, menu

function label() {
  document.documentElement.lang = page.locale;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-name]")) {
    element.setAttribute("aria-label", say(element.dataset.name));
    if (element.tagName === "BUTTON") element.title = say(element.dataset.name);
  }
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = say(element.dataset.hint);
  document.title = say("page.title");
  at("name").textContent = say("app.name");
  at("menu-language").lang = page.locale === "vi" ? "en" : "vi";
  const persona = page.greeting.personas.find(({ key }) => key === page.who);
  at("as").textContent = [say("app.automatic"), persona?.label].filter(Boolean).join(" · ");
}

function larger(on) {
  document.documentElement.classList.toggle("larger", on);
  at("menu-larger").setAttribute("aria-pressed", String(on));
  remember(localStorage, "tocns-larger", on || null);
}

function unfold(opener, panel, open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
}

function wireMenu() {
  const opener = at("menu-open");
  const menu = at("menu");
  const close = () => unfold(opener, menu, false);
  opener.addEventListener("click", () => unfold(opener, menu, menu.hidden));
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target) && !opener.contains(target)) close();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !menu.hidden) {
      close();
      opener.focus();
    }
  });
  at("menu-larger").addEventListener("click", () => larger(!document.documentElement.classList.contains("larger")));
  at("menu-language").addEventListener("click", () => {
    page.locale = page.locale === "vi" ? "en" : "vi";
    remember(localStorage, "tocns-language", page.locale);
    label();
    close();
    opener.focus();
  });
  at("menu-help").addEventListener("click", () => {
    close();
    speak(say("menu.help"), { text: "/trogiup" });
    at("typed").focus();
  });
  at("menu-switch").addEventListener("click", () => {
    remember(sessionStorage, "tocns-as", null);
    location.reload();
  });
  at("menu-forget").addEventListener("click", async () => {
    if (!confirm(say("menu.forget_sure"))) return;
    page.line.close();
    await fetch("/chat/forget", { method: "POST" });
    forgetAll();
    location.reload();
  });
}

// --------------------------------------------------------------------------- saying something

function notice(text) {
  at("notice").textContent = text;
  at("notice").hidden = !text;
  clearTimeout(notice.end);
  if (text) notice.end = setTimeout(() => notice(""), 8_000);
}

function speak(text, send, file = null) {
  const entry = { id: uuid(), text, after: page.talk.last, state: "waiting", ...(file ? {} : { send }) };
  if (send?.message) entry.message = send.message;
  page.kept.put(entry);
  page.talk.own(entry);
  page.started = true; // also before the line is ready: who has spoken is answered, not greeted over the answer
  page.line.say(entry, file);
}

function press({ id: message, label: text, payload }, button, byKeyboard) {
  if (button.classList.contains("pressed")) return; // the second half of a double tap
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 400);
  speak(text, { text, payload, message });
  // From here the next question's choices are one Shift+Tab away, and a number can be typed at once.
  if (byKeyboard) at("typed").focus();
}

function sendLocation() {
  if (!navigator.geolocation) {
    notice(say("location.refused"));
    return;
  }
  notice(say("location.looking"));
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude, longitude, accuracy } }) => {
      notice("");
      speak(say("location.sent"), { latitude, longitude, accuracy });
    },
    () => notice(say("location.refused")),
    { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
  );
}

function ask(kind) {
  if (kind === "photo") at("photo-file").click();
  else sendLocation();
}

function wireCompose() {
  const typed = at("typed");
  const grow = () => {
    typed.style.height = "auto";
    typed.style.height = `${typed.scrollHeight + 3}px`;
  };
  const submit = () => {
    const text = typed.value.trim();
    if (!text) return;
    typed.value = "";
    grow();
    // Typed again because nothing happened: sent twice, it would answer a question that nobody has seen.
    if (!at("offline").hidden && page.line.isWaiting(text)) notice(say("line.waiting"));
    else speak(text, { text });
  };
  typed.addEventListener("input", grow);
  typed.addEventListener("keydown", (event) => {
    // A Vietnamese input method ends a word with Enter: that is not yet "send".
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  at("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    typed.focus();
  });
  const fold = () => unfold(at("attach-open"), at("attach"), false);
  at("attach-open").addEventListener("click", () => unfold(at("attach-open"), at("attach"), at("attach").hidden));
  at("photo").addEventListener("click", () => { fold(); ask("photo"); });
  at("location").addEventListener("click", () => { fold(); ask("location"); });
  at("photo-file").addEventListener("change", ({ target }) => {
    const [photo] = target.files;
    target.value = "";
    if (photo) speak(say("photo.sent"), null, photo);
  });
  at("file").addEventListener("click", () => { fold(); at("any-file").click(); });
  at("any-file").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) speak(`📎 ${file.name}`, null, file);
  });
}

// --------------------------------------------------------------------------- the talk

function settle(entry, state, why = "") {
  if (entry.send?.text === START) {
    notice(why);
    return;
  }
  const { send, ...rest } = entry;
  const settled = { ...rest, state };
  page.kept.put(settled);
  page.talk.own(settled, why);
}

function linked(up) {
  at("offline").hidden = up;
  if (!up) at("offline").textContent = say(navigator.onLine ? "line.again" : "line.offline");
}

// The first words of somebody new; and what a browser kept of an earlier database is not shown with this one.
function ready({ empty }) {
  page.talk.loaded();
  at("log").setAttribute("aria-busy", "false");
  if (!empty || page.started) return;
  page.started = true;
  page.kept.forget();
  page.talk.clear();
  page.line.say({ id: uuid(), send: { text: START } });
}

// Said in another tab, or on another device: shown here too, and kept once the server has it.
function heardMyself({ id, text, message, received }) {
  if (text === START || page.line.isMine(id)) return;
  const entry = page.talk.mine.get(id)?.entry ?? { id, text, message, after: page.talk.last };
  const heard = { ...entry, state: received ? "received" : "waiting" };
  page.talk.own(heard);
  if (received) page.kept.put(heard);
}

function enter() {
  const query = () => new URLSearchParams({ as: page.who ?? "", lang: page.locale }).toString();
  at("picker").hidden = true;
  at("talk").hidden = false;
  at("menu-help").hidden = false;
  page.kept = new Kept(page.greeting.edition, page.who ?? "");
  page.talk = new Talk({
    log: at("log"), list: at("messages"), typing: at("typing"), newest: at("newest"), say, press, ask,
    fileAddress: (id) => `/chat/files/${id}?${query()}`,
  });
  page.line = new Line({
    query, lastId: () => page.talk.last, edition: page.greeting.edition,
    on: {
      linked, ready,
      shown: (shown) => page.talk.show(shown),
      said: heardMyself,
      typing: ({ on }) => {
        at("typing").hidden = !on;
        if (on && page.talk.following) page.talk.toEnd();
      },
      received: (entry) => settle(entry, "received"),
      failed: (entry, why) => settle(entry, "failed", why),
      slow: notice,
    },
  });
  for (const entry of page.kept.all()) {
    if (entry.state === "waiting" && !entry.send) entry.state = "failed"; // a photo or file: not kept over a reload
    page.talk.own(entry);
    if (entry.state !== "waiting") continue;
    page.started = true;
    page.line.say(entry);
  }
  // On a phone the keyboard stays away until it is wanted.
  at(matchMedia("(hover: hover) and (pointer: fine)").matches ? "typed" : "log").focus();
}

function pick() {
  at("picker").hidden = false;
  at("menu-help").hidden = true;
  at("personas").replaceChildren(...page.greeting.personas.map(({ key, label: name, description }) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    const [strong, span] = [document.createElement("strong"), document.createElement("span")];
    strong.textContent = name;
    span.textContent = description;
    button.type = "button";
    button.append(strong, span);
    button.addEventListener("click", () => {
      remember(sessionStorage, "tocns-as", key);
      page.who = key;
      label();
      enter();
    });
    item.append(button);
    return item;
  }));
}

async function begin() {
  larger(recall(localStorage, "tocns-larger") === true);
  for (;;) {
    try {
      page.greeting = await hello();
      break;
    } catch {
      await new Promise((resolve) => { setTimeout(resolve, 1_500); });
    }
  }
  const wished = new URLSearchParams(location.search).get("lang") ?? recall(localStorage, "tocns-language");
  page.locale = wished in page.greeting.words ? wished : page.greeting.locale;
  const demo = page.greeting.mode === "demo";
  const as = recall(sessionStorage, "tocns-as");
  page.who = page.greeting.personas.some(({ key }) => key === as) ? as : null;
  label();
  wireMenu();
  wireCompose();
  at("menu-open").hidden = false;
  at("sample").hidden = !demo;
  at("menu-switch").hidden = !demo;
  at("menu-forget").hidden = demo;
  at("file").hidden = !demo; // citizens have no use for it
  if (demo && !page.who) pick();
  else enter();
}

begin();
