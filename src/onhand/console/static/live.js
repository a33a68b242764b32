// Parts of a page marked `data-live="stock orders"` are loaded again when one of these topics changes somewhere.
const PAUSE = 1500; // Between two loads, however much happens; the first comes at once.
const PATIENCE = 8000; // A server that restarts is back by then; after it, the reader is told.
const STAYS = /^(open|data-sent|aria-busy|data-htmx)/; // What the page here has done, and the server knows nothing of.

const away = document.getElementById("away");
let topics = new Set();
let timer = null;
let last = 0;
let stream = null;
let losing = null;

const regions = () => [...document.querySelectorAll("[data-live]")].filter((region) => region.id);

async function load() {
  timer = null;
  last = Date.now();
  const changed = topics;
  topics = new Set();
  const wanted = regions().filter((region) => region.dataset.live.split(" ").some((topic) => changed.has(topic)));
  if (!wanted.length || document.hidden) return wanted.length && changed.forEach((topic) => topics.add(topic));
  const answer = await fetch(location.href, { headers: { "X-Live": "1" } }).catch(() => null);
  if (answer?.redirected) away.hidden = false;
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of wanted) {
    const fresh = page.getElementById(region.id);
    if (!fresh) continue;
    const focused = document.activeElement;
    morph(region, fresh);
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
    window.htmx?.process(region);
    region.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  }
}

// What is there becomes what it should be. A node that goes on being there is kept, and with it the focus, the selection,
// what was typed, ticked and opened; only a form that somebody is at, or that is on its way, is left alone.
function morph(there, next) {
  if (there.isEqualNode(next) || (next.dataset.series && next.dataset.series === there.dataset.series)) return;
  if (there.matches("form") && (there.dataset.sent || there.contains(document.activeElement))) return;
  const flashes = there.matches("tr[id], .tile") && there.textContent !== next.textContent;
  for (const { name } of [...there.attributes]) if (!next.hasAttribute(name) && !STAYS.test(name)) there.removeAttribute(name);
  for (const { name, value } of next.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
  const named = new Map([...there.children].filter((child) => child.id).map((child) => [child.id, child]));
  const children = [...next.childNodes].map((child, at) => {
    const old = child.id ? named.get(child.id) : there.childNodes[at];
    if (old?.nodeName !== child.nodeName || (old.id ?? "") !== (child.id ?? "")) return child;
    if (old.nodeType === Node.ELEMENT_NODE) morph(old, child);
    else if (old.data !== child.data) old.data = child.data;
    return old;
  });
  const same = children.length === there.childNodes.length && children.every((child, at) => child === there.childNodes[at]);
  if (!same) there.replaceChildren(...children);
  if (!flashes) return;
  there.classList.remove("changed");
  void there.offsetWidth;
  there.classList.add("changed");
}

function soon() {
  timer ??= setTimeout(load, Math.max(50, last + PAUSE - Date.now()));
}

// Whatever may have changed while nobody was listening.
function catchUp() {
  regions().forEach((region) => region.dataset.live.split(" ").forEach((topic) => topics.add(topic)));
  soon();
}

function listen() {
  stream = new EventSource("/console/live");
  stream.addEventListener("changed", (event) => {
    Object.keys(JSON.parse(event.data)).forEach((topic) => topics.add(topic));
    soon();
  });
  stream.addEventListener("open", () => {
    if (losing) catchUp();
    clearTimeout(losing);
    losing = null;
    away.hidden = true;
    document.documentElement.classList.add("listening");
  });
  stream.addEventListener("error", () => {
    // Closed for good: the session has ended.
    if (stream.readyState === EventSource.CLOSED) away.hidden = false;
    else losing ??= setTimeout(() => (away.hidden = false), PATIENCE);
  });
}

if (regions().length && away) {
  listen();
  document.addEventListener("visibilitychange", () => topics.size && !document.hidden && soon());
  addEventListener("pagehide", () => stream.close());
  addEventListener("pageshow", (event) => event.persisted && (listen(), catchUp()));
}
