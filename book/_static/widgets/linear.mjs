// A linear classifier to turn by hand, or by gradient descent: hinge loss against cross-entropy.
import { POINTS, WEIGHTS, answer, objective, step } from "./linear-core.mjs";
import {
  KEYS, button, choice, clamp, draggable, grounds, html, mark, number, panel, plane, runs, slider,
  svg,
} from "./parts.mjs";

const UNIT = 50; // of the drawing, to one of the plane
const [WIDTH, HEIGHT] = [8, 6];
const CELL = 0.1;
const RATES = [0.01, 0.03, 0.1, 0.3, 1, 3];
const PENALTIES = [0, 0.001, 0.01, 0.1, 1];
const NAMES = ["circle", "square", "triangle"];

export function mount(host) {
  let kind, b, rate, penalty, steps;
  let W = WEIGHTS;
  const { stage, controls, say } = panel(host, {
    title: "Try it: turn the weights, then let them descend",
    task:
      "Drag the three heads until all 18 points are right. Then press “100 steps” twice: the loss " +
      "falls below yours, but a point may turn wrong. What did the descent get for it?",
    hint: "Each arrow is a class's weights, the bar above a point its loss.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: WIDTH * UNIT, height: HEIGHT * UNIT, label: "Plane with 18 points and the weights of 3 classes",
  });
  const px = (x) => (x + WIDTH / 2) * UNIT;
  const py = (y) => (HEIGHT / 2 - y) * UNIT;
  const ground = grounds(node, NAMES.length);
  const bars = POINTS.map(([x, y, label]) => {
    const bar = svg("rect", { class: "cv-bar", width: 5, x: px(x) - 2.5 });
    node.append(
      bar,
      svg("g", { transform: `translate(${px(x)} ${py(y)})` },
        mark(label, 5, { class: `cv-point cv-class-${label}` })),
    );
    return bar;
  });
  const arrows = NAMES.map((name, k) => {
    const shaft = svg("path", { class: "cv-shaft" });
    const head = svg("g", {}, svg("circle", { r: 14, class: "cv-grip" }),
      mark(k, 8, { class: `cv-point cv-head cv-class-${k}` }));
    node.append(shaft, head);
    const end = () => W[k].map((w, d) => clamp(w, ...[[-3.9, 3.9], [-2.9, 2.9]][d]));
    const told = draggable(head, {
      at, label: `Weights of ${name}`, step: 5, big: 25,
      place: () => [px(end()[0]), py(end()[1])],
      move: ([x, y]) => {
        const to = [clamp(x / UNIT - WIDTH / 2, -3.9, 3.9), clamp(HEIGHT / 2 - y / UNIT, -2.9, 2.9)];
        W = W.map((row, i) => (i === k ? to.map((w) => Number(w.toFixed(3))) : row));
        steps = 0;
        draw();
      },
      text: () => W[k].map((w) => number(w)).join(", "),
    });
    return () => {
      const [x, y] = end();
      shaft.setAttribute("d", `M${px(0)} ${py(0)} L${px(x)} ${py(y)}`);
      head.setAttribute("transform", `translate(${px(x)} ${py(y)})`);
      told();
    };
  });
  stage.append(node);

  const loss = choice({
    label: "Loss", options: { hinge: "hinge", softmax: "cross-entropy" }, value: "hinge",
    changed: (value) => { kind = value; draw(); },
  });
  const pick = (label, values, changed) =>
    slider({
      label, min: 0, max: values.length - 1, value: 0, show: (i) => String(values[i]),
      changed: (i) => { changed(values[i]); draw(); },
    });
  const rates = pick("Learning rate", RATES, (value) => { rate = value; });
  const penalties = pick("Penalty λ", PENALTIES, (value) => { penalty = value; });
  const descend = (count) => {
    for (let i = 0; i < count; i++) ({ W, b } = step(kind, W, b, POINTS, penalty, rate));
    steps += count;
    draw();
  };
  controls.append(
    html("div", { class: "cv-buttons" },
      button("One step", () => descend(1)), button("100 steps", () => descend(100))),
    loss.node, rates.node, penalties.node,
  );

  function start() {
    [kind, W, b, rate, penalty, steps] = ["hinge", WEIGHTS, [0, 0, 0], 0.1, 0.1, 0];
    loss.put(kind);
    rates.put(RATES.indexOf(rate));
    penalties.put(PENALTIES.indexOf(penalty));
    draw();
  }

  function draw() {
    const cells = [];
    for (let y = HEIGHT / 2 - CELL / 2; y > -HEIGHT / 2; y -= CELL) {
      for (let x = CELL / 2 - WIDTH / 2; x < WIDTH / 2; x += CELL) cells.push(answer(W, b, [x, y]));
    }
    const columns = Math.round(WIDTH / CELL);
    NAMES.forEach((_, k) => ground(k, runs(cells, columns, CELL * UNIT, (cell) => cell === k)));
    const found = objective(kind, W, b, POINTS, penalty);
    bars.forEach((bar, i) => {
      const height = Math.min(25 * found.each[i], 120);
      bar.setAttribute("height", height);
      bar.setAttribute("y", py(POINTS[i][1]) - 8 - height);
    });
    arrows.forEach((put) => put());
    const pushing = found.each.filter((one) => one > 0).length;
    say(
      `${found.right} of ${POINTS.length} points are right, loss ${number(found.loss, 3)}.`,
      `Of it, ${number(found.penalty, 3)} is for the size of the weights. ` +
      `Points with a loss above 0: ${pushing}. ` +
      `Biases ${b.map((bias) => number(bias)).join(", ")}. ` +
      `${steps} ${steps === 1 ? "step" : "steps"} of descent.`,
    );
  }
  start();
}
