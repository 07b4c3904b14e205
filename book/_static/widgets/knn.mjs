// A map of kNN's answers: drag the query and the points, choose k and the distance.
import { HEIGHT, POINTS, WIDTH, answer, map, mistakes } from "./knn-core.mjs";
import {
  KEYS, choice, clamp, draggable, grounds, mark, panel, plane, runs, slider, svg, unique,
} from "./parts.mjs";

const UNIT = 10; // of the drawing, to one of the lattice
const CELL = 0.5;
const NAMES = ["circle", "square", "triangle"];
const QUERY = [11, 10];

export function mount(host) {
  let points, query, k, p;
  const { stage, controls, say } = panel(host, {
    title: "Try it: a map of the answers",
    task:
      "Two of the 24 labels are wrong, yet with k = 1 eight points get a wrong answer from the " +
      "others. Raise k until only two do, then go on to 15. Why is more not always better?",
    hint: "Drag the query, the large cross, or any point. On dotted ground the votes are equal.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: WIDTH * UNIT,
    height: HEIGHT * UNIT,
    label: "Map with 24 points of three classes and a query",
  });
  const dots = unique("dots");
  const ground = grounds(node, NAMES.length);
  const ties = svg("path", { fill: `url(#${dots})` });
  const reach = svg("path", { class: "cv-line cv-dashed" });
  const spokes = svg("path", { class: "cv-line" });
  node.append(
    svg("pattern", { id: dots, width: 5, height: 5, patternUnits: "userSpaceOnUse" },
      svg("circle", { cx: 2.5, cy: 2.5, r: 1, class: "cv-ink" })),
    ties, spokes, reach,
  );
  stage.append(node);

  const handle = (label, shape, place, put) => {
    const group = svg("g", {}, svg("circle", { r: 13, class: "cv-grip" }), shape);
    node.append(group);
    const told = draggable(group, {
      at, label, step: UNIT, big: 5 * UNIT,
      place: () => place().slice(0, 2).map((value) => value * UNIT),
      move: ([x, y]) => {
        put(clamp(Math.round(x / UNIT), 0, WIDTH), clamp(Math.round(y / UNIT), 0, HEIGHT));
        draw();
      },
      text: () => `${place()[0]} across, ${HEIGHT - place()[1]} up`,
    });
    return () => {
      const [x, y] = place();
      group.setAttribute("transform", `translate(${x * UNIT} ${y * UNIT})`);
      told();
    };
  };

  const sliders = {
    k: slider({
      label: "k", min: 1, max: 15, value: 1,
      changed: (value) => { k = value; draw(); },
    }),
    p: choice({
      label: "Distance", options: { 2: "L2", 1: "L1" }, value: 2,
      changed: (value) => { p = Number(value); draw(); },
    }),
  };
  controls.append(sliders.k.node, sliders.p.node);

  function reset() {
    points = POINTS.map((point) => [...point]);
    query = [...QUERY];
    [k, p] = [1, 2];
  }
  reset();
  const place = points.map((point, i) =>
    handle(
      `Point ${i + 1}, ${NAMES[point[2]]}`,
      mark(point[2], 5, { class: `cv-point cv-class-${point[2]}` }),
      () => points[i],
      (x, y) => { points[i] = [x, y, points[i][2]]; },
    ),
  );
  place.push(
    handle(
      "Query",
      svg("path", { d: "M-9 -9 L9 9 M9 -9 L-9 9", class: "cv-cross" }),
      () => query,
      (x, y) => { query = [x, y]; },
    ),
  );

  function start() {
    reset();
    sliders.k.put(k);
    sliders.p.put(p);
    draw();
  }

  function draw() {
    const cells = map(points, k, p, CELL);
    const path = (chosen) => runs(cells, WIDTH / CELL, CELL * UNIT, chosen);
    NAMES.forEach((_, label) => ground(label, path((cell) => cell.label === label)));
    ties.setAttribute("d", path((cell) => cell.tied));
    const found = answer(points, query, k, p);
    const [x, y] = query.map((value) => value * UNIT);
    spokes.setAttribute(
      "d",
      found.neighbours
        .map(({ index: i }) => `M${x} ${y} L${points[i][0] * UNIT} ${points[i][1] * UNIT}`)
        .join(""),
    );
    const last = found.neighbours.at(-1).distance;
    reach.setAttribute("d", ball(x, y, UNIT * (p === 1 ? last : Math.sqrt(last)), p));
    place.forEach((put) => put());
    const wrong = mistakes(points, k, p);
    say(`${wrong} of the 24 points, left out in turn, get a wrong answer.`, describe(found));
  }

  function describe({ votes, label, tied, cut }) {
    const counts = NAMES.map((name, i) => [votes[i], name]).filter(([count]) => count);
    const said = counts.map(([count, name]) => `${count} for ${name}`).join(", ");
    return (
      `At the cross, the ${k === 1 ? "nearest point votes" : `${k} nearest vote`}: ${said}. ` +
      (tied ? "Equal votes: the smallest label wins. " : "") +
      (cut ? "Another point is just as near: the lower index counts. " : "") +
      `Answer: ${NAMES[label]}.`
    );
  }
  draw();
}

/** The outline of all points at a distance: a circle, or a diamond for p = 1. */
function ball(x, y, r, p) {
  if (p === 1) return `M${x - r} ${y} L${x} ${y - r} L${x + r} ${y} L${x} ${y + r} Z`;
  return `M${x - r} ${y} a${r} ${r} 0 1 0 ${2 * r} 0 a${r} ${r} 0 1 0 ${-2 * r} 0`;
}
