// Parts of a page marked `data-live="stock orders"` are loaded again when one of these topics changes somewhere.
const PAUSE = 1500; // Between two loads, however much happens; the first comes at once.

let topics = new Set();
let timer = null;
let last = 0;

function regions() {
  return [...document.querySelectorAll("[data-live]")].filter((region) => region.id);
}

async function load() {
  timer = null;
  last = Date.now();
  const changed = topics;
  topics = new Set();
  const wanted = regions().filter((region) => region.dataset.live.split(" ").some((topic) => changed.has(topic)));
  if (!wanted.length || document.hidden) return wanted.length && changed.forEach((topic) => topics.add(topic));
  const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of wanted) {
    const fresh = page.getElementById(region.id);
    if (fresh && !region.contains(document.activeElement?.closest("form, dialog"))) replace(region, fresh);
  }
}

// Only cells whose text has changed are touched, so that focus, selection and scrolling stay where they are.
function replace(region, fresh) {
  const rows = [...region.querySelectorAll("[id]")];
  const same = rows.length && rows.every((row) => fresh.querySelector(`#${CSS.escape(row.id)}`));
  if (!same || fresh.querySelectorAll("[id]").length !== rows.length) {
    const focused = document.activeElement?.id;
    region.replaceChildren(...fresh.childNodes);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    window.htmx?.process(region);
    region.dispatchEvent(new CustomEvent("live:replaced", { bubbles: true }));
    return;
  }
  for (const row of rows) {
    const next = fresh.querySelector(`#${CSS.escape(row.id)}`);
    if (row.isEqualNode(next) || row.contains(document.activeElement?.closest("input, textarea, select"))) continue;
    const focused = [...row.querySelectorAll("a, button")].indexOf(document.activeElement);
    const checked = [...row.querySelectorAll("input[type=checkbox]")].map((box) => box.checked);
    row.replaceChildren(...next.childNodes);
    row.querySelectorAll("input[type=checkbox]").forEach((box, at) => (box.checked = checked[at] ?? box.checked));
    if (focused >= 0) row.querySelectorAll("a, button")[focused]?.focus({ preventScroll: true });
    window.htmx?.process(row);
    row.classList.remove("changed");
    void row.offsetWidth;
    row.classList.add("changed");
  }
}

function soon() {
  timer ??= setTimeout(load, Math.max(50, last + PAUSE - Date.now()));
}

if (regions().length) {
  const stream = new EventSource("/console/live");
  stream.addEventListener("changed", (event) => {
    Object.keys(JSON.parse(event.data)).forEach((topic) => topics.add(topic));
    soon();
  });
  stream.addEventListener("open", () => document.documentElement.classList.add("listening"));
  document.addEventListener("visibilitychange", () => topics.size && !document.hidden && soon());
  addEventListener("pagehide", () => stream.close());
}
