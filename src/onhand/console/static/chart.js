// Charts: what a page says in `data-series`, drawn in the colours of the page. Times come in microseconds, and are
// written by the clock of `data-zone`, else by the reader's.
const COLOURS = ["--accent", "--busy", "--warn", "--bad", "--soft"];
const COUNTS = [1, 2, 5].flatMap((step) => Array.from({ length: 12 }, (_, power) => step * 10 ** power)).sort((a, b) => a - b);

function draw(box) {
  const series = JSON.parse(box.dataset.series);
  if (!series.length || !window.uPlot) return;
  const lang = document.documentElement.lang;
  const zone = box.dataset.zone || undefined;
  const number = (value) => (value == null ? "" : value.toLocaleString(lang));
  // The style sheet knows both colours of a pair; the browser is asked which one is in force.
  const probe = box.appendChild(document.createElement("i"));
  const colour = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const steps = uPlot.paths.stepped({ align: 1 });
  const bars = uPlot.paths.bars({ size: [0.7, 40, 1] }); // A year of days on a phone: a pixel each.
  const kind = box.dataset.chart;
  const lines = series.map((each, at) => {
    // A forecast is a dashed line in the colour of the one that it goes on from.
    const stroke = colour(COLOURS[(each.goes_on ?? at) % COLOURS.length]);
    const ahead = each.goes_on !== undefined;
    const paths = ahead ? undefined : kind === "steps" ? steps : kind === "bars" ? bars : undefined;
    return { label: each.label, value: (plot, value) => number(value), stroke, width: kind === "bars" ? 0 : 2, dash: ahead ? [6, 4] : undefined, paths, points: { show: false }, fill: kind === "bars" ? stroke : undefined, spanGaps: false };
  });
  probe.remove();
  const x = series[0].x.map((at) => at / 1e6);
  const hourly = x.length > 1 && x[1] - x[0] < 86400 / 2;
  const whole = (at) => new Date(at * 1000).toLocaleString(lang, { timeZone: zone, dateStyle: "medium", timeStyle: hourly ? "short" : undefined });
  const margin = kind === "bars" && x.length > 1 ? (x[1] - x[0]) / 2 : 0; // Else the bars at both ends would be halves.
  const height = box.classList.contains("low") ? 150 : 240;
  const options = {
    width: box.clientWidth,
    height,
    tzDate: (at) => (zone ? uPlot.tzDate(new Date(at * 1000), zone) : new Date(at * 1000)),
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    padding: [12, 20, 0, 0],
    axes: [{ ...axis, size: 32, space: 64, values: (plot, ticks, index, space, step) => ticks.map((at) => label(at, step, lang, zone)) }, { ...axis, size: 56, space: 24, incrs: COUNTS, values: (plot, ticks) => ticks.map(number) }],
    scales: { x: { range: (plot, low, high) => [low - margin, high + margin] }, y: { range: (plot, low, high) => [0, Math.max(1, high * 1.08)] } },
    legend: { live: true },
    series: [{ label: box.dataset.time, value: (plot, at) => (at == null ? "" : whole(at)) }, ...lines],
  };
  box.replaceChildren();
  const plot = new uPlot(options, [x, ...series.map((each) => each.y)], box);
  new ResizeObserver(() => box.isConnected && plot.setSize({ width: box.clientWidth, height })).observe(box);
}

// A day, or the hour where ticks are less than a day apart, as the reader's place writes it.
function label(at, step, lang, timeZone) {
  const when = new Date(at * 1000);
  const time = when.toLocaleTimeString(lang, { timeZone, hour: "2-digit", minute: "2-digit" });
  if (step < 86400 && !/^(00:00|12:00.AM)/.test(time)) return time;
  return when.toLocaleDateString(lang, { timeZone, day: "numeric", month: "short" });
}

const drawAll = (which) => document.querySelectorAll(which).forEach(draw);
addEventListener("DOMContentLoaded", () => drawAll("[data-chart]"));
addEventListener("live:changed", () => drawAll("[data-chart]:empty"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll("[data-chart]"));
