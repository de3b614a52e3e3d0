// Elements and requests: the little that every part of the page needs.

/// Makes an element. Text children are text: nothing that comes from elsewhere is ever parsed as HTML here.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/// Asks the sandbox; answers the JSON, or throws what it says.
export async function ask(path, options = {}) {
  const answer = await fetch(path, {
    ...options,
    headers: { "x-sandbox": "1", ...(options.body ? { "content-type": "application/json" } : {}) },
  });
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(body?.error ?? `The sandbox answered ${answer.status}`);
  return body;
}

export const post = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });

/// Replaces the children of `parent` only if what they show has changed; answers whether.
const shown = new WeakMap();
export function refresh(parent, value, make) {
  const key = JSON.stringify(value);
  if (shown.get(parent) === key) return false;
  shown.set(parent, key);
  const focused = parent.contains(document.activeElement) ? focusKey(document.activeElement) : null;
  parent.replaceChildren(...[make()].flat());
  if (focused) parent.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  return true;
}

/// Makes `wanted` the children of `parent`; nodes that are there already are left alone.
export function arrange(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let place = parent.firstChild;
  for (const node of wanted) {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

const focusKey = (element) => element.closest("[data-key]")?.dataset.key ?? null;

const two = (number) => String(number).padStart(2, "0");
const asDate = (text) => (text instanceof Date ? text : new Date(text));

/// `13:05:09`, in UTC.
export const utcTime = (at) => asDate(at).toISOString().slice(11, 19);
/// `2026-11-21 13:05`, in UTC.
export const utcMinute = (at) => asDate(at).toISOString().slice(0, 16).replace("T", " ");
/// `13:05`, where the browser is.
export const localTime = (at) => `${two(asDate(at).getHours())}:${two(asDate(at).getMinutes())}`;
/// `November 21`, where the browser is.
export const localDay = (at) =>
  asDate(at).toLocaleDateString("en", { month: "long", day: "numeric", ...(sameYear(at) ? {} : { year: "numeric" }) });

const sameYear = (at) => asDate(at).getFullYear() === new Date().getFullYear();
