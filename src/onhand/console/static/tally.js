// A tally: what a scanner reads is counted in the rows of a form, against what was expected. The field for scans has
// the focus whenever no other one needs it; Enter in it, while it is empty, sends the form.
const form = document.querySelector("form[data-tally]");
const field = form?.querySelector("[data-scan]");
const heard = document.getElementById("heard");

const rows = () => [...form.querySelectorAll("[data-codes]")];
const box = (row) => row.querySelector("[data-count]");
const expected = (row) => (row.dataset.expected ? Number(row.dataset.expected) : null);
const codes = (row) => JSON.parse(row.dataset.codes);
const units = (row) => Number(box(row).value) || 0;

function tell(words, tone) {
  heard.textContent = words;
  heard.className = `heard ${tone}`;
  if (tone === "bad") beep();
}

// A tone and a shake for what is wrong: a picker looks at the shelf, not at the screen.
function beep() {
  navigator.vibrate?.(200);
  try {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    tone.frequency.value = 220;
    tone.connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.25);
    tone.onended = () => sound.close();
  } catch {
    // No sound here: the words say it too.
  }
}

function show(row) {
  const wanted = expected(row);
  const typed = box(row).value !== "";
  row.classList.toggle("whole", typed && wanted !== null && units(row) === wanted);
  row.classList.toggle("over", typed && wanted !== null && units(row) > wanted);
}

function count(row, step) {
  const wanted = expected(row);
  const next = Math.max(0, units(row) + step);
  if (form.dataset.most && wanted !== null && next > wanted) {
    tell(form.dataset.enough, "bad");
    return false;
  }
  box(row).value = next;
  rows().forEach((each) => each.classList.toggle("current", each === row));
  show(row);
  row.scrollIntoView({ block: "nearest" });
  tell(`${codes(row)[0]}: ${next}${wanted === null ? "" : ` / ${wanted}`}`, wanted !== null && next > wanted ? "warn" : "good");
  // Not at once: a form cannot be sent while it is being sent, and it is, with what was scanned.
  if (form.dataset.whole === "send" && rows().every((each) => units(each) === expected(each))) setTimeout(() => form.requestSubmit());
  return true;
}

function scan(code) {
  // The same item may stand in several rows: the first that lacks some takes it.
  const fitting = rows().filter((row) => codes(row).includes(code));
  const row = fitting.find((each) => expected(each) === null || units(each) < expected(each)) ?? fitting[0];
  if (row) return count(row, 1);
  const elsewhere = [...document.querySelectorAll("a[data-stop]")].find((link) => codes(link).includes(code));
  if (elsewhere && rows().every((each) => !units(each))) return elsewhere.click();
  tell(`${code}: ${elsewhere ? form.dataset.later : form.dataset.unknown}`, "bad");
}

if (form && field) {
  form.noValidate = true;
  if (form.dataset.tally === "zero") rows().forEach((row) => (box(row).value = ""));
  rows().forEach(show);
  addEventListener("submit", (event) => {
    if (event.target !== form) return;
    const code = field.value.trim();
    const byField = !event.submitter || document.activeElement === field;
    if (code && byField) {
      event.preventDefault();
      event.stopImmediatePropagation();
      field.value = "";
      scan(code);
    } else if (byField && !rows().some((row) => box(row).value !== "")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      tell(form.dataset.first, "bad");
    }
  }, true);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step], [data-all-expected]");
    if (!button) return;
    if (button.dataset.step) count(button.closest("[data-codes]"), Number(button.dataset.step));
    else rows().forEach((row) => ((box(row).value = row.dataset.expected ?? ""), show(row)));
    field.focus({ preventScroll: true });
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-codes]");
    if (row) show(row);
  });
  // A tap beside the fields brings the focus back, without the keyboard of a phone.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a, button, input, select, textarea, label, summary, dialog")) field.focus({ preventScroll: true });
  });
  field.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
