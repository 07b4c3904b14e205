// What the explainers are made of: elements, a panel, controls, a plane, things to drag.

const SVG = "http://www.w3.org/2000/svg";

// ---- Elements -----------------------------------------------------------------------------------

export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === false || value == null) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

function made(node, attributes, children) {
  set(node, attributes).append(...children);
  return node;
}

export const html = (tag, attributes = {}, ...children) =>
  made(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  made(document.createElementNS(SVG, tag), attributes, children);

let names = 0;

/** An id that no other explainer of the page has. */
export const unique = (stem) => `cv-${stem}-${++names}`;

/** With a real minus sign, and none before a zero. */
export function number(value, digits = 2) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : "infinity";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

const raised = (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]);

/** A size of any order, to two digits: 0.35, 12, 6·10⁻⁴, 10⁵. */
export function size(value) {
  if (!Number.isFinite(value)) return number(value);
  if (value === 0 || (value >= 0.01 && value < 1000)) return String(Number(value.toPrecision(2)));
  const [digits, power] = value.toExponential(0).replace("+", "").split("e");
  return `${digits === "1" ? "" : `${digits}·`}10${[...power].map(raised).join("")}`;
}

// ---- The panel ----------------------------------------------------------------------------------

/** The keys of whatever can be dragged. */
export const KEYS = "Keyboard: Tab, then arrows; Shift for larger steps.";

/** Fill the host: a title, a task, how to do it, the stage, what is seen there, the controls.
 *
 *  -> {stage, controls, say(lead, rest)}: the number to watch, then the rest, are read out when
 *  they change. The keys are not shown where there is only a finger. */
export function panel(host, { title, task, hint, keys = "", reset }) {
  const id = unique("title");
  const stage = html("div", { class: "cv-stage" });
  const controls = html("div", { class: "cv-controls" });
  const says = html("output", { class: "cv-says", "aria-live": "polite" });
  set(host, { class: "cv-live", role: "group", "aria-labelledby": id }).replaceChildren(
    html("p", { class: "cv-title", id }, title),
    html("p", {}, task),
    html("p", { class: "cv-hint" }, hint),
    stage,
    says,
    controls,
    html("p", { class: "cv-reset" },
      html("span", { class: "cv-hint cv-keys" }, keys), button("Reset", reset)),
  );
  const say = (lead, rest) => {
    if (says.textContent === `${lead} ${rest}`) return;
    says.replaceChildren(html("strong", {}, lead), ` ${rest}`);
  };
  return { stage, controls, say };
}

export const button = (label, onclick, attributes = {}) =>
  html("button", { type: "button", onclick, ...attributes }, label);

/** -> {node, put(value)}; `changed` gets the number, `show` makes the text beside it. */
export function slider({ label, min, max, step = 1, value, changed, show = String }) {
  const shown = html("span", { class: "cv-value" });
  const id = unique("slider");
  const input = html("input", { type: "range", id, min, max, step });
  const node = html("div", { class: "cv-slider" }, html("label", { for: id }, label), input, shown);
  const put = (next) => {
    input.value = next;
    shown.textContent = show(Number(input.value));
    set(input, { "aria-valuetext": shown.textContent });
  };
  set(input, {
    oninput: () => {
      put(input.value);
      changed(Number(input.value));
    },
  });
  put(value);
  return { node, put };
}

/** One of several: options is {value: label}. -> {node, put(value)} */
export function choice({ label, options, value, changed }) {
  const name = unique("choice");
  const inputs = Object.keys(options).map((key) =>
    html("input", { type: "radio", name, value: key, onchange: () => changed(key) }),
  );
  const labels = inputs.map((input) => html("label", {}, input, options[input.value]));
  const node = html("fieldset", { class: "cv-choice" }, html("legend", {}, label), ...labels);
  const put = (next) => inputs.forEach((input) => (input.checked = input.value === String(next)));
  put(value);
  return { node, put };
}

// ---- The plane ----------------------------------------------------------------------------------

/** A drawing of width × height units, as wide as its column; at(event) is a place in its units. */
export function plane({ width, height, label }) {
  const node = svg("svg", {
    viewBox: `0 0 ${width} ${height}`,
    class: "cv-plane",
    role: "application",
    "aria-label": label,
  });
  const at = ({ clientX, clientY }) => {
    const place = new DOMPoint(clientX, clientY).matrixTransform(node.getScreenCTM().inverse());
    return [place.x, place.y];
  };
  return { node, at };
}

/** A mark in the shape of class 0, 1 or 2: circle, square, triangle. */
export function mark(kind, s, attributes = {}) {
  const shapes = [
    ["circle", { r: s }],
    ["rect", { x: -0.9 * s, y: -0.9 * s, width: 1.8 * s, height: 1.8 * s }],
    ["path", { d: `M0 ${-1.25 * s} L${1.15 * s} ${0.8 * s} H${-1.15 * s} Z` }],
  ];
  const [tag, shape] = shapes[kind];
  return svg(tag, { ...shape, ...attributes });
}

/** The ground of class 0, 1, 2 …: a colour, and hatching in a direction of its own. Appends to the
 *  plane; -> put(label, d), which gives it its outline. */
export function grounds(node, classes) {
  const paths = [0, 45, 90].slice(0, classes).map((angle, label) => {
    const id = unique("hatch");
    node.append(
      svg("pattern", {
        id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})`,
      }, svg("path", { d: "M0 0 H7", class: "cv-hatch" })),
    );
    const ground = [`cv-ground cv-class-${label}`, "cv-hatched"].map((name, i) =>
      svg("path", { class: name, fill: i ? `url(#${id})` : false }),
    );
    node.append(...ground);
    return ground;
  });
  return (label, d) => paths[label].forEach((path) => path.setAttribute("d", d));
}

/** One path of those square cells of a map, row by row, that are chosen: a bar for each run. */
export function runs(cells, columns, size, chosen) {
  let path = "";
  for (let row = 0; row * columns < cells.length; row++) {
    for (let from = 0; from < columns; from++) {
      let to = from;
      while (to < columns && chosen(cells[row * columns + to])) to++;
      if (to === from) continue;
      path += `M${from * size} ${row * size} H${to * size} v${size} H${from * size}Z`;
      from = to;
    }
  }
  return path;
}

// ---- To drag ------------------------------------------------------------------------------------

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Let a node be dragged by the pointer, and moved by the arrow keys: a step, with Shift `big`.
 *
 *  place(): where it is, in units of the plane; move([x, y]): put it there, as near as may be;
 *  text(): where that is, in words; scale(): units of `place` in one of the plane, 1 unless given.
 *  At the first press the pointer keeps its distance from it. What is `upright` moves up and down
 *  only: to the right is up. */
export function draggable(node, options) {
  const { at: on, label, place, move, text, step = 1, big = 5, scale, upright } = options;
  const at = (event) => on(event).map((value) => value * (scale?.() ?? 1));
  const told = () => {
    set(node, { "aria-valuenow": Math.round(place()[0]), "aria-valuetext": text() });
  };
  let grip = null;
  set(node, {
    tabindex: 0,
    role: "slider",
    "aria-label": label,
    "aria-orientation": upright && "vertical",
    class: `cv-drag ${node.getAttribute("class") ?? ""}`,
    onpointerdown: (event) => {
      const [x, y] = at(event);
      grip = [x - place()[0], y - place()[1]];
      node.setPointerCapture(event.pointerId);
      node.focus({ preventScroll: true });
      event.preventDefault();
    },
    ontouchstart: (event) => event.preventDefault(), // else the finger scrolls the page
    onpointermove: (event) => {
      if (!grip) return;
      const [x, y] = at(event);
      move([x - grip[0], y - grip[1]]);
      told();
    },
    onpointerup: () => (grip = null),
    onpointercancel: () => (grip = null),
    onkeydown: (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault(); // the page would scroll
      const size = event.shiftKey ? big : step;
      const [x, y] = place();
      if (upright) move([x, y + size * (arrow[1] - arrow[0])]);
      else move([x + size * arrow[0], y + size * arrow[1]]);
      told();
    },
  });
  told();
  return told;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
