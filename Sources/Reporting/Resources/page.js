"use strict";
// Puts the page together: the time bar, the series of services, events and tables.

function measureChoice() {
  const choice = document.getElementById("measure");
  const offered = ["bad", "utilisation", "waiting", "requests", "p99", "p50", "offered", "replicas", "kills"]
    .filter(measure => run.services.some(service => has(service, measure)));
  choice.innerHTML = offered.map(m => `<option value="${m}">${run.measures[m].title}</option>`).join("");
  state.measure = offered[0] || "offered";
  choice.addEventListener("change", () => choose({ measure: choice.value }));
}

/** The interval in which users fail most, so that the page opens on what matters. */
function worstInterval() {
  let worst = -1, place = Math.min(run.count - 1, 0);
  for (let i = 0; i < run.count; i++) {
    let bad = 0, all = 0;
    for (const stream of run.streams) {
      bad += column(stream, "failed")[i];
      all += column(stream, "failed")[i] + column(stream, "goodput")[i];
    }
    const share = all > 0 ? bad / all : 0;
    if (share > worst) { worst = share; place = i; }
  }
  return place;
}

function timeBar() {
  const slider = document.getElementById("time");
  const now = document.getElementById("now");
  const play = document.getElementById("play");
  let timer = 0;
  function show() {
    slider.value = state.index;
    now.textContent = `${short(end(state.index))} of ${short(run.end)} s`;
  }
  slider.addEventListener("input", () => choose({ index: Number(slider.value) }));
  play.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = 0; play.textContent = "▶"; return; }
    play.textContent = "❚❚";
    const step = Math.max(1, Math.round(run.count / 300));
    timer = setInterval(() => choose({ index: (state.index + step) % run.count }), 80);
  });
  onChange(show);
  show();
}

// Series: the services that were asked for, or those that fared worst.

function seriesView() {
  const parent = document.getElementById("service-charts");
  const find = document.getElementById("find");
  const note = document.getElementById("shown");
  let moves = [];
  const trouble = run.services.map((service, number) => {
    const bad = column(service, "bad"), queue = column(service, "waiting");
    let sum = 0, waiting = 0;
    for (let i = 0; i < run.count; i++) { sum += bad[i]; waiting += queue[i]; }
    return { number, sum: sum + Math.log1p(waiting) / 50 };
  });

  function wanted() {
    const text = find.value.trim().toLowerCase();
    if (text) {
      const exact = run.services.findIndex(service => service.n.toLowerCase() === text);
      if (exact >= 0) return [exact];
      return run.services.map((_, i) => i).filter(i => run.services[i].n.toLowerCase().includes(text)).slice(0, 8);
    }
    if (run.services.length <= 8) return run.services.map((_, i) => i);
    return trouble.slice().sort((a, b) => b.sum - a.sum).slice(0, 4).map(t => t.number);
  }
  function build() {
    parent.innerHTML = "";
    moves = [];
    const numbers = wanted();
    note.textContent = numbers.length < run.services.length
      ? `${numbers.length} of ${run.services.length} services` + (find.value ? "" : ", those that fared worst") : "";
    for (const number of numbers) {
      const service = run.services[number];
      const block = document.createElement("div");
      block.className = "service-block";
      block.dataset.number = number;
      block.innerHTML = `<h3>${escape(service.n)} <small>tier ${service.t}</small></h3><div class="panels"></div>`;
      parent.append(block);
      moves.push(...serviceCharts(block.querySelector(".panels"), service, number));
    }
  }
  find.addEventListener("change", build);
  find.addEventListener("input", () => { if (!find.value) build(); });
  onChange(change => {
    if ("service" in change && change.service >= 0) {
      if (run.services.length > 8) { find.value = run.services[change.service].n; build(); }
      parent.querySelector(`[data-number="${change.service}"]`)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
    if ("index" in change) for (const move of moves) move();
  });
  return build;
}

// Events: marks on lanes, and a list.

const eventColours = { trigger: "--c1", recovery: "--c2", scaling: "--c0", control: "--c6", death: "--c5", breaker: "--c7" };

function eventsView() {
  const parent = document.getElementById("timeline");
  const kinds = Object.keys(eventColours).filter(kind => run.events.some(event => event.kind === kind));
  const hidden = new Set();
  const controls = document.getElementById("event-kinds");
  controls.innerHTML = kinds.map(kind =>
    `<label><input type="checkbox" data-kind="${kind}" checked/> ${kind} (${run.events.filter(e => e.kind === kind).length})</label>`).join(" ");
  if (!kinds.length) parent.textContent = "Nothing happened that counts as an event.";

  function draw() {
    if (!kinds.length) return;
    const width = Math.max(320, parent.clientWidth), lane = 24;
    const height = kinds.length * lane + margin.bottom + 4;
    let svg = "";
    kinds.forEach((kind, number) => {
      const y = number * lane;
      svg += `<text x="${margin.left - 5}" y="${y + 16}" text-anchor="end">${kind}</text>`;
      svg += `<line class="time-axis" x1="${margin.left}" x2="${width - margin.right}" y1="${y + lane}" y2="${y + lane}"/>`;
      for (const [place, event] of run.events.entries()) {
        if (event.kind !== kind) continue;
        const from = x(event.from, width);
        const wide = event.until === undefined ? 3 : Math.max(x(event.until, width) - from, 3);
        svg += `<rect data-event="${place}" x="${from.toFixed(1)}" y="${y + 4}" width="${wide.toFixed(1)}" height="${lane - 8}" `
          + `rx="1.5" fill="${css(eventColours[kind])}" fill-opacity=".75"/>`;
      }
    });
    svg += timeTicks(width).map(value =>
      `<text x="${x(value, width).toFixed(1)}" y="${height - 4}" text-anchor="middle">${short(value)}</text>`).join("");
    parent.innerHTML = `<svg width="${width}" height="${height}" role="img" aria-label="events">${svg}`
      + `<line class="cursor" y1="0" y2="${kinds.length * lane}"/></svg>`;
    move(width);
  }
  function move(width) {
    const cursor = parent.querySelector(".cursor");
    if (!cursor) return;
    const place = x((begin(state.index) + end(state.index)) / 2, width || Math.max(320, parent.clientWidth));
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
  }
  function list() {
    const rows = run.events.filter(event => !hidden.has(event.kind)).slice(0, 1000);
    document.querySelector("#event-table tbody").innerHTML = rows.map(event =>
      `<tr data-from="${event.from}"><td>${short(event.from)}${event.until === undefined ? "" : " to " + short(event.until)}</td>`
      + `<td>${event.kind}</td><td>${escape(event.place)}</td><td>${escape(event.words)}</td></tr>`).join("");
  }
  parent.addEventListener("pointermove", event => {
    const mark = event.target.closest("[data-event]");
    if (!mark) return hideTip();
    const it = run.events[Number(mark.dataset.event)];
    showTip(event, `${short(it.from)} s: ${escape(it.place)} ${escape(it.words)}`);
  });
  parent.addEventListener("pointerleave", hideTip);
  parent.addEventListener("click", event => {
    const mark = event.target.closest("[data-event]");
    if (mark) choose({ index: indexAt(run.events[Number(mark.dataset.event)].from) });
  });
  document.getElementById("event-table").addEventListener("click", event => {
    const line = event.target.closest("[data-from]");
    if (line) choose({ index: indexAt(Number(line.dataset.from)) });
  });
  controls.addEventListener("change", event => {
    const kind = event.target.dataset.kind;
    if (event.target.checked) hidden.delete(kind); else hidden.add(kind);
    list();
  });
  onChange(change => { if ("index" in change) move(); });
  list();
  return draw;
}

function sortableTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    table.querySelectorAll("th").forEach((head, place) => {
      head.insertAdjacentHTML("beforeend", '<button class="sort" aria-label="sort">⇅</button>');
      let direction = -1;
      head.querySelector(".sort").addEventListener("click", () => {
        const body = table.tBodies[0];
        const key = cells => cells[place].dataset.v === undefined ? cells[place].textContent : Number(cells[place].dataset.v);
        const rows = Array.from(body.rows).sort((a, b) => {
          const [left, right] = [key(a.cells), key(b.cells)];
          return (left < right ? -1 : left > right ? 1 : 0) * direction;
        });
        direction = -direction;
        body.append(...rows);
      });
    });
  }
}

measureChoice();
state.index = worstInterval();
timeBar();
graphView();
heatMap();
const buildSeries = seriesView();
const drawEvents = eventsView();
sortableTables();

let userMoves = [];
function buildAll() {
  const users = document.getElementById("user-charts");
  users.innerHTML = "";
  userMoves = userCharts(users);
  buildSeries();
  drawEvents();
}
onChange(change => { if ("index" in change) for (const move of userMoves) move(); });
let knownWidth = document.querySelector("main").clientWidth;
buildAll();
new ResizeObserver(() => {
  const width = document.querySelector("main").clientWidth;
  if (width !== knownWidth) { knownWidth = width; buildAll(); }
}).observe(document.querySelector("main"));
for (const query of [prefersDark, prints]) {
  query.addEventListener("change", () => { choose({ theme: true }); buildAll(); });
}
