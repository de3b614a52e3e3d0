// Asks for the state, again and again, and hands it to the parts of the page; switches people, time and trouble.

import { ask, byId, h, post, refresh } from "/ui/dom.js";
import { showChat, toast } from "/ui/chat.js";
import { showBehind } from "/ui/behind.js";

let user = Number(sessionStorage.getItem("user")) || null;
let version = null;
let waiting = new AbortController();
let clock = null;

/// The answer comes when there is something new, so this is no faster than the world.
async function watch() {
  for (;;) {
    waiting = new AbortController();
    const asked = user;
    const seen = version === null ? "" : `&seen=${version}`;
    try {
      const state = await ask(`/ui/state?user=${asked ?? 0}${seen}`, { signal: waiting.signal });
      byId("offline").hidden = true;
      if (state && asked === user) show(state);
    } catch (error) {
      if (waiting.signal.aborted) continue;
      byId("offline").hidden = false;
      // Another run of the sandbox counts from another number.
      version = null;
      await new Promise((done) => setTimeout(done, 800));
    }
  }
}

function show(state) {
  if (state.people.length > 0 && !state.people.some((person) => person.id === user)) return become(state.people[0].id);
  version = state.version;
  clock = { shown: Date.parse(state.now), at: performance.now() };
  tick();
  showPeople(state);
  showChat(state, user);
  showBehind(state, user);
  for (const button of document.querySelectorAll("[data-switch]")) {
    button.setAttribute("aria-checked", String(state.faults.includes(button.dataset.switch)));
  }
  byId("clear").hidden = state.faults.length === 0;
  document.documentElement.dataset.version = state.version;
}

function become(id) {
  user = id;
  sessionStorage.setItem("user", id);
  version = null;
  waiting.abort();
}

function showPeople(state) {
  refresh(byId("people"), [state.people, user], () => [
    ...state.people.map((person) => h("button", {
      type: "button", class: "person", "data-key": String(person.id), "aria-pressed": String(person.id === user),
      title: person.username ? `@${person.username}` : "no username", onclick: () => become(person.id),
    }, person.first_name, h("small", {}, person.language_code ?? "–"))),
    !state.real.telegram && h("button", { type: "button", class: "person add", "data-key": "add", "aria-label": "Add a person", title: "Add a person",
      onclick: () => byId("new-person").showModal() }, "+"),
  ].filter(Boolean));
}

/// The world's time runs on between two states.
function tick() {
  if (!clock) return;
  const now = new Date(clock.shown + performance.now() - clock.at);
  byId("now").dateTime = now.toISOString();
  byId("now").textContent = `${now.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })}, ${now.toISOString().slice(11, 19)} UTC`;
}

const tell = (error) => toast(error.message);

for (const button of document.querySelectorAll("[data-hours]")) {
  button.addEventListener("click", async () => {
    const all = document.querySelectorAll("[data-hours]");
    all.forEach((other) => { other.disabled = true; });
    await post("/ui/clock", { hours: Number(button.dataset.hours) }).catch(tell);
    all.forEach((other) => { other.disabled = false; });
    button.focus();
  });
}

for (const button of document.querySelectorAll("[data-switch]")) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-checked") !== "true";
    post("/ui/fault", { switch: button.dataset.switch, on }).catch(tell);
  });
}

byId("clear").addEventListener("click", () => post("/ui/fault", { on: false }).catch(tell));
byId("start").addEventListener("click", () => post("/ui/say", { user, text: "/start" }).catch(tell));
byId("unblock").addEventListener("click", () => post("/ui/block", { user, blocked: false }).catch(tell));
byId("block").addEventListener("click", (event) => {
  post("/ui/block", { user, blocked: event.target.textContent === "Block" }).catch(tell);
});

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text) return;
  byId("text").value = "";
  const name = `@${byId("bot-name").textContent.slice(1)}`;
  const typed = text.startsWith(name);
  const said = typed ? { user, text: text.slice(name.length).trim() } : { user, text };
  post(typed ? "/ui/inline" : "/ui/say", said).catch(tell);
});

byId("new-person").addEventListener("close", async (event) => {
  const dialog = event.target;
  const form = dialog.querySelector("form");
  if (dialog.returnValue === "add") {
    const added = await post("/ui/person", Object.fromEntries(new FormData(form))).catch(tell);
    if (added) become(added.id);
  }
  dialog.returnValue = "";
  form.reset();
});

setInterval(tick, 500);
watch();
