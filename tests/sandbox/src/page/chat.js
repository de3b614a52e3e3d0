// The phone: one person's chat with the bot.

import { arrange, byId, h, localDay, localTime, post, refresh } from "/ui/dom.js";

const messages = byId("messages");
const toastBox = byId("toast");
const nodes = new Map();
const seenAnswers = new Set();
let current = null;
let botName = "";
let seenFor = null;
let toastEnds = 0;

/// Shows the chat of `state`. `user` is who we are.
export function showChat(state, user) {
  const chat = state.chat;
  const changed = seenFor !== user;
  if (changed) {
    seenFor = user;
    nodes.clear();
    messages.replaceChildren();
    hideToast();
    // What was answered before is no news.
    for (const press of state.presses) if (press.answer) seenAnswers.add(press.id);
  }
  current = user;
  botName = state.bot;
  byId("bot-name").textContent = `@${state.bot}`;
  if (state.real.telegram || !chat) return elsewhere(state.bot);
  messages.lang = chat.user.language_code ?? "";
  composer(chat);
  cards(state);
  const stick = changed || messages.scrollHeight - messages.scrollTop - messages.clientHeight < 160;
  const newest = list(chat, state.presses, state.shared);
  if (stick || newest) messages.scrollTo({ top: messages.scrollHeight, behavior: changed ? "instant" : "smooth" });
  for (const press of state.presses) answer(press);
}

function elsewhere(bot) {
  for (const id of ["text", "send", "start", "unblock", "block"]) byId(id).hidden = true;
  const link = h("a", { href: `https://t.me/${bot}`, target: "_blank", rel: "noopener" }, `@${bot}`);
  messages.replaceChildren(h("div", { class: "hint" }, h("p", {}, "This shop talks to the real Telegram."),
    h("p", {}, "Write to ", link, " on your phone; what happens behind is shown here.")));
}

function composer(chat) {
  const active = chat.started && !chat.blocked;
  byId("text").hidden = byId("send").hidden = !active;
  byId("start").hidden = chat.started || chat.blocked;
  byId("unblock").hidden = !chat.blocked;
  byId("block").hidden = !chat.started;
  byId("block").textContent = chat.blocked ? "Unblock" : "Block";
}

/// Brings the list up to date, touching only what changed; answers whether a message is new.
function list(chat, presses, shared) {
  let added = false;
  let day = null;
  const wanted = [];
  if (chat.messages.length === 0) {
    wanted.push(keep("empty", "", () => h("div", { class: "hint" },
      h("p", {}, "No messages here yet."), h("p", {}, "Press START below, as a newcomer would."))));
  }
  for (const message of chat.messages) {
    const today = localDay(message.date);
    if (today !== day) wanted.push(keep(`day ${today}`, today, () => h("div", { class: "service" }, today)));
    day = today;
    const busy = presses.filter((press) => !press.answer && press.message === message.id).map((press) => press.data);
    const id = `message ${message.id}`;
    added ||= !nodes.has(id);
    wanted.push(keep(id, JSON.stringify([message, busy]), () => draw(message, busy)));
  }
  for (const [index, { from, card }] of shared.entries()) {
    const id = `shared ${index}`;
    added ||= !nodes.has(id);
    wanted.push(keep(id, card.html, () => drawShared(from, card, index)));
  }
  const kept = new Set(wanted.map((node) => node.dataset.id));
  for (const id of nodes.keys()) if (!kept.has(id)) nodes.delete(id);
  arrange(messages, wanted);
  return added;
}

function keep(id, key, make) {
  const old = nodes.get(id);
  if (old?.key === key) return old.node;
  const node = make();
  node.dataset.id = id;
  const focused = old?.node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  old?.node.replaceWith(node);
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  nodes.set(id, { key, node });
  return node;
}

function draw(message, busy) {
  if (message.service) return fromStandIn(h("div", { class: "service" }), message.service);
  const meta = h("span", { class: "meta" }, message.edited ? "edited " : "", localTime(message.date));
  const bubble = h("div", { class: "bubble" });
  if (message.photo) {
    const picture = h("img", { src: `/telegram${message.photo}`, alt: "Picture", loading: "eager" });
    picture.addEventListener("load", () => { messages.scrollTop = messages.scrollHeight; });
    bubble.append(picture);
  }
  if (message.document) bubble.append(h("a", { class: "file", href: `/telegram${message.document.path}` }, message.document.name));
  if (message.invoice) {
    const { title, description, total_amount: stars } = message.invoice;
    bubble.append(h("div", { class: "invoice" }, h("strong", {}, title), h("p", {}, description),
      h("span", { class: "price" }, `⭐ ${stars}`)));
  }
  if (message.html) {
    const text = fromStandIn(h("div", { class: "text" }), message.html);
    text.append(meta);
    bubble.append(text);
  } else {
    bubble.append(meta);
  }
  const keys = message.buttons.map((row, index) => h("div", { class: "keyrow" },
    row.map((button, column) => key(message, button, busy, `${index}.${column}`))));
  const side = message.from_bot ? "in" : "out";
  return h("div", { class: `row ${side}${message.photo ? " photo" : ""}` },
    h("div", { class: "stack" }, bubble, keys.length > 0 && h("div", { class: "keys" }, keys)));
}

/// A card that somebody sent from another chat: whoever presses its button comes to the bot.
function drawShared(from, card, index) {
  const bubble = h("div", { class: "bubble" }, h("small", { class: "via" }, `${from}, via @${botName}`),
    fromStandIn(h("div", { class: "text" }), card.html));
  const keys = card.buttons.map((row, line) => h("div", { class: "keyrow" },
    row.map((button, column) => key({ id: `shared ${index}` }, button, [], `${line}.${column}`))));
  return h("div", { class: "row in" }, h("div", { class: "stack" }, bubble, h("div", { class: "keys" }, keys)));
}

/// What the bot offers while its name is typed: a press sends it to somebody.
function cards(state) {
  const box = byId("cards");
  box.hidden = !state.inline;
  refresh(box, state.inline, () => (state.inline ?? []).map((card) => h("button", {
    type: "button", role: "option", class: "card-choice", "data-key": card.id, onclick: () => send(card, state.people),
  }, h("strong", {}, card.title), h("span", {}, card.description))));
}

function send(card, people) {
  const dialog = byId("send-card");
  const others = people.filter((person) => person.id !== current);
  byId("send-card-people").replaceChildren(...others.map((person) => h("button", { value: String(person.id) }, person.first_name)));
  dialog.onclose = () => {
    const to = Number(dialog.returnValue);
    dialog.returnValue = "";
    if (to) post("/ui/share", { user: current, to, card: card.id }).then(() => toast("Sent"), (error) => toast(error.message));
  };
  dialog.showModal();
}

/// The stand-in escapes everything and lets nothing but Telegram's own tags through; the page's policy forbids scripts.
function fromStandIn(element, html) {
  element.innerHTML = html;
  for (const link of element.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(link.href);
    });
  }
  for (const code of element.querySelectorAll("code, pre")) {
    code.title = "Copy";
    code.addEventListener("click", () => copy(code.textContent));
  }
  for (const spoiler of element.querySelectorAll(".tg-spoiler")) {
    spoiler.addEventListener("click", () => spoiler.classList.add("open"));
  }
  return element;
}

function key(message, button, busy, place) {
  const waits = button.action === "pay" ? busy.includes(null) : button.action === "callback_data" && busy.includes(button.value);
  const mark = { url: "↗", web_app: "↗", copy_text: "⧉" }[button.action];
  const element = h("button", {
    type: "button", class: `key ${button.style ?? ""}${waits ? " busy" : ""}`, "data-key": place,
    "data-action": button.action, "aria-busy": waits ? "true" : null,
    onclick: () => press(message, button, element),
  }, h("span", {}, button.text), mark && h("i", { "aria-hidden": "true" }, mark));
  return element;
}

async function press(message, button, element) {
  if (button.action === "url" || button.action === "web_app") return open(button.value);
  if (button.action === "copy_text") return copy(button.value);
  const paths = { callback_data: "/ui/press", pay: "/ui/pay" };
  if (!paths[button.action]) return toast(`The stand-in cannot do “${button.action}”.`);
  element.classList.add("busy");
  const data = button.action === "callback_data" ? button.value : undefined;
  try {
    await post(paths[button.action], { user: current, message: message.id, data });
  } catch (error) {
    element.classList.remove("busy");
    toast(error.message);
  }
}

/// Pages of this server may be watched: when the buyer is sent back, the tab has done its work, as in an app. A link to
/// the bot itself opens the chat and presses Start, as in an app too.
function open(address) {
  const link = new URL(address, location.href);
  if (link.hostname === "t.me" && link.pathname === `/${botName}`) {
    const payload = link.searchParams.get("start");
    return post("/ui/say", { user: current, text: payload ? `/start ${payload}` : "/start" }).catch((error) => toast(error.message));
  }
  const own = address.startsWith(`${location.origin}/`);
  const tab = window.open(address, "_blank", own ? "" : "noopener,noreferrer");
  if (!own || !tab) return;
  const watch = setInterval(() => {
    if (tab.closed) return clearInterval(watch);
    let path = "";
    try { path = tab.location.pathname; } catch { return; }
    if (path.startsWith("/pay/return/")) {
      clearInterval(watch);
      setTimeout(() => tab.close(), 1500);
    }
  }, 250);
}

function answer(press) {
  if (!press.answer || seenAnswers.has(press.id)) return;
  seenAnswers.add(press.id);
  const { text, show_alert: asDialog } = press.answer;
  if (!text) return;
  if (!asDialog) return toast(text);
  byId("alert-text").textContent = text;
  if (!byId("alert").open) byId("alert").showModal();
}

async function copy(text) {
  await navigator.clipboard?.writeText(text).catch(() => {});
  toast("Copied");
}

/// A passing line at the bottom of the phone.
export function toast(text) {
  toastBox.textContent = text;
  toastBox.hidden = false;
  clearTimeout(toastEnds);
  toastEnds = setTimeout(hideToast, 3500);
}

function hideToast() {
  toastBox.hidden = true;
}
