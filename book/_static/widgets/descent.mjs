// Optimisers in a ravine: drag the start, choose the method, its rate and its momentum.
import { RATES, limit, walk } from "./descent-core.mjs";
import { KEYS, choice, clamp, draggable, number, panel, plane, size, slider, svg } from "./parts.mjs";

const UNIT = 20; // of the drawing, to one of the plane
const [WIDTH, HEIGHT] = [20, 15];
const START = [-8, 2];
const LEVELS = [1, 4, 12, 30, 60, 120, 240];

export function mount(host) {
  let method, rate, momentum, curvature, turn, steps;
  let from = START;
  const { stage, controls, say } = panel(host, {
    title: "Try it: down the ravine",
    task:
      "Make the path arrive at the cross within 50 steps. SGD cannot do it at any rate without " +
      "momentum: why? When it does, turn the valley by 45°, and try all three methods again.",
    hint: "Drag the ring, where the descent starts, or click the map. The cross is the lowest point.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: WIDTH * UNIT, height: HEIGHT * UNIT, label: "Map of a valley with a path of descent",
  });
  const px = ([x, y]) => [(x + WIDTH / 2) * UNIT, (HEIGHT / 2 - y) * UNIT];
  const contours = svg("g", { class: "cv-contours", transform: `translate(${px([0, 0])})` });
  const trail = svg("path", { class: "cv-trail" });
  const places = svg("path", { class: "cv-places" });
  const [cx, cy] = px([0, 0]);
  const ring = svg("g", {}, svg("circle", { r: 14, class: "cv-grip" }),
    svg("circle", { r: 8, class: "cv-ring" }));
  node.append(
    contours, svg("path", { d: `M${cx - 8} ${cy} h16 M${cx} ${cy - 8} v16`, class: "cv-line" }),
    trail, places, ring,
  );
  const put = ([x, y]) => {
    const to = [x / UNIT - WIDTH / 2, HEIGHT / 2 - y / UNIT];
    const most = [WIDTH / 2 - 0.5, HEIGHT / 2 - 0.5];
    from = to.map((value, i) => Math.round(2 * clamp(value, -most[i], most[i])) / 2);
    draw();
  };
  const told = draggable(ring, {
    at, label: "Start", step: UNIT / 2, big: 2 * UNIT, place: () => px(from), move: put,
    text: () => from.map((value) => number(value, 1)).join(", "),
  });
  node.addEventListener("click", (event) => {
    if (!ring.contains(event.target)) put(at(event));
  });
  stage.append(node);

  const inputs = {
    method: choice({
      label: "Method", options: { sgd: "SGD", adagrad: "Adagrad", adam: "Adam" }, value: "sgd",
      changed: (value) => { method = value; draw(); },
    }),
    rate: slider({
      label: "Learning rate", min: 0, max: RATES.length - 1, value: 0,
      show: (i) => String(Number(RATES[i].toPrecision(2))),
      changed: (i) => { rate = i; draw(); },
    }),
    momentum: slider({
      label: "Momentum", min: 0, max: 0.98, step: 0.02, value: 0, show: (value) => number(value),
      changed: (value) => { momentum = value; draw(); },
    }),
    curvature: slider({
      label: "Steepness", min: 1, max: 50, value: 50,
      changed: (value) => { curvature = value; draw(); },
    }),
    turn: slider({
      label: "Turned by", min: 0, max: 45, step: 5, value: 0, show: (value) => `${value}°`,
      changed: (value) => { turn = value; draw(); },
    }),
    steps: slider({
      label: "Steps", min: 1, max: 100, value: 50,
      changed: (value) => { steps = value; draw(); },
    }),
  };
  controls.append(...Object.values(inputs).map((input) => input.node));

  function start() {
    [method, rate, momentum, curvature, turn, steps, from] = ["sgd", 12, 0, 50, 0, 50, START];
    const values = { method, rate, momentum, curvature, turn, steps };
    for (const [name, value] of Object.entries(values)) inputs[name].put(value);
    draw();
  }

  function draw() {
    const options = { lr: RATES[rate], momentum, curvature, turn: (turn * Math.PI) / 180 };
    const { path, losses } = walk(method, from, steps, options);
    contours.replaceChildren(
      ...LEVELS.map((level) => svg("ellipse", {
        rx: Math.sqrt(2 * level) * UNIT, ry: Math.sqrt((2 * level) / curvature) * UNIT,
        transform: `rotate(${-turn})`,
      })),
    );
    const far = path.findIndex((w) => !(Math.hypot(...w) < 1000)); // beyond it, there is no drawing
    const seen = (far < 0 ? path : path.slice(0, far)).map(px);
    const round = (place) => place.map((value) => value.toFixed(1)).join(" ");
    trail.setAttribute("d", seen.map((place, i) => `${i ? "L" : "M"}${round(place)}`).join(""));
    places.setAttribute("d", seen.map((place) => `M${round(place)} h0`).join(""));
    ring.setAttribute("transform", `translate(${px(from)})`);
    told();
    say(...describe(losses));
  }

  function describe(losses) {
    const [first, last] = [losses[0], losses.at(-1)];
    const fate = last > first ? "It diverges." : last > first / 1e4 ? "It has not arrived." : "It arrives.";
    const most = limit(curvature, momentum);
    const reason =
      method === "sgd"
        ? `With this momentum, rates from ${number(most, 3)} on diverge.`
        : `The rate is divided by the size of the gradients${method === "adagrad" ? " so far" : ""}.`;
    return [`${fate} In ${steps} steps the loss goes from ${size(first)} to ${size(last)}.`, reason];
  }
  start();
}
