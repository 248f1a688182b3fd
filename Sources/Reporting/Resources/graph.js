"use strict";
// The call graph, coloured by the chosen measure at the chosen time.

function graphView() {
  const svg = document.getElementById("graph");
  const box = document.getElementById("graph-box");
  const nodes = Array.from(svg.querySelectorAll("[data-service]"));
  const edges = Array.from(svg.querySelectorAll("[data-edge]"));
  const rects = nodes.map(node => node.querySelector("rect"));
  const labels = nodes.map(node => node.querySelector("text"));
  const isLarge = nodes.length > 80;
  let busiest = 0;
  for (const edge of run.edges) for (const value of column(edge, "attempts")) if (value > busiest) busiest = value;

  function paint() {
    const scale = scaleOf(state.measure);
    nodes.forEach((node, number) => {
      const place = scale.place(column(run.services[number], state.measure)[state.index]);
      rects[number].style.fill = rgb(heat(place));
      if (labels[number]) labels[number].style.fill = heatText(place);
      node.classList.toggle("chosen", number === state.service);
    });
    edges.forEach((path, number) => {
      const edge = run.edges[number];
      const bad = column(edge, "bad")[state.index];
      const rate = column(edge, "attempts")[state.index];
      const width = busiest > 0 ? Math.log1p(rate) / Math.log1p(busiest) : 0;
      path.style.stroke = bad > 0.005 ? rgb(heat(0.25 + 0.75 * bad)) : css("--c6");
      path.style.strokeWidth = (isLarge ? 0.4 + 1.6 * width : 0.8 + 3.4 * width).toFixed(2);
      path.style.strokeOpacity = rate > 0 ? (isLarge && bad <= 0.005 ? 0.35 : 0.9) : 0.25;
    });
    document.getElementById("graph-legend").innerHTML = legend(state.measure);
  }

  function words(number) {
    const service = run.services[number];
    const rows = ["offered", "goodput", "bad", "utilisation", "waiting", "p99", "replicas"]
      .filter(measure => has(service, measure))
      .map(measure => `${run.measures[measure].title}: ${show(column(service, measure)[state.index], measure)}`);
    return `<b>${escape(service.n)}</b>, tier ${service.t}<br>` + rows.join("<br>");
  }
  nodes.forEach((node, number) => {
    node.querySelector("title").remove();
    node.addEventListener("pointermove", event => showTip(event, words(number)));
    node.addEventListener("pointerleave", hideTip);
    node.addEventListener("click", () => choose({ service: number }));
  });
  edges.forEach((path, number) => {
    const edge = run.edges[number];
    path.querySelector("title").remove();
    path.addEventListener("pointermove", event => showTip(event,
      `<b>${escape(edge.n)}</b><br>attempts: ${show(column(edge, "attempts")[state.index], "attempts")}<br>`
      + `retries: ${show(column(edge, "retries")[state.index], "retries")}<br>`
      + `failing: ${share(column(edge, "bad")[state.index])}`));
    path.addEventListener("pointerleave", hideTip);
  });

  // Moving and zooming by changing what the picture shows.
  const whole = svg.viewBox.baseVal;
  const start = [whole.x, whole.y, whole.width, whole.height];
  let view = start.slice();
  function apply() { svg.setAttribute("viewBox", view.join(" ")); }
  box.addEventListener("wheel", event => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const factor = Math.exp(event.deltaY * 0.002);
    const frameBox = svg.getBoundingClientRect();
    const inside = [(event.clientX - frameBox.left) / frameBox.width, (event.clientY - frameBox.top) / frameBox.height];
    const size = Math.max(0.05, Math.min(1, view[2] * factor / start[2]));
    const next = [start[2] * size, start[3] * size];
    view = [view[0] + (view[2] - next[0]) * inside[0], view[1] + (view[3] - next[1]) * inside[1], ...next];
    apply();
  }, { passive: false });
  let grip = null;
  box.addEventListener("pointerdown", event => { grip = [event.clientX, event.clientY, view[0], view[1]]; });
  addEventListener("pointermove", event => {
    if (!grip) return;
    const frameBox = svg.getBoundingClientRect();
    view[0] = grip[2] - (event.clientX - grip[0]) / frameBox.width * view[2];
    view[1] = grip[3] - (event.clientY - grip[1]) / frameBox.height * view[3];
    apply();
  });
  addEventListener("pointerup", () => { grip = null; });
  box.addEventListener("dblclick", () => { view = start.slice(); apply(); });

  // Small graphs are not blown up.
  svg.style.width = Math.min(whole.width * (isLarge ? 2 : 1.35), 1360) + "px";
  onChange(paint);
  paint();
}
