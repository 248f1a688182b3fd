"use strict";
// The run's columns, numbers for people, colours, and what is chosen at the moment.

const run = JSON.parse(document.getElementById("data").textContent);

/** Reads a packed column: see PackedSeries in the sources. */
function unpack(text) {
  const cut = text.indexOf(":");
  const head = text.slice(0, cut);
  const bytes = atob(text.slice(cut + 1));
  const isLog = head === "log";
  const scale = isLog ? 0 : Number(head);
  const values = new Float64Array(run.count);
  let place = 0;
  function next() {
    let value = 0, factor = 1, byte;
    do {
      byte = bytes.charCodeAt(place++);
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value;
  }
  let now = 0, index = 0;
  function put() {
    values[index++] = isLog ? (now ? 1e-6 * Math.pow(1.01, now - 1) : 0) : now * scale;
  }
  while (index < run.count && place < bytes.length) {
    const zigzag = next();
    now += zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
    put();
    if (zigzag === 0) for (let more = next(); more > 0 && index < run.count; more--) put();
  }
  return values;
}

const nothing = new Float64Array(run.count);
const unpacked = new Map();
/** A column of a service, stream or edge; all zero when it has none. */
function column(owner, measure) {
  if (!owner.s[measure]) return nothing;
  let own = unpacked.get(owner);
  if (!own) unpacked.set(owner, own = {});
  return own[measure] || (own[measure] = unpack(owner.s[measure]));
}
function has(owner, measure) { return measure in owner.s; }

function begin(index) { return index * run.interval; }
function end(index) { return Math.min(run.end, (index + 1) * run.interval); }
function indexAt(seconds) {
  return Math.max(0, Math.min(run.count - 1, Math.floor(seconds / run.interval)));
}

// Numbers for people.

function short(value) {
  if (!isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(size < 0.001 ? 1 : 3)));
}
function seconds(value) {
  if (!value) return "-";
  if (value < 1e-3) return short(value * 1e6) + " µs";
  return value < 1 ? short(value * 1e3) + " ms" : short(value) + " s";
}
function share(value) {
  if (value > 0 && value < 0.0005) return "<0.1 %";
  return (value * 100).toFixed(1) + " %";
}
function show(value, measure) {
  const unit = run.measures[measure].unit;
  if (unit === "share") return share(value);
  if (unit === "s") return seconds(value);
  return short(value) + (unit === "per s" ? "/s" : "");
}
function escape(text) {
  return String(text).replace(/[&<>"]/g, c => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}
function term(measure, words) {
  return `<button class="term" popovertarget="def-${run.measures[measure].definition}">`
    + escape(words || run.measures[measure].title) + "</button>";
}

// Colours.

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const prints = matchMedia("print");
function isDark() { return prefersDark.matches && !prints.matches; }
function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

// One hue from calm to hot, its lightness falling (in the dark rising) all the way, so that it can be
// told without seeing hues.
const ramps = {
  light: [[236, 239, 243], [253, 208, 128], [230, 133, 35], [176, 62, 0], [84, 18, 10]],
  dark: [[38, 44, 51], [104, 52, 12], [178, 86, 12], [240, 160, 48], [255, 240, 190]],
};
/** The colour of a share in 0...1. */
function heat(share) {
  const ramp = isDark() ? ramps.dark : ramps.light;
  const place = Math.max(0, Math.min(1, share)) * (ramp.length - 1);
  const low = Math.min(Math.floor(place), ramp.length - 2);
  return ramp[low].map((part, i) => Math.round(part + (ramp[low + 1][i] - part) * (place - low)));
}
function heatText(share) {
  const [r, g, b] = heat(share);
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? "#111" : "#fff";
}
function rgb(parts) { return `rgb(${parts.join(",")})`; }

/** How the values of a measure are coloured: from 0 to 1, with the values of a legend. */
const scales = {};
function scaleOf(measure) {
  if (scales[measure]) return scales[measure];
  let most = 0, least = Infinity;
  for (const service of run.services) {
    if (!has(service, measure)) continue;
    for (const value of column(service, measure)) {
      if (value > most) most = value;
      if (value > 0 && value < least) least = value;
    }
  }
  const unit = run.measures[measure].unit;
  if (!most) { most = 1; least = 1; }
  let scale;
  if (unit === "share") {
    scale = { place: v => v, ticks: [0, 0.5, 1] };
  } else if (unit === "s") {
    const span = Math.log(most / least) || 1;
    scale = { place: v => v > 0 ? Math.log(v / least) / span : 0, ticks: [least, Math.sqrt(least * most), most] };
  } else {
    const span = Math.log1p(most);
    scale = { place: v => Math.log1p(v) / span, ticks: [0, Math.expm1(span / 2), most] };
  }
  return scales[measure] = scale;
}
function legend(measure) {
  const scale = scaleOf(measure);
  const cells = Array.from({ length: 24 }, (_, i) =>
    `<rect x="${i * 7}" width="7.5" height="12" fill="${rgb(heat(i / 23))}"/>`).join("");
  return `${term(measure)} ${show(scale.ticks[0], measure)} <svg width="168" height="12">${cells}</svg> `
    + `${show(scale.ticks[2], measure)} (middle ${show(scale.ticks[1], measure)})`;
}

// What is chosen. Parts of the page listen.

const state = { index: 0, measure: "bad", service: -1 };
const listeners = [];
function onChange(listener) { listeners.push(listener); }
function choose(change) {
  Object.assign(state, change);
  for (const listener of listeners) listener(change);
}

// A small text beside the pointer.

const tip = document.createElement("div");
tip.id = "tip";
document.body.append(tip);
function showTip(event, html) {
  tip.innerHTML = html;
  tip.style.display = "block";
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 6) + "px";
  tip.style.top = Math.min(event.clientY + 14, innerHeight - box.height - 6) + "px";
}
function hideTip() { tip.style.display = "none"; }
