// Draws the course of a figure from the numbers that the page carries, again after each live change and in each theme.
const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
let chart = null;

function draw() {
  const place = document.getElementById("board-chart");
  const data = document.getElementById("board-chart-data");
  if (!place || !data) return;
  const isNew = !chart || chart.getDom() !== place;
  if (isNew) {
    chart?.dispose();
    chart = echarts.init(place, null, { renderer: "svg" });
  }
  chart.setOption(option(JSON.parse(data.textContent)), { notMerge: true });
}

function option(data) {
  const ink = { quiet: colour("--quiet"), line: colour("--line"), brand: colour("--brand-ink"), tint: colour("--brand-tint"), late: colour("--late") };
  const show = (value) => (value === null || value === undefined || value === "-" ? "—" : data.isShare ? `${value}%` : value);
  const spread = data.high.map((high, n) => (high === null ? null : +(high - data.low[n]).toFixed(4)));
  const all = [data.value, data.previous, data.low, data.high].flat().filter((value) => value !== null).concat(data.target);
  return {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: colour("--surface"),
      borderColor: ink.line,
      textStyle: { color: colour("--ink"), fontSize: 13 },
      formatter: (points) => told(data, points[0].dataIndex, show),
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: data.labels.length < 3, axisLine: { lineStyle: { color: ink.line } }, axisTick: { show: false }, axisLabel: { color: ink.quiet, hideOverlap: true } },
    yAxis: {
      type: "value",
      min: data.isShare ? Math.max(0, Math.floor((Math.min(...all) - 1) / 10) * 10) : 0,
      max: data.isShare ? 100 : null,
      splitLine: { lineStyle: { color: ink.line } },
      axisLabel: { color: ink.quiet, formatter: data.isShare ? "{value}%" : "{value}" },
    },
    series: [
      { name: "low", type: "line", stack: "band", data: data.low, symbol: "none", lineStyle: { opacity: 0 }, silent: true, tooltip: { show: false } },
      { name: data.words.band, type: "line", stack: "band", data: spread, symbol: "none", lineStyle: { opacity: 0 }, areaStyle: { color: ink.tint, opacity: 0.9 }, itemStyle: { color: ink.tint }, silent: true },
      { name: data.words.previous, type: "line", data: data.previous, symbol: "none", lineStyle: { color: ink.quiet, width: 1.5, type: "dashed" }, itemStyle: { color: ink.quiet } },
      {
        name: data.words.value,
        type: "line",
        data: data.value,
        symbolSize: 6,
        showSymbol: data.value.filter((value) => value !== null).length < 3 || data.value.some((value, n) => value !== null && (data.value[n - 1] ?? null) === null && (data.value[n + 1] ?? null) === null),
        lineStyle: { color: ink.brand, width: 2.5 },
        itemStyle: { color: ink.brand },
        markLine: { silent: true, symbol: "none", lineStyle: { color: ink.late, type: "dotted", width: 1.5 }, label: { formatter: data.words.target, position: "insideEndTop", color: ink.late }, data: [{ yAxis: data.target }] },
      },
    ],
  };
}

// Plain text only: names come from people.
function told(data, n, show) {
  const lines = [[data.words.value, show(data.value[n])], [data.words.previous, show(data.previous[n])]];
  if (data.high[n] !== null) lines.push([data.words.band, `${data.low[n]}–${data.high[n]}`]);
  const box = document.createElement("div");
  box.append(data.labels[n]);
  for (const [name, value] of lines) {
    const line = document.createElement("div");
    line.textContent = `${name}  ${value}`;
    box.append(line);
  }
  return box;
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id === "board") draw();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
addEventListener("resize", () => chart?.resize());
new MutationObserver(draw).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
draw();
