(() => {
  "use strict";
  const colours = {
    light: ["#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bc4c00", "#0a7ea4", "#bf3989", "#57606a", "#4d8a00"],
    dark: ["#58a6ff", "#ff7b72", "#3fb950", "#d29922", "#bc8cff", "#f0883e", "#39c5cf", "#f778ba", "#9198a1", "#a5d64c"],
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const print = matchMedia("print");
  const colour = i => { const of = dark.matches && !print.matches ? colours.dark : colours.light; return of[i % of.length]; };
  const colourOf = name => { const i = report.runs.findIndex(r => r.name === name); return colour(i < 0 ? report.runs.length : i); };
  const paper = 680; // CSS pixels of a page's width
  const width = node => print.matches ? paper : Math.max(280, node.clientWidth);
  const sync = uPlot.sync("time");
  const charts = [], all = []; // those over time, and all
  const shown = report.runs.map((_, i) => i < 4);

  const day = "\n{YYYY}-{MM}-{DD}";
  const clock = [[86400, "{YYYY}-{MM}-{DD}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", day, null, day, null, null, null, 1], [1, "{HH}:{mm}:{ss}", day, null, day, null, null, null, 1]];
  const axes = (label) => [
    { stroke: () => css("--soft"), grid: { stroke: () => css("--line"), width: 1 }, values: clock },
    { stroke: () => css("--soft"), grid: { stroke: () => css("--line"), width: 1 }, size: 64, values: (_, vs) => vs.map(label) },
  ];
  const plain = v => v >= 1e6 ? v / 1e6 + "M" : v >= 1e4 ? v / 1e3 + "k" : String(+v.toPrecision(4));
  const percent = v => +(v * 100).toPrecision(3) + "%";

  let moving = false;
  const together = u => {
    if (moving) return;
    moving = true;
    const { min, max } = u.scales.x;
    for (const other of charts) if (other !== u) other.setScale("x", { min, max });
    moving = false;
  };

  function draw(id, series, data, label, height) {
    const node = document.getElementById(id);
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", node.previousElementSibling.textContent + ": a chart; the same as a table is below");
    const chart = new uPlot({
      width: width(node), height,
      cursor: { sync: { key: sync.key }, drag: { x: true, y: false } },
      tzDate: ts => uPlot.tzDate(new Date(ts * 1000), "Etc/UTC"),
      scales: { y: { range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(max ?? 0, 1e-9) * 1.05] } },
      axes: axes(label),
      series: [{ label: "time (UTC)", value: "{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}" }].concat(series),
      hooks: {
        setScale: [(u, key) => { if (key === "x") together(u); }],
        setSeries: [(_, i, to) => { if (i > 0 && id !== "demand" && i <= shown.length && to.show != null) show(i - 1, to.show); }],
      },
    }, data, node);
    charts.push(chart);
    all.push(chart);
    return chart;
  }

  draw("demand", [{ label: "arrivals", stroke: () => css("--text"), width: 1, value: (_, v, __, i) => i == null ? "--" : v == null ? "gap" : plain(v) }],
    [report.times, report.demand], plain, 180);

  // show keeps a run's box and its line in both charts alike.
  function show(i, on) {
    shown[i] = on;
    document.querySelectorAll("#choice input")[i].checked = on;
    for (const c of [ready, late]) if (c.series[i + 1].show !== on) c.setSeries(i + 1, { show: on });
  }

  const runs = key => report.runs.map((r, i) => ({ label: r.name, stroke: () => colour(i), width: i === 0 ? 2 : 1.25, fill: key === "late" && i === 0 ? () => colour(i) + "40" : undefined, show: shown[i], paths: key === "ready" ? uPlot.paths.stepped({ align: 1 }) : undefined, value: (_, v) => v == null ? "" : plain(v) }));
  const oracle = report.oracle ? [{ label: "oracle", stroke: () => css("--soft"), dash: [4, 4], width: 1.25, paths: uPlot.paths.stepped({ align: 1 }), value: (_, v) => v == null ? "" : plain(v) }] : [];
  const ready = draw("ready", runs("ready").concat(oracle), [report.times, ...report.runs.map(r => r.ready), ...(report.oracle ? [report.oracle] : [])], plain, 280);
  const arrived = { label: "arrivals", stroke: () => css("--soft"), width: 0.75, value: (_, v) => v == null ? "" : plain(v) };
  const late = draw("late", runs("late").concat(arrived), [report.times, ...report.runs.map(r => r.late), report.demand], plain, 220);

  const choice = document.getElementById("choice");
  report.runs.forEach((r, i) => {
    const label = document.createElement("label"), box = document.createElement("input"), line = document.createElement("i");
    box.type = "checkbox"; box.checked = shown[i]; line.style.background = colour(i);
    box.addEventListener("change", () => show(i, box.checked));
    label.append(box, line, r.name);
    choice.append(label);
  });

  const first = report.times[0], last = report.times[report.times.length - 1];
  const zoom = factor => {
    const { min, max } = ready.scales.x, half = (max - min) * factor / 2, middle = (min + max) / 2;
    ready.setScale("x", { min: Math.max(first, middle - half), max: Math.min(last, middle + half) });
  };
  document.getElementById("closer").addEventListener("click", () => zoom(0.5));
  document.getElementById("wider").addEventListener("click", () => zoom(2));
  document.getElementById("all").addEventListener("click", () => ready.setScale("x", { min: first, max: last }));

  for (const button of document.querySelectorAll("button[data-from]")) {
    button.addEventListener("click", () => {
      const from = +button.dataset.from, to = +button.dataset.to, around = (to - from) * 2;
      ready.setScale("x", { min: Math.max(first, from - around), max: Math.min(last, to + around) });
      document.getElementById("demand").parentNode.scrollIntoView();
    });
  }

  const table = document.getElementById("table");
  table.closest("details").addEventListener("toggle", () => {
    if (table.rows.length) return;
    const row = (cells, kind) => { const tr = document.createElement("tr"); cells.forEach((c, i) => { const td = document.createElement(i ? kind : "th"); td.textContent = c; if (td.tagName === "TH") td.scope = kind === "th" ? "col" : "row"; tr.append(td); }); return tr; };
    table.append(row(["time (UTC)", "arrivals", ...report.runs.flatMap(r => [r.name, r.name + ", late a second"])], "th"));
    const every = Math.ceil(report.times.length / 500);
    for (let i = 0; i < report.times.length; i += every) {
      table.append(row([new Date(report.times[i] * 1000).toISOString().slice(0, 16).replace("T", " "), report.demand[i] == null ? "gap" : plain(report.demand[i]),
        ...report.runs.flatMap(r => [plain(r.ready[i]), plain(r.late[i])])], "td"));
    }
  });

  const frontier = document.getElementById("frontier");
  if (frontier) {
    const lates = [...new Set(report.frontiers.flatMap(f => f.points.map(p => p.late)))].sort((a, b) => a - b);
    const data = [lates, ...report.frontiers.map(f => lates.map(l => { const hit = f.points.filter(p => p.late === l); return hit.length ? Math.min(...hit.map(p => p.hours)) : null; }))];
    const chart = new uPlot({
      width: width(frontier), height: 320, scales: { x: { time: false } },
      axes: [
        { label: "late", stroke: () => css("--soft"), grid: { stroke: () => css("--line"), width: 1 }, values: (_, vs) => vs.map(percent) },
        { ...axes(plain)[1], label: "replica-hours" },
      ],
      series: [{ label: "late", value: (_, v) => v == null ? "" : percent(v) }, ...report.frontiers.map(f => ({ label: f.name, stroke: () => colourOf(f.name), width: 1.5, spanGaps: true, points: { show: true, size: 6 }, value: (_, v) => v == null ? "" : plain(v) }))],
    }, data, frontier);
    frontier.setAttribute("role", "img");
    frontier.setAttribute("aria-label", "Frontier: a chart; the same as a table is below");
    all.push(chart);
  }

  const fit = () => { for (const c of all) c.setSize({ width: width(c.root.parentNode), height: c.height }); };
  const paint = () => {
    for (const c of all) c.redraw();
    document.querySelectorAll("#choice i").forEach((line, i) => { line.style.background = colour(i); });
    for (const c of all) c.root.querySelectorAll(".u-marker").forEach((mark, i) => { const of = c.series[i]; if (of?.stroke) mark.style.borderColor = of.stroke(c, i); });
  };
  addEventListener("resize", fit);
  dark.addEventListener("change", paint);
  print.addEventListener("change", () => { fit(); paint(); });
  document.documentElement.dataset.drawn = "yes";
})();
