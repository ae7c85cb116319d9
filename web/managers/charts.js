// Charts in the page's own colours. What is drawn is beside each chart as a
// table too, so nothing is only in a picture.

const { Chart } = globalThis;
const drawn = new Map();

/** How a share reads: `43.2%`. */
export const percent = (share) => (share === null || share === undefined ? "—" : `${(share * 100).toFixed(1)}%`);
/** How a count reads: `12,345`. */
export const count = (number) => Number(number ?? 0).toLocaleString("zh-CN");

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  return { text: of("text"), muted: of("muted"), line: of("line"), now: of("chart-now"), before: of("chart-before"), calls: of("chart-calls"), alarm: of("bad"), surface: of("surface"), steps: [1, 2, 3, 4].map((step) => of(`chart-step-${step}`)), font: of("sans") };
}

/** Writes what a bar says behind its end. */
const told = {
  id: "told",
  afterDatasetsDraw(chart, _, { texts }) {
    if (!texts) return;
    const { ctx } = chart;
    const { text, font } = colours();
    ctx.save();
    ctx.font = `12px ${font}`;
    ctx.fillStyle = text;
    ctx.textBaseline = "middle";
    const behind = chart.getDatasetMeta(1)?.data ?? [];
    chart.getDatasetMeta(0).data.forEach((bar, at) => {
      const ends = [bar.x, behind[at]?.x, chart.chartArea.left].filter(Number.isFinite);
      ctx.fillText(texts[at] ?? "", Math.max(...ends) + 7, bar.y);
    });
    ctx.restore();
  },
};

function axis(palette, more = {}) {
  return { border: { display: false }, grid: { color: palette.line, drawTicks: false }, ...more, ticks: { color: palette.muted, padding: 6, font: { family: palette.font, size: 12 }, ...more.ticks } };
}

function base(palette, more) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: isStill ? false : { duration: 250 },
    ...more,
    plugins: {
      legend: { display: false },
      tooltip: { backgroundColor: palette.text, titleColor: palette.surface, bodyColor: palette.surface, padding: 10, cornerRadius: 6, displayColors: false, titleFont: { family: palette.font }, bodyFont: { family: palette.font }, ...more.tooltip },
      ...more.plugins,
    },
  };
}

/** The rate of each day over the calls of each day, beside the period before. */
function trend(palette, { labels, rates, before, calls, beforeLabels }) {
  const few = labels.length <= 14;
  return {
    type: "bar",
    data: {
      labels,
      datasets: [
        { type: "line", data: rates, borderColor: palette.now, backgroundColor: palette.now, borderWidth: 2.5, pointRadius: few ? 3 : 0, pointHoverRadius: 5, tension: 0.25, spanGaps: true, yAxisID: "y", order: 0 },
        { type: "line", data: before, borderColor: palette.before, backgroundColor: palette.before, borderDash: [5, 4], borderWidth: 1.5, pointRadius: 0, tension: 0.25, spanGaps: true, yAxisID: "y", order: 1 },
        { data: calls, backgroundColor: palette.calls, yAxisID: "calls", order: 2, borderRadius: 2, categoryPercentage: 0.9, barPercentage: 0.9 },
      ],
    },
    options: base(palette, {
      interaction: { mode: "index", intersect: false },
      scales: {
        x: axis(palette, { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 18 } }),
        y: axis(palette, { min: 0, max: highest([...rates, ...before]), ticks: { callback: (share) => `${Math.round(share * 100)}%`, stepSize: 0.2 } }),
        calls: axis(palette, { position: "right", grid: { display: false }, beginAtZero: true, grace: "110%", ticks: { maxTicksLimit: 5, precision: 0 } }),
      },
      tooltip: {
        callbacks: {
          label: ({ datasetIndex, raw, dataIndex }) =>
            [`即时答复率 ${percent(raw)}`, `上期（${beforeLabels[dataIndex] ?? "—"}） ${percent(raw)}`, `已知结果的电话 ${count(raw)}`][datasetIndex],
        },
      },
    }),
  };
}

/** A fifth above the highest share, so that the line fills its place. */
const highest = (shares) => Math.min(1, Math.max(0.2, Math.ceil(Math.max(...shares.map((share) => share ?? 0)) * 5 + 0.25) / 5));

/** A share by name, lying bars, beside the period before. */
function shares(palette, { labels, rates, before, texts, choose }, width) {
  const most = width < 420 ? 7 : 11;
  return {
    type: "bar",
    data: {
      labels,
      datasets: [
        // One over the other: the period before is the pale, thick bar behind.
        { data: rates, backgroundColor: palette.now, borderRadius: 4, barThickness: 12, grouped: false, order: 0 },
        { data: before, backgroundColor: palette.calls, borderRadius: 4, barThickness: 22, grouped: false, order: 1 },
      ],
    },
    options: base(palette, {
      indexAxis: "y",
      layout: { padding: { right: 96 } },
      scales: {
        x: axis(palette, { min: 0, max: 1, ticks: { callback: (share) => `${Math.round(share * 100)}%`, maxTicksLimit: 5 } }),
        y: axis(palette, { grid: { display: false }, ticks: { color: palette.text, callback: (_, at) => shortened(labels[at], most) } }),
      },
      plugins: { told: { texts } },
      tooltip: { callbacks: { label: ({ datasetIndex, raw }) => `${datasetIndex === 0 ? "本期" : "上期"} ${percent(raw)}` } },
      onClick: choose ? (_, [hit]) => hit && choose(hit.index) : undefined,
      onHover: choose ? ({ native }, [hit]) => { native.target.style.cursor = hit ? "pointer" : ""; } : undefined,
    }),
    plugins: [told],
  };
}

/** Counts by name, lying bars: the funnel, the places of what was used. */
function steps(palette, { labels, counts, texts, isLastOther }) {
  const tones = isLastOther ? [...palette.steps.slice(0, 3), palette.before] : palette.steps;
  return {
    type: "bar",
    data: { labels, datasets: [{ data: counts, backgroundColor: tones, borderRadius: 6, categoryPercentage: 0.86, barPercentage: 0.86 }] },
    options: base(palette, {
      indexAxis: "y",
      layout: { padding: { right: 118 } },
      scales: { x: axis(palette, { display: false, beginAtZero: true }), y: axis(palette, { grid: { display: false }, ticks: { color: palette.text } }) },
      plugins: { told: { texts } },
      tooltip: { callbacks: { label: ({ raw }) => count(raw) } },
    }),
    plugins: [told],
  };
}

/** Calls of each day over what is usual; small, the last day marked. */
function course(palette, { labels, calls, usual }) {
  const tones = calls.map((_, at) => (at === calls.length - 1 ? palette.alarm : palette.calls));
  return {
    type: "bar",
    data: {
      labels,
      datasets: [
        { data: calls, backgroundColor: tones, borderRadius: 2, categoryPercentage: 0.9, barPercentage: 0.9, order: 1 },
        { type: "line", data: usual, borderColor: palette.before, borderDash: [5, 4], borderWidth: 1.5, pointRadius: 0, order: 0 },
      ],
    },
    options: base(palette, {
      interaction: { mode: "index", intersect: false },
      scales: {
        x: axis(palette, { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 24 } }),
        y: axis(palette, { beginAtZero: true, ticks: { maxTicksLimit: 4, precision: 0 } }),
      },
      tooltip: { callbacks: { label: ({ datasetIndex, raw }) => (datasetIndex === 0 ? `电话 ${count(raw)}` : `平时约 ${raw.toFixed(1)}`) } },
    }),
  };
}

const KINDS = { trend, shares, steps, course };
const shortened = (name, most) => (name?.length > most ? `${name.slice(0, most - 1)}…` : name);

/** Draws the charts of the page anew: each canvas by its id. */
export function drawAll(charts) {
  const palette = colours();
  for (const [id, chart] of drawn) {
    if (!charts[id] || !chart.canvas?.isConnected) {
      chart.destroy();
      drawn.delete(id);
    }
  }
  for (const [id, { kind, height, data }] of Object.entries(charts)) {
    const canvas = document.getElementById(id);
    if (!canvas) continue;
    canvas.parentElement.style.height = `${height}px`;
    drawn.get(id)?.destroy();
    drawn.set(id, new Chart(canvas, KINDS[kind](palette, data, canvas.parentElement.clientWidth)));
  }
}

/** A chart as a picture on the page's ground, with its title and what it is of. */
export function picture(id, title, about) {
  const from = document.getElementById(id);
  const scale = from.width / from.clientWidth;
  const [edge, head] = [16 * scale, 58 * scale];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [from.width + 2 * edge, from.height + head + edge];
  const palette = colours();
  const pen = canvas.getContext("2d");
  pen.fillStyle = palette.surface;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = palette.text;
  pen.font = `600 ${16 * scale}px ${palette.font}`;
  pen.fillText(title, edge, 26 * scale);
  pen.fillStyle = palette.muted;
  pen.font = `${12 * scale}px ${palette.font}`;
  pen.fillText(about, edge, 46 * scale);
  pen.drawImage(from, edge, head);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Fits the charts to the paper and back. */
export function resizeAll() {
  for (const chart of drawn.values()) chart.resize();
}
