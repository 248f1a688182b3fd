"use strict";
// The heat map: a row a service, a column an interval. A cascade travels across it.

/** Numbers of the services from top to bottom. */
function rowOrder(kind) {
  const numbers = run.services.map((_, number) => number);
  if (kind === "name") return numbers.sort((a, b) => run.services[a].n < run.services[b].n ? -1 : 1);
  const byTier = (a, b) => run.services[a].t - run.services[b].t || a - b;
  if (kind === "tier") return numbers.sort(byTier);
  const first = numbers.map(number => {
    const found = column(run.services[number], "bad").findIndex(value => value > 0.05);
    return found < 0 ? run.count : found;
  });
  return numbers.sort((a, b) => first[a] - first[b] || byTier(b, a));
}

function heatMap() {
  const parent = document.getElementById("heat-map");
  const orderChoice = document.getElementById("order");
  const count = run.services.length;
  let rows = [], width = 0, height = 0, row = 0, canvas, cursor;

  function build() {
    rows = rowOrder(orderChoice.value);
    width = Math.max(320, parent.clientWidth);
    row = count <= 40 ? 22 : Math.max(2, Math.min(12, Math.floor(900 / count)));
    height = row * count + margin.bottom;
        parent.innerHTML = "";
    const holder = document.createElement("div");
    holder.style.cssText = `position:relative;height:${height}px`;
    canvas = document.createElement("canvas");
    canvas.width = run.count;
    canvas.height = count;
    canvas.style.cssText = `position:absolute;left:${margin.left}px;top:0;`
      + `width:calc(100% - ${margin.left + margin.right}px);height:${row * count}px`;
    const over = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    over.setAttribute("viewBox", `0 0 ${width} ${height}`);
    over.setAttribute("preserveAspectRatio", "none");
    over.style.cssText = `position:absolute;left:0;top:0;width:100%;height:${height}px;pointer-events:none`;
    over.innerHTML = labels() + timeTicks(width).map(value =>
      `<text x="${x(value, width).toFixed(1)}" y="${height - 4}" text-anchor="middle">${short(value)}</text>`).join("")
      + `<line class="cursor" y1="0" y2="${row * count}"/>`;
    holder.append(canvas, over);
    parent.append(holder);
    cursor = over.querySelector(".cursor");
    canvas.addEventListener("pointermove", event => {
      const [number, index] = under(event);
      const service = run.services[number];
      showTip(event, `<b>${escape(service.n)}</b>, tier ${service.t}, ${short(end(index))} s<br>`
        + `${run.measures[state.measure].title}: ${show(column(service, state.measure)[index], state.measure)}`);
    });
    canvas.addEventListener("pointerleave", hideTip);
    canvas.addEventListener("click", event => {
      const [service, index] = under(event);
      choose({ service, index });
    });
    paint();
  }

  /** Names where they fit, tiers where they do not. */
  function labels() {
    if (row >= 11) {
      return rows.map((number, place) => {
        const name = run.services[number].n;
        const shown = name.length > 8 ? name.slice(0, 7) + "…" : name;
        return `<text x="${margin.left - 5}" y="${(place + 0.5) * row + 4}" text-anchor="end">`
          + `${escape(shown)}<title>${escape(name)}</title></text>`;
      }).join("");
    }
    if (orderChoice.value !== "tier") return "";
    let text = "", from = 0;
    for (let place = 1; place <= count; place++) {
      const tier = run.services[rows[from]].t;
      if (place < count && run.services[rows[place]].t === tier) continue;
      if ((place - from) * row >= 12) {
        text += `<text x="${margin.left - 5}" y="${(from + place) / 2 * row + 4}" text-anchor="end">tier ${tier}</text>`;
      }
      text += `<line class="time-axis" x1="${margin.left - 30}" x2="${margin.left}" y1="${from * row}" y2="${from * row}"/>`;
      from = place;
    }
    return text;
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const place = Math.floor((event.clientY - box.top) / box.height * count);
    const index = Math.floor((event.clientX - box.left) / box.width * run.count);
    return [rows[Math.max(0, Math.min(count - 1, place))], Math.max(0, Math.min(run.count - 1, index))];
  }

  function paint() {
    const scale = scaleOf(state.measure);
    const context = canvas.getContext("2d");
    const image = context.createImageData(run.count, count);
    // 256 colours are enough for the eye and quick to look up.
    const colours = Array.from({ length: 256 }, (_, i) => heat(i / 255));
    rows.forEach((number, place) => {
      const values = column(run.services[number], state.measure);
      for (let index = 0; index < run.count; index++) {
        const level = Math.max(0, Math.min(255, Math.round(scale.place(values[index]) * 255)));
        image.data.set(colours[level], (place * run.count + index) * 4);
        image.data[(place * run.count + index) * 4 + 3] = 255;
      }
    });
    context.putImageData(image, 0, 0);
    document.getElementById("heat-legend").innerHTML = legend(state.measure);
    move();
  }
  function move() {
    const place = x((begin(state.index) + end(state.index)) / 2, width);
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
  }

  orderChoice.addEventListener("change", build);
  onChange(change => "measure" in change || "theme" in change ? paint() : move());
  // At once, and again whenever there is another width.
  let known = parent.clientWidth;
  build();
  new ResizeObserver(() => {
    if (parent.clientWidth !== known) { known = parent.clientWidth; build(); }
  }).observe(parent);
}
