// Verifying may take minutes: the bar says how far it has come. Without scripts the form waits for the answer.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-verify]");
  if (!form || !window.EventSource) return;
  event.preventDefault();
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  const output = form.querySelector("output");
  const stream = new EventSource(form.dataset.verify);
  const end = () => {
    stream.close();
    bar.hidden = true;
    button.removeAttribute("aria-busy");
    delete form.dataset.sent;
  };
  bar.hidden = false;
  bar.removeAttribute("value");
  stream.addEventListener("progress", (message) => {
    const { read, total } = JSON.parse(message.data);
    bar.max = total || 1;
    bar.value = read;
    output.textContent = `${read.toLocaleString()} / ${total.toLocaleString()}`;
  });
  stream.addEventListener("done", (message) => {
    end();
    output.textContent = "";
    const page = new DOMParser().parseFromString(JSON.parse(message.data).html, "text/html");
    document.getElementById("verification").replaceChildren(...page.body.childNodes);
  });
  stream.addEventListener("failed", (message) => {
    end();
    output.textContent = JSON.parse(message.data).detail;
  });
  stream.addEventListener("error", end);
});
