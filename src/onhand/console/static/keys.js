// Keys: `g` and a letter goes to a screen, `/` searches, arrows walk through the numbers of a grid, and a scanner
// types into the page's own search wherever the focus is.
let leading = 0;

function typing(target) {
  return target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    (document.querySelector("main input[type=search]") ?? document.getElementById("finder"))?.focus();
  } else if (event.key === "g") {
    leading = Date.now();
  } else if (Date.now() - leading < 1500) {
    leading = 0;
    document.querySelector(`.side a[data-letter="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key.startsWith("Arrow")) {
    walk(event);
  }
});

function walk(event) {
  const cell = event.target.closest?.("[data-rows] td, [data-rows] th");
  const row = cell?.parentElement;
  if (!row) return;
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  const rows = [...row.parentElement.rows];
  let next = cell;
  for (let place = cell.cellIndex, at = rows.indexOf(row); next; ) {
    at += step[0];
    place += step[1];
    next = rows[at]?.cells[place];
    const stop = next?.querySelector("a, button, input");
    if (stop) {
      event.preventDefault();
      stop.focus();
      return;
    }
  }
}

// A scanner is a keyboard that types faster than anybody: a burst that ends in Enter goes to the field for scans.
let burst = "";
let before = 0;
document.addEventListener("keydown", (event) => {
  if (typing(event.target)) return;
  if (event.timeStamp - before > 100) burst = "";
  before = event.timeStamp;
  if (event.key.length === 1) burst += event.key;
  if (event.key !== "Enter" || burst.length < 4) return;
  const field = document.querySelector("[data-scan]");
  if (!field) return;
  event.preventDefault();
  field.value = burst;
  burst = "";
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (field.dataset.scan === "submit") field.form.requestSubmit();
});

// The command bar: Ctrl-K from anywhere; what is typed is looked up, arrows choose, Enter goes there.
const finder = document.querySelector("[data-command]");
const palette = document.getElementById("palette");

function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  const field = palette.querySelector("input");
  field.value = "";
  field.focus();
  window.htmx?.trigger(field, "input");
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
});
finder?.addEventListener("mousedown", (event) => {
  if (!palette) return;
  event.preventDefault();
  openPalette();
});
palette?.addEventListener("click", (event) => event.target === palette && palette.close());
palette?.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const links = [...palette.querySelectorAll(".found a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "Enter") {
    if (at >= 0 || !links.length) return;
    event.preventDefault();
    links[0].click();
    return;
  }
  event.preventDefault();
  (links[at + (event.key === "ArrowDown" ? 1 : -1)] ?? palette.querySelector("input")).focus();
});
