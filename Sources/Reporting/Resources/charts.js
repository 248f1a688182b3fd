"use strict";
// Charts over time as SVG. All share their margins, so that times stand one above the other.

const margin = { left: 58, right: 24, top: 6, bottom: 18 };

/** About `count` round numbers from 0 to `most`. */
function ticks(most, count) {
  const raw = most / count;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= raw * 0.999) || raw;
  const list = [];
  for (let value = 0; value <= most * 1.0001; value += step) list.push(value);
  return list;
}
function axisSeconds(value) { return value ? seconds(value) : "0"; }
function timeTicks(width) { return ticks(run.end, Math.max(4, Math.floor(width / 110))); }
function x(secondsAt, width) {
  return margin.left + secondsAt / run.end * (width - margin.left - margin.right);
}
/** The interval under a point of a chart. */
function indexUnder(event, element, width) {
  const box = element.getBoundingClientRect();
  const inside = (event.clientX - box.left) / box.width * width;
  return indexAt((inside - margin.left) / (width - margin.left - margin.right) * run.end);
}
/** Bands of the triggers, and the foot with its times. */
function frame(width, height) {
  let text = "";
  for (const event of run.events) {
    if (event.kind !== "trigger") continue;
    const from = x(event.from, width);
    text += `<rect class="trigger" x="${from.toFixed(1)}" y="${margin.top}" `
      + `width="${Math.max(x(event.until, width) - from, 1.5).toFixed(1)}" `
      + `height="${height - margin.top - margin.bottom}"/>`;
  }
  for (const value of timeTicks(width)) {
    const place = x(value, width).toFixed(1);
    text += `<text x="${place}" y="${height - 5}" text-anchor="middle">${short(value)}</text>`;
  }
  return text;
}

/**
 * A chart of columns: `lines`, and `stack`ed areas below them.
 * options: { title (HTML), unit, height, lines: [{measure, values, colour, name, dash}], stack, most, log }
 */
function chart(parent, options) {
  const holder = document.createElement("div");
  holder.className = "chart";
  const width = Math.max(260, parent.clientWidth || 600);
  const height = options.height || 130;
  const { lines = [], stack = [] } = options;
  const bottom = height - margin.bottom;
  let most = options.most || 0, least = Infinity;
  for (const line of lines) for (const value of line.values) {
    if (value > most) most = value;
    if (value > 0 && value < least) least = value;
  }
  const sums = stack.map(() => new Float64Array(run.count));
  stack.forEach((part, number) => {
    for (let i = 0; i < run.count; i++) {
      sums[number][i] = (number ? sums[number - 1][i] : 0) + part.values[i];
      if (sums[number][i] > most) most = sums[number][i];
    }
  });
  if (!(most > 0)) most = 1;
  const isLog = options.log && least < most / 20;
  const low = isLog ? Math.pow(10, Math.floor(Math.log10(least))) : 0;
  const y = value => {
    if (isLog) {
      const place = Math.log(Math.max(value, low) / low) / Math.log(most / low);
      return bottom - place * (bottom - margin.top);
    }
    return bottom - value / most * (bottom - margin.top);
  };
  let svg = frame(width, height);
  let marks = ticks(most, height > 110 ? 4 : 2);
  if (isLog) {
    marks = [];
    for (let value = low; value <= most * 1.001; value *= 10) marks.push(value);
  }
  for (const value of marks) {
    const place = y(value).toFixed(1);
    svg += `<line class="axis" x1="${margin.left}" x2="${width - margin.right}" y1="${place}" y2="${place}"/>`;
    svg += `<text x="${margin.left - 5}" y="${Number(place) + 4}" text-anchor="end">${options.format ? options.format(value) : short(value)}</text>`;
  }
  const at = i => x((begin(i) + end(i)) / 2, width).toFixed(1);
  stack.forEach((part, number) => {
    let upper = "", lower = "";
    for (let i = 0; i < run.count; i++) {
      upper += `${i ? "L" : "M"}${at(i)} ${y(sums[number][i]).toFixed(1)}`;
      lower = `L${at(i)} ${y(number ? sums[number - 1][i] : 0).toFixed(1)}` + lower;
    }
    svg += `<path d="${upper}${lower}Z" fill="${part.colour}" fill-opacity=".85"/>`;
  });
  for (const line of lines) {
    let path = "", pen = false;
    for (let i = 0; i < run.count; i++) {
      const value = line.values[i];
      if (line.gaps && !(value > 0)) { pen = false; continue; }
      path += `${pen ? "L" : "M"}${at(i)} ${y(value).toFixed(1)}`;
      pen = true;
    }
    svg += `<path d="${path}" fill="none" stroke="${line.colour}" stroke-width="${line.width || 1.6}" `
      + (line.dash ? `stroke-dasharray="${line.dash}"` : "") + "/>";
  }
  svg += `<line class="cursor" y1="${margin.top}" y2="${bottom}"/>`;
  const parts = stack.concat(lines);
  const names = parts.map((part, number) =>
    `<span><span class="key" style="background:${part.colour}"></span>${part.html || term(part.measure, part.name)} `
    + `<span class="value" data-part="${number}"></span></span>`).join("");
  holder.innerHTML = `<div class="head"><b>${options.title}</b> ${names}</div>`
    + `<svg viewBox="0 0 ${width} ${height}" height="${height}" preserveAspectRatio="none">${svg}</svg>`;
  parent.append(holder);
  const cursor = holder.querySelector(".cursor");
  const values = holder.querySelectorAll(".value");
  const picture = holder.querySelector("svg");
  function move() {
    const place = x((begin(state.index) + end(state.index)) / 2, width);
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
    parts.forEach((part, number) => {
      values[number].textContent = show(part.values[state.index], part.measure);
    });
  }
  move();
  picture.addEventListener("click", event => choose({ index: indexUnder(event, picture, width) }));
  picture.addEventListener("pointermove", event => {
    const index = indexUnder(event, picture, width);
    showTip(event, `${short(end(index))} s<br>` + parts.map(part =>
      `${escape(part.name || run.measures[part.measure].title)}: ${show(part.values[index], part.measure)}`).join("<br>"));
  });
  picture.addEventListener("pointerleave", hideTip);
  return move;
}

const causeColours = {
  rejected: "--c5", shed: "--c1", expired: "--c8", unavailable: "--c7", errors: "--c3",
  conflicts: "--c4", cancelled: "--c6", failed: "--dim", timeouts: "--c3",
};
function line(owner, measure, colour, more) {
  return Object.assign({ measure, values: column(owner, measure), colour: css(colour) }, more);
}

/** Users: what they asked for and got, and how long it took. Returns functions that move the cursor. */
function userCharts(parent) {
  const sum = { s: {} };
  const total = measure => {
    const all = new Float64Array(run.count);
    for (const stream of run.streams) {
      column(stream, measure).forEach((value, i) => {
        all[i] = run.measures[measure].unit === "s" ? Math.max(all[i], value) : all[i] + value;
      });
    }
    return all;
  };
  unpacked.set(sum, {});
  for (const measure of ["offered", "goodput", "failed", "p50", "p90", "p99"]) {
    sum.s[measure] = "x:";
    unpacked.get(sum)[measure] = total(measure);
  }
  const latency = ["p50", "p90", "p99"].map((measure, i) =>
    line(sum, measure, ["--c4", "--c0", "--c7"][i], { gaps: true, name: measure }));
  return [
    chart(parent, {
      title: "users' calls per s", height: 180,
      stack: [line(sum, "goodput", "--c2"), line(sum, "failed", "--c5", { name: "failed or timed out" })],
      lines: [line(sum, "offered", "--text", { width: 1.2, dash: "4 2" })],
    }),
    chart(parent, { title: "latency of successes", height: 140, lines: latency, log: true, format: axisSeconds }),
  ];
}

/** All panels of one service. */
function serviceCharts(parent, service, number) {
  const moves = [];
  const own = run.causes.filter(cause => has(service, cause));
  const panel = options => {
    const box = document.createElement("div");
    parent.append(box);
    moves.push(chart(box, Object.assign({ height: 130 }, options)));
  };
  panel({
    title: "requests per s",
    stack: [line(service, "goodput", "--c2")].concat(own.map(cause => line(service, cause, causeColours[cause]))),
    lines: [line(service, "offered", "--text", { width: 1.2, dash: "4 2" })],
  });
  panel({
    title: "latency", log: true, format: axisSeconds,
    lines: ["p50", "p90", "p99"].map((measure, i) =>
      line(service, measure, ["--c4", "--c0", "--c7"][i], { gaps: true, name: measure })),
  });
  panel({ title: "queue", lines: [line(service, "waiting", "--c5"), line(service, "requests", "--c0", { dash: "4 2" })] });
  const callers = run.edges.filter(edge => edge.to === number);
  const sent = measure => callers.reduce((all, edge) => {
    column(edge, measure).forEach((value, i) => { all[i] += value; });
    return all;
  }, new Float64Array(run.count));
  const retries = sent("retries");
  panel({
    title: "attempts by callers per s",
    stack: [
      { measure: "attempts", values: sent("attempts").map((value, i) => value - retries[i]), colour: css("--c0"), name: "not retries" },
      { measure: "retries", values: retries, colour: css("--c5") },
    ],
  });
  const share = ["utilisation", "bad"].concat(["hits", "paused", "throttled"].filter(m => has(service, m)));
  panel({
    title: "shares", most: 1, format: value => Math.round(value * 100) + " %",
    lines: share.map((measure, i) => line(service, measure, ["--c0", "--c5", "--c2", "--c7", "--c8"][i])),
  });
  const wanted = run.wanted.filter(step => step[1] === number);
  const lines = [line(service, "replicas", "--c0"), line(service, "ready", "--c2", { dash: "4 2" })];
  if (wanted.length > 1) {
    const values = new Float64Array(run.count);
    let next = 0, level = wanted[0][2];
    for (let i = 0; i < run.count; i++) {
      while (next < wanted.length && wanted[next][0] <= end(i)) level = wanted[next++][2];
      values[i] = level;
    }
    lines.push({ measure: "replicas", values, colour: css("--c1"), name: "wanted",
      html: '<button class="term" popovertarget="def-wanted">wanted</button>' });
  }
  if (has(service, "kills")) lines.push(line(service, "kills", "--c5"));
  if (has(service, "drained")) lines.push(line(service, "drained", "--c7"));
  panel({ title: "replicas", lines });
  return moves;
}
