// Forms: one click is one effect (the server sees to it anyway), and small forms open in a dialog over their page.
const dialog = document.getElementById("dialog");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const question = form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.dataset.sent === form.elements.token?.value && form.elements.token) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.sent = form.elements.token?.value ?? "";
  remember(form);
  (event.submitter ?? form.querySelector("button"))?.setAttribute("aria-busy", "true");
}, true);

// A session may end while somebody types: what was sent in vain stands in the form again after signing in.
function remember(form) {
  const typed = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrf" && name !== "token");
  sessionStorage.setItem("sent", JSON.stringify({ page: location.href, action: form.getAttribute("action"), typed }));
}

function restore() {
  const sent = JSON.parse(sessionStorage.getItem("sent"));
  sessionStorage.removeItem("sent");
  if (sent?.page !== location.href || !document.referrer.includes("/console/sign-in")) return;
  const form = [...document.forms].find((each) => each.method === "post" && each.getAttribute("action") === sent.action);
  for (const [name, value] of form ? sent.typed : []) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked ||= field.value === value;
      else field.value = value;
      field.closest("details")?.setAttribute("open", "");
    }
  }
}
restore();

// A page that comes back out of the browser's memory may be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

// A link marked `data-dialog` leads to a page with a #form on it; with scripts, that form comes here.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (link && dialog && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    const slow = setTimeout(showSkeleton, 150);
    const answer = await fetch(link.href, { headers: { "X-Dialog": "1" } });
    clearTimeout(slow);
    const form = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("form");
    if (!form || answer.redirected) return location.assign(link.href);
    dialog.replaceChildren(form);
    window.htmx?.process(dialog);
    dialog.opener = link;
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
    return;
  }
  if (event.target.closest?.("[data-close]") && dialog?.open) {
    event.preventDefault();
    dialog.close();
  }
});
// A server that takes long is answered by the shape of what is to come.
function showSkeleton() {
  const card = document.createElement("div");
  card.className = "card stack";
  card.setAttribute("aria-busy", "true");
  card.append(...Array.from({ length: 4 }, () => Object.assign(document.createElement("div"), { className: "skeleton" })));
  dialog.replaceChildren(card);
  dialog.showModal();
}
dialog?.addEventListener("close", () => dialog.opener?.isConnected && dialog.opener.focus());
dialog?.addEventListener("click", (event) => event.target === dialog && dialog.close());

// Filters that list things load as they are changed; a select that is to act at once says so.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("select[data-go]")) event.target.form.requestSubmit();
  const all = event.target.closest?.("input[data-all]");
  if (all) all.closest("table").querySelectorAll("tbody input[type=checkbox]").forEach((box) => (box.checked = all.checked));
});
