"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const make = (tag, text, set = {}) => Object.assign(document.createElement(tag), { textContent: text }, set);
  const utc = (ms) => (ms == null ? "-" : new Date(ms).toISOString().slice(0, 16).replace("T", " "));
  const fixed = (value, places) => Number(value).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  const signed = (value, places) => (Number(value) > 0 ? "+" : "") + fixed(value, places);
  const money = (value) => (value == null ? "-" : fixed(value, data.places));
  const percent = (value, places = 2) => (value == null ? "-" : signed(value * 100, places) + " %");
  const tick = (value) => Number(value).toLocaleString("en-US", { maximumSignificantDigits: 7 });
  const price = (value) => {
    if (value == null) return "-";
    const size = Number(value) ? Math.floor(Math.log10(Math.abs(value))) : 0;
    return fixed(value, Math.min(Math.max(5 - size, 2), 10));
  };
  const span = (ms) => {
    const minutes = Math.round(ms / 60000), days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60);
    return days ? `${days} d ${hours} h` : hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  };
  const words = (name) => name.replaceAll("_", " ");
  const NARROW = 560, FULL = [data.start / 1000, data.end / 1000];
  const deals = data.deals.map((row) => Object.fromEntries(data.columns.map((name, at) => [name, row[at]])));
  const dealOf = new Map(deals.map((deal) => [deal.number, deal]));

  // Charts: one range of time for all of them.

  let charts = [], view = FULL, symbol = data.symbols[0], chosen = null, moving = false;

  function show(from, to) {
    const least = Math.min(600, FULL[1] - FULL[0]), width = Math.min(Math.max(to - from, least), FULL[1] - FULL[0]);
    const start = Math.min(Math.max(from, FULL[0]), FULL[1] - width);
    view = [start, start + width];
    moving = true;
    charts.forEach((chart) => chart.setScale("x", { min: view[0], max: view[1] }));
    moving = false;
  }

  function scaled(chart, key) {
    if (key !== "x" || moving || !chart.isReady) return;
    const { min, max } = chart.scales.x;
    if (min !== view[0] || max !== view[1]) show(min, max);
  }

  const year = "\n{YYYY}", date = "\n{MMM} {D}";
  const TICKS = [
    [31536000, "{YYYY}", null, null, null, null, null, null, 1],
    [2419200, "{MMM}", year, null, null, null, null, null, 1],
    [86400, "{MMM} {D}", year, null, null, null, null, null, 1],
    [3600, "{HH}:{mm}", "\n{MMM} {D} {YYYY}", null, date, null, null, null, 1],
    [60, "{HH}:{mm}", "\n{MMM} {D} {YYYY}", null, date, null, null, null, 1],
  ];

  function draw(id, height, series, columns, more = {}) {
    const box = byId(id), narrow = box.clientWidth < NARROW;
    const look = { stroke: colour("soft"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const chart = new uPlot({
      width: box.clientWidth, height: narrow ? Math.round(height * 0.8) : height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      cursor: { sync: { key: "time" }, drag: { x: true, y: false }, points: { size: 6 } },
      scales: { x: { min: view[0], max: view[1] }, y: more.scale || {} },
      axes: [{ ...look, values: TICKS, space: 60 }, { ...look, size: narrow ? 52 : 70, values: more.values }],
      series: [{ label: "Time", value: (_, v) => (v == null ? "-" : utc(v * 1000)) }, ...series],
      hooks: {
        setScale: [scaled], ready: [(made) => { made.isReady = true; }],
        drawClear: more.under || [], draw: more.over || [], setCursor: more.hover || [],
      },
    }, columns, box);
    chart.over.addEventListener("dblclick", () => show(...FULL));
    charts.push(chart);
  }

  const fade = (name, share) => `color-mix(in srgb, ${colour(name)} ${share}%, transparent)`;

  function drawEquity() {
    const [time, equity, water, hold] = data.equity;
    const series = [{ label: "Bot", points: { show: false }, stroke: colour("main"), width: 1.8, fill: fade("main", 8), value: (_, v) => money(v) }];
    const columns = [time, equity];
    if (hold) {
      series.push({ label: "Buy and hold", points: { show: false }, stroke: colour("other"), width: 1.3, dash: [5, 4], value: (_, v) => money(v) });
      columns.push(hold);
    }
    draw("equity", 300, series, columns);
    const says = (value) => (value ? value.toFixed(2) + " %" : "0 %");
    draw("underwater", 150, [{
      label: "Below the peak", points: { show: false }, stroke: colour("bad"), width: 1.2, fill: fade("bad", 18), fillTo: 0, value: (_, v) => (v == null ? "-" : says(v)),
    }], [time, water], { scale: { range: (_, min) => [Math.min(min * 1.08, -0.1), 0] }, values: (_, ticks) => ticks.map((at) => +at.toFixed(2) + " %") });
  }

  // The price with its deals.

  let marks = [], here = [];

  function drawPrice() {
    const columns = data.candles[symbol] || [[], [], [], [], []];
    marks = data.fills.filter((fill) => fill[2] === symbol);
    here = deals.filter((deal) => deal.symbol === symbol && deal.average_entry != null);
    const hidden = { stroke: "transparent", paths: () => null, points: { show: false }, cursor: { show: false } };
    const told = (label) => ({ ...hidden, label, value: (_, v) => price(v) });
    draw("price", 420, [told("Open"), told("High"), told("Low"), told("Close")], columns, {
      values: (_, ticks) => ticks.map(tick), scale: { range: reach }, under: [drawDeals], over: [drawCandles, drawFills], hover: [tell],
    });
  }

  function reach(chart, min, max) {
    if (min == null) [min, max] = [0, 1];
    const [first, last] = chart.series[0].idxs || [0, 0], time = chart.data[0];
    for (const [ms, , , , at] of marks) {
      if (ms / 1000 >= time[first] && ms / 1000 <= time[last]) [min, max] = [Math.min(min, at), Math.max(max, at)];
    }
    const pad = (max - min || max || 1) * 0.06;
    return [min - pad, max + pad];
  }

  function clipped(chart, work) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    work(ctx, (ms) => chart.valToPos(ms / 1000, "x", true), (at) => chart.valToPos(at, "y", true), devicePixelRatio);
    ctx.restore();
  }

  function drawCandles(chart) {
    clipped(chart, (ctx, x, y, dot) => {
      const [time, open, high, low, close] = chart.data;
      if (!time.length) return;
      const step = time.length > 1 ? (x(time[time.length - 1] * 1000) - x(time[0] * 1000)) / (time.length - 1) : 8 * dot;
      if (step < 3 * dot) return drawLine(chart, ctx, x, y, dot);
      const body = Math.max(1, Math.min(step * 0.7, 14 * dot));
      for (let at = 0; at < time.length; at++) {
        const middle = x(time[at] * 1000) + step / 2;
        if (middle < chart.bbox.left - step || middle > chart.bbox.left + chart.bbox.width + step) continue;
        const up = close[at] >= open[at], from = y(Math.max(open[at], close[at]));
        ctx.fillStyle = fade(up ? "good" : "bad", 75);
        ctx.fillRect(middle - dot / 2, y(high[at]), dot, y(low[at]) - y(high[at]));
        ctx.fillRect(middle - body / 2, from, body, Math.max(dot, y(Math.min(open[at], close[at])) - from));
      }
    });
  }

  function drawLine(chart, ctx, x, y, dot) {
    const [time, , high, low, close] = chart.data;
    ctx.fillStyle = fade("other", 55);
    time.forEach((at, index) => ctx.fillRect(x(at * 1000) - dot / 2, y(high[index]), dot, y(low[index]) - y(high[index])));
    ctx.strokeStyle = colour("ink");
    ctx.lineWidth = dot * 0.9;
    ctx.beginPath();
    time.forEach((at, index) => ctx.lineTo(x(at * 1000), y(close[index])));
    ctx.stroke();
  }

  function drawDeals(chart) {
    const closes = chart.data[4], last = closes[closes.length - 1];
    clipped(chart, (ctx, x, y, dot) => {
      for (const deal of here) {
        const closed = deal.closed_ms ?? data.end;
        if (closed / 1000 < view[0] || deal.opened_ms / 1000 > view[1]) continue;
        const left = x(deal.opened_ms), right = x(closed), entry = y(+deal.average_entry);
        const exit = deal.average_exit == null ? (last == null ? entry : y(last)) : y(+deal.average_exit);
        const tone = +deal.profit >= 0 ? "good" : "bad";
        ctx.fillStyle = fade(tone, deal === chosen ? 38 : 16);
        ctx.fillRect(left, Math.min(entry, exit), Math.max(right - left, dot), Math.abs(exit - entry));
        ctx.lineWidth = (deal === chosen ? 2 : 1) * dot;
        ctx.setLineDash(deal.closed_ms == null ? [4 * dot, 3 * dot] : []);
        for (const [level, name] of [[entry, "main"], [exit, tone]]) {
          ctx.strokeStyle = fade(name, 80);
          ctx.beginPath();
          ctx.moveTo(left, level);
          ctx.lineTo(right, level);
          ctx.stroke();
        }
      }
    });
  }

  function drawFills(chart) {
    clipped(chart, (ctx, x, y, dot) => {
      const seen = marks.filter(([ms]) => ms / 1000 >= view[0] && ms / 1000 <= view[1]);
      const size = (seen.length > 300 ? 2 : seen.length > 100 ? 3.5 : 5) * dot;
      const tones = [colour("main"), colour("warn")];
      for (const [ms, , , bought, at] of seen) {
        const way = bought ? 1 : -1, left = x(ms), top = y(at);
        ctx.fillStyle = bought ? tones[0] : tones[1];
        ctx.strokeStyle = colour("card");
        ctx.lineWidth = dot * 0.75;
        ctx.beginPath();
        ctx.moveTo(left, top);
        ctx.lineTo(left - size, top + way * size * 1.7);
        ctx.lineTo(left + size, top + way * size * 1.7);
        ctx.closePath();
        ctx.fill();
        if (size > 2 * dot) ctx.stroke();
      }
    });
  }

  function tell(chart) {
    const { left, top } = chart.cursor, tip = byId("tip");
    let best = null, near = 16;
    if (left >= 0 && top >= 0 && chart.over.matches(":hover")) {
      for (const fill of marks) {
        const away = Math.hypot(chart.valToPos(fill[0] / 1000, "x") - left, chart.valToPos(fill[4], "y") + (fill[3] ? 5 : -5) - top);
        if (away < near) [best, near] = [fill, away];
      }
    }
    tip.hidden = !best;
    if (!best) return;
    const [ms, number, , bought, at, quantity, tag] = best, deal = dealOf.get(number);
    const lines = [`${bought ? "Bought" : "Sold"} ${tick(quantity)} at ${price(at)}${tag ? ` (${tag})` : ""}`, utc(ms)];
    if (deal) lines.push(`Deal ${number}, ${words(deal.state)}: ${signed(deal.profit, data.places)} ${data.quote} (${percent(deal.profit_share)})`);
    tip.textContent = lines.join("\n");
    const place = chart.over.getBoundingClientRect(), x = place.left + left, wide = tip.offsetWidth;
    tip.style.left = Math.max(4, x + wide + 20 > innerWidth ? x - wide - 14 : x + 14) + "px";
    tip.style.top = place.top + top + 14 + "px";
  }

  function drawAll() {
    charts.forEach((chart) => chart.destroy());
    charts = [];
    drawEquity();
    drawPrice();
  }

  // Buttons above the charts: a touch screen has no other way to zoom.

  function tools() {
    const width = () => view[1] - view[0], middle = () => (view[0] + view[1]) / 2;
    const zoom = (factor) => show(middle() - (width() * factor) / 2, middle() + (width() * factor) / 2);
    const pan = (part) => show(view[0] + width() * part, view[1] + width() * part);
    const buttons = [
      ["◀", "earlier", () => pan(-0.5)], ["▶", "later", () => pan(0.5)],
      ["+", "closer", () => zoom(0.5)], ["−", "further away", () => zoom(2)], ["All", "the whole time", () => show(...FULL)],
    ];
    for (const row of ["zoom", "symbols"]) {
      for (const [text, title, onclick] of buttons) byId(row).append(make("button", text, { title, onclick, type: "button" }));
    }
    if (data.symbols.length < 2) return;
    const list = make("select", "", { ariaLabel: "symbol", onchange: () => { symbol = list.value; drawAll(); } });
    list.append(...data.symbols.map((name) => make("option", name, { value: name })));
    byId("symbols").prepend(list);
  }

  // The table of deals.

  const PAGE = 25, lasted = (deal) => (deal.closed_ms ?? data.end) - deal.opened_ms;
  const COLUMNS = [
    ["#", (d) => d.number, (d) => d.number, true],
    ["Symbol", (d) => d.symbol, (d) => d.symbol],
    ["Way", (d) => d.direction, (d) => d.direction],
    ["State", (d) => d.state, (d) => words(d.state)],
    ["Profit", (d) => +d.profit, (d) => signed(d.profit, data.places), true],
    ["Profit %", (d) => +d.profit_share, (d) => signed(d.profit_share * 100, 2), true],
    ["Opened", (d) => d.opened_ms, (d) => utc(d.opened_ms), true],
    ["Closed", (d) => d.closed_ms ?? Infinity, (d) => utc(d.closed_ms), true],
    ["Lasted", lasted, (d) => span(lasted(d)), true],
    ["Entries", (d) => d.entries, (d) => d.entries, true],
    ["Entry", (d) => +d.average_entry, (d) => price(d.average_entry), true],
    ["Exit", (d) => +d.average_exit, (d) => price(d.average_exit), true],
    ["Cost", (d) => +d.cost, (d) => money(d.cost), true],
    ["Fees", (d) => +d.fees_value, (d) => money(d.fees_value), true],
  ];
  let sorted = 0, rising = true, page = 0;

  function fillTable() {
    const key = COLUMNS[sorted][1];
    const rows = [...deals].sort((one, two) => {
      const [a, b] = [key(one), key(two)];
      return (a < b ? -1 : a > b ? 1 : one.number - two.number) * (rising ? 1 : -1);
    });
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    page = Math.min(Math.max(page, 0), pages - 1);
    const head = make("tr", "");
    COLUMNS.forEach(([name, , , isNumber], at) => {
      const cell = make("th", "", { className: isNumber ? "n" : "", scope: "col" });
      if (at === sorted) cell.ariaSort = rising ? "ascending" : "descending";
      cell.append(make("button", name, { type: "button", onclick: () => {
        [rising, sorted, page] = [at === sorted ? !rising : !isNumber || at === 0, at, 0];
        fillTable();
      } }));
      head.append(cell);
    });
    const body = make("tbody", "");
    for (const deal of rows.slice(page * PAGE, page * PAGE + PAGE)) {
      const row = make("tr", "", { onclick: () => choose(deal) });
      COLUMNS.forEach(([name, , text, isNumber]) => {
        const tone = name.startsWith("Profit") ? (+deal.profit > 0 ? " good" : +deal.profit < 0 ? " bad" : "") : "";
        row.append(make("td", text(deal), { className: (isNumber ? "n" : "") + tone }));
      });
      body.append(row);
    }
    const top = make("thead", "");
    top.append(head);
    byId("deals").replaceChildren(top, body);
    turnPages(pages, rows.length);
  }

  function turnPages(pages, count) {
    const turn = (by) => ({ type: "button", onclick: () => { page += by; fillTable(); } });
    const back = make("button", "◀", { ...turn(-1), disabled: page === 0, title: "back" });
    const on = make("button", "▶", { ...turn(1), disabled: page === pages - 1, title: "on" });
    const says = make("span", count ? `${page * PAGE + 1} to ${Math.min(count, page * PAGE + PAGE)} of ${count.toLocaleString("en-US")}` : "none");
    byId("pages").replaceChildren(says, back, on);
  }

  function choose(deal) {
    chosen = deal;
    const around = Math.max(lasted(deal) * 0.6, 3600000 * 6);
    if (deal.symbol !== symbol) {
      symbol = deal.symbol;
      const list = byId("symbols").querySelector("select");
      if (list) list.value = symbol;
      drawAll();
    }
    show((deal.opened_ms - around) / 1000, ((deal.closed_ms ?? data.end) + around) / 1000);
    byId("price-section").scrollIntoView({ behavior: "smooth", block: "center" });
  }

  tools();
  fillTable();
  drawAll();
  let waiting = 0, wide = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    clearTimeout(waiting);
    waiting = setTimeout(drawAll, 120);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
