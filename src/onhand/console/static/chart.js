// Charts: what a page says in `data-series`, drawn in the colours of the page. Times come in microseconds.
const COLOURS = ["--accent", "--busy", "--warn", "--bad", "--soft"];

function draw(box) {
  const series = JSON.parse(box.dataset.series);
  if (!series.length || !window.uPlot) return;
  // The style sheet knows both colours of a pair; the browser is asked which one is in force.
  const probe = box.appendChild(document.createElement("i"));
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const steps = uPlot.paths.stepped({ align: 1 });
  const bars = uPlot.paths.bars({ size: [0.7, 40] });
  const kind = box.dataset.chart;
  const lines = series.map((each, at) => {
    const stroke = colour(COLOURS[at % COLOURS.length]);
    const paths = each.dash ? undefined : kind === "steps" ? steps : kind === "bars" ? bars : undefined;
    return { label: each.label, stroke, width: 2, dash: each.dash ? [6, 4] : undefined, paths, points: { show: false }, fill: kind === "bars" ? stroke : undefined, spanGaps: false };
  });
  probe.remove();
  const options = {
    width: box.clientWidth,
    height: 240,
    cursor: { points: { size: 7 } },
    axes: [{ ...axis, values: (plot, ticks, index, space, step) => ticks.map((at) => label(at, step)) }, { ...axis, size: 56, values: (plot, ticks) => ticks.map((tick) => tick.toLocaleString(document.documentElement.lang)) }],
    scales: { y: { range: (plot, low, high) => [0, Math.max(1, high * 1.08)] } },
    legend: { live: true, show: series.length > 1 },
    series: [{ value: (plot, at) => (at == null ? "–" : new Date(at * 1000).toLocaleDateString(document.documentElement.lang)) }, ...lines],
  };
  box.replaceChildren();
  const plot = new uPlot(options, [series[0].x.map((at) => at / 1e6), ...series.map((each) => each.y)], box);
  new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: 240 })).observe(box);
}

// A day, or the hour where ticks are less than a day apart, as the reader's place writes it.
function label(at, step) {
  const when = new Date(at * 1000);
  const lang = document.documentElement.lang;
  if (step < 86400 && when.getHours()) return when.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });
  return when.toLocaleDateString(lang, { day: "numeric", month: "short" });
}

export function drawAll() {
  document.querySelectorAll("[data-chart]").forEach(draw);
}
addEventListener("DOMContentLoaded", drawAll);
if (document.readyState !== "loading") drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
