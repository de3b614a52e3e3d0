// What happens behind the chat: the panel, the store, the queues, the outgoing calls.

import { arrange, ask, byId, h, post, refresh, utcMinute, utcTime } from "/ui/dom.js";
import { toast } from "/ui/chat.js";

const GIB = 1024 ** 3;
const WHEN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const KINDS = {
  registered: ["👋", "Registered"],
  language_chosen: ["🌐", "Language chosen"],
  zone_chosen: ["🕓", "Time zone chosen"],
  email_code_due: ["✉️", "Code asked for"],
  email_confirmed: ["📧", "E-mail address confirmed"],
  email_removed: ["🗑️", "E-mail address removed"],
  email_refused: ["📭", "E-mail address refused"],
  letters_set: ["🔔", "Letters changed"],
  trial_started: ["🎁", "Trial started"],
  payment_opened: ["🧾", "Payment opened"],
  credited: ["💰", "Credited"],
  payment_held: ["🔎", "Payment held"],
  payment_canceled: ["✖️", "Payment canceled"],
  payment_expired: ["⌛", "Payment expired"],
  topped_up: ["👛", "Balance topped up"],
  refund_requested: ["↩️", "Refund asked for"],
  payment_refunded: ["↩️", "Money went back"],
  refund_failed: ["⚠️", "Refund failed"],
  payment_disputed: ["⚖️", "Payment disputed"],
  method_saved: ["💳", "Payment method saved"],
  method_removed: ["🗑️", "Payment method removed"],
  renewal_set: ["🔁", "Renewal changed"],
  renewal_started: ["🔁", "Renewal charged"],
  renewal_failed: ["⚠️", "Renewal failed"],
  provisioned: ["✅", "Provisioned"],
  provision_delayed: ["⏳", "Provisioning delayed"],
  end_adopted: ["📅", "End adopted from the panel"],
  redelivery_due: ["🔁", "Delivered again"],
  reminded: ["⏰", "Reminded"],
  panel_hint: ["📡", "Hint from the panel"],
  reachability_changed: ["🔕", "Reachability changed"],
};
const TARGETS = { dynamodb: "table", sqs: "queue", telegram: "telegram", panel: "panel", provider: "payments" };
/// Payment providers have one filter; their lines say which it was.
const group = (call) => call.target in TARGETS ? call.target : "provider";

const hidden = new Set();
const opened = new Set(["Subscription 1"]);
const lines = new Map();
let calls = [];
let openCall = null;

const body = (id) => byId(id).querySelector(".body");
const count = (id, text) => { byId(id).querySelector(".count").textContent = text; };
const none = (text) => h("p", { class: "none" }, text);
const gigabytes = (bytes) => `${(bytes / GIB).toFixed(bytes % GIB === 0 ? 0 : 2)} GB`;
/// Times are shortened, addresses can be followed, the rest is text.
const value = (text) => {
  if (WHEN.test(text)) return h("time", { title: text }, utcMinute(text));
  if (/^https?:\/\//.test(text)) return h("a", { href: text, target: "_blank", rel: "noopener noreferrer" }, text);
  return text;
};

/// Shows everything of `state` that is not the chat.
export function showBehind(state, user) {
  showPanel(state, user);
  showLetters(state.letters);
  showEvents(state.events);
  showRecords(state.records, state.items);
  showQueues(state.queues);
  if (calls.length === 0 || calls[0]?.number !== state.calls[0]?.number || calls.length !== state.calls.length) {
    calls = state.calls;
    count("calls", calls.length < 120 ? calls.length : `the last ${calls.length} of ${state.calls_total}`);
    showCalls();
  }
}

function showPanel(state, user) {
  if (state.real.panel) {
    refresh(body("panel"), "real", () => none("The real panel is elsewhere; look there."));
    return;
  }
  count("panel", state.panel.length);
  refresh(body("panel"), [state.panel, user], () => state.panel.length === 0
    ? none("No users yet. One appears with the first trial or purchase.")
    : state.panel.map((account) => panelUser(account, account.telegram_id === user)));
}

function panelUser(account, own) {
  const act = (action) => async () => {
    if (action === "delete" && !confirm(`Delete ${account.username} in the panel, as an operator would?`)) return;
    await post("/ui/panel", { username: account.username, action }).catch((error) => toast(error.message));
  };
  const button = (label, action, look = "") => h("button", {
    type: "button", class: look, "data-key": `${account.username} ${action}`, onclick: act(action),
    "aria-label": `${label}: ${account.username}`,
  }, label);
  const on = account.status === "DISABLED";
  const limit = account.limit ? gigabytes(account.limit) : "∞";
  return h("section", { class: `account${own ? " own" : ""}`, "aria-label": account.username },
    h("div", { class: "line" }, h("strong", {}, account.username),
      h("span", { class: `badge ${account.status.toLowerCase()}` }, account.status.toLowerCase()),
      h("span", { class: "soft" }, "until ", h("time", { title: account.until }, utcMinute(account.until)))),
    h("div", { class: "line soft" }, `${gigabytes(account.used ?? 0)} of ${limit}`,
      h("span", { class: "link", title: account.link }, account.link)),
    h("div", { class: "line tools" }, button("Use 1 GB", "connect"),
      on ? button("Enable", "enable") : button("Disable", "disable"), button("Delete", "delete", "danger")));
}

function showLetters(letters) {
  count("letters", letters.length);
  refresh(body("letters"), letters, () => letters.length === 0
    ? none("No letters yet.")
    : letters.map((letter) => {
      const id = `letter ${letter.id} ${letter.date}`;
      const details = h("details", { open: opened.has(id) },
        h("summary", { "data-key": id }, letter.subject, h("span", { class: "soft" }, letter.to)),
        h("pre", {}, letter.text));
      details.addEventListener("toggle", () => (details.open ? opened.add(id) : opened.delete(id)));
      return details;
    }));
}

function showEvents(events) {
  count("events", events.length);
  refresh(body("events"), events, () => events.length === 0
    ? h("li", {}, none("Nothing has happened to this person yet."))
    : events.map((event) => {
      const [icon, title] = KINDS[event.kind] ?? ["•", event.kind.replaceAll("_", " ")];
      return h("li", { class: "event", "data-kind": event.kind },
        h("span", { class: "icon", "aria-hidden": "true" }, icon),
        h("div", {},
          h("div", { class: "line" }, h("strong", {}, title), h("span", { class: "soft" }, `by ${event.actor}`),
            h("time", { class: "soft end", title: event.at }, utcTime(event.at))),
          h("div", { class: "facts" }, event.fields.map(([name, text]) =>
            h("span", {}, h("b", {}, name.replaceAll("_", " ")), " ", value(text))))));
    }));
}

function showRecords(records, items) {
  count("records", `${items} items in the table`);
  refresh(body("records"), records, () => records.length === 0
    ? none("No records of this person yet.")
    : records.map((record) => {
      const id = record.title === "Payment" ? record.key : record.title;
      const details = h("details", { open: opened.has(id) },
        h("summary", { "data-key": id }, record.title, h("span", { class: "soft" }, summary(record))),
        h("dl", {}, record.fields.map(([name, text]) => [h("dt", {}, name), h("dd", {}, value(text))])));
      details.addEventListener("toggle", () => (details.open ? opened.add(id) : opened.delete(id)));
      return details;
    }));
}

/// The one thing that one wants to know of a record.
function summary(record) {
  const field = (name) => record.fields.find(([key]) => key === name)?.[1];
  const until = (text) => (text ? `until ${utcMinute(text)}` : "");
  if (record.title.startsWith("Subscription")) return until(field("end"));
  if (record.title === "Payment") return `${field("amount") ?? ""} · ${field("state") ?? ""}`;
  if (record.title === "Quote") return until(field("valid_until"));
  return field("first_name") ?? "";
}

function showQueues(queues) {
  const waiting = queues.reduce((sum, queue) => sum + queue.messages.length, 0);
  count("queues", waiting === 0 ? "all empty" : waiting);
  // What a queue gives up lies in one named after it.
  const graves = new Map(queues.filter((queue) => queue.dead_letters).map((queue) => [queue.name.replace("-dead", ""), queue]));
  const living = queues.filter((queue) => !queue.dead_letters);
  refresh(body("queues"), queues, () => living.map((queue) => {
    const dead = graves.get(queue.name)?.messages ?? [];
    const numbers = [["waiting", queue.waiting], ["in flight", queue.in_flight], ["delayed", queue.delayed], ["dead", dead.length]];
    const id = `queue ${queue.name}`;
    const messages = [...queue.messages, ...dead.map((message) => ({ ...message, state: "dead" }))];
    const details = h("details", { open: opened.has(id) },
      h("summary", { "data-key": id }, h("code", {}, queue.name),
        h("span", { class: "numbers" }, numbers.map(([name, number]) =>
          h("span", { class: number === 0 ? "soft" : name === "dead" ? "some bad" : "some" }, `${number} ${name}`)))),
      messages.map((message) => h("div", { class: "message" },
        h("div", { class: "line soft" }, message.state, message.group && ` · group ${message.group}`,
          ` · received ${message.receives}×`, ` · visible ${utcTime(message.visible_at)}`),
        h("pre", {}, pretty(message.body)))));
    details.addEventListener("toggle", () => (details.open ? opened.add(id) : opened.delete(id)));
    return details;
  }));
}

/// Lines are kept: a call does not change, and a press must not miss because a newer call came in between.
function showCalls() {
  const list = calls.filter((call) => !hidden.has(group(call)));
  const wanted = list.length === 0 ? [h("li", {}, none("No calls."))] : list.map((call) => {
    const key = `${call.number} ${call.number === openCall}`;
    if (lines.get(call.number)?.key !== key) lines.set(call.number, { key, node: callLine(call) });
    return lines.get(call.number).node;
  });
  const kept = new Set(list.map((call) => call.number));
  for (const number of lines.keys()) if (!kept.has(number)) lines.delete(number);
  arrange(body("calls"), wanted);
  const filters = byId("calls").querySelector(".filters");
  refresh(filters, [...hidden], () => Object.entries(TARGETS).map(([target, name]) => h("button", {
    type: "button", class: `badge ${target}`, "data-key": target, "aria-pressed": hidden.has(target) ? "false" : "true",
    onclick: () => { if (!hidden.delete(target)) hidden.add(target); showCalls(); },
  }, name)));
}

function callLine(call) {
  const open = openCall === call.number;
  const good = call.status >= 200 && call.status < 300;
  const bodies = h("div", { class: "bodies" });
  const line = h("button", {
    type: "button", class: "call", "data-key": String(call.number), "aria-expanded": String(open),
    onclick: () => {
      openCall = open ? null : call.number;
      showCalls();
      lines.get(call.number)?.node.querySelector("button").focus();
    },
  }, h("time", { title: call.at }, utcTime(call.at)), h("span", { class: `badge ${group(call)}` }, (TARGETS[call.target] ?? call.target)),
  h("span", { class: "operation" }, call.operation), call.fault && h("span", { class: "fault" }, call.fault),
  h("span", { class: good ? "status" : "status bad" }, call.status ?? "no answer"));
  if (open) fill(bodies, call.number);
  return h("li", {}, line, open && bodies);
}

async function fill(bodies, number) {
  try {
    const call = await ask(`/ui/call/${number}`);
    bodies.append(h("h3", {}, "Request"), h("pre", {}, pretty(call.request) || "(empty)"),
      h("h3", {}, "Answer"), h("pre", {}, pretty(call.response) || "(empty)"));
  } catch (error) {
    bodies.append(none(error.message));
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
