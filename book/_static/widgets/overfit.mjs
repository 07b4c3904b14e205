// A polynomial that overfits: drag the points, choose its degree and a penalty.
import { TRAINING, VALIDATION, error, fit, predict } from "./overfit-core.mjs";
import { KEYS, clamp, draggable, mark, number, panel, plane, slider, svg } from "./parts.mjs";

const [WIDTH, HEIGHT] = [400, 260];
const CHART = 120;
const MOST = 20; // degree
const EXACT = 10; // the degree from which on a curve goes through all 11 points
const LARGEST = 1.4; // error in the chart
const PENALTIES = [0, 0.001, 0.01, 0.1, 1, 10];
const GAP = 0.02; // between points, across

export function mount(host) {
  let degree, penalty;
  let points = TRAINING;
  const { stage, controls, say } = panel(host, {
    title: "Try it: overfit a few points",
    task:
      "The curve goes through all circles. Lower the degree until the squares' error is smallest; " +
      "then raise it to 20. Where is the peak, and what happens beyond it?",
    hint: "Circles: training points, to drag. Squares: validation points.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: WIDTH, height: HEIGHT + CHART + 40,
    label: "A curve through 11 points, and below it two errors by degree",
  });
  const px = (x) => WIDTH / 2 + 185 * x;
  const py = (y) => HEIGHT / 2 - 85 * y;
  const curve = svg("path", { class: "cv-trail cv-thick" });
  node.append(
    svg("rect", { width: WIDTH, height: HEIGHT, class: "cv-faint" }),
    svg("svg", { width: WIDTH, height: HEIGHT }, curve), // which cuts off what is outside
    ...VALIDATION.map(([x, y]) =>
      svg("g", { transform: `translate(${px(x)} ${py(y)})` }, mark(1, 4, { class: "cv-point cv-class-1" }))),
  );
  const handles = points.map((_, i) => {
    const group = svg("g", {}, svg("circle", { r: 13, class: "cv-grip" }),
      mark(0, 6, { class: "cv-point cv-class-0" }));
    node.append(group);
    const told = draggable(group, {
      at, label: `Point ${i + 1}`, step: 5, big: 25, place: () => [px(points[i][0]), py(points[i][1])],
      move: ([x, y]) => {
        const least = i ? points[i - 1][0] + GAP : -1.05;
        const most = i < points.length - 1 ? points[i + 1][0] - GAP : 1.05;
        const to = [clamp((x - WIDTH / 2) / 185, least, most), clamp((HEIGHT / 2 - y) / 85, -1.45, 1.45)];
        points = points.map((point, j) => (j === i ? to : point));
        draw();
      },
      text: () => points[i].map((value) => number(value)).join(", "),
    });
    return () => {
      group.setAttribute("transform", `translate(${px(points[i][0])} ${py(points[i][1])})`);
      told();
    };
  });
  const chart = svg("g", { transform: `translate(40 ${HEIGHT + 12})` });
  node.append(chart);
  stage.append(node);

  const sliders = {
    degree: slider({
      label: "Degree", min: 0, max: MOST, value: 0,
      changed: (value) => { degree = value; draw(); },
    }),
    penalty: slider({
      label: "Penalty", min: 0, max: PENALTIES.length - 1, value: 0, show: (i) => String(PENALTIES[i]),
      changed: (i) => { penalty = i; draw(); },
    }),
  };
  controls.append(sliders.degree.node, sliders.penalty.node);

  function start() {
    [points, degree, penalty] = [TRAINING, EXACT, 0];
    sliders.degree.put(degree);
    sliders.penalty.put(penalty);
    draw();
  }

  function draw() {
    const fits = Array.from({ length: MOST + 1 }, (_, d) => fit(points, d, PENALTIES[penalty]));
    const errors = fits.map((found) => [error(found, points), error(found, VALIDATION)]);
    const places = Array.from({ length: 201 }, (_, i) => -1.05 + (2.1 * i) / 200);
    const high = (y) => clamp(py(y), -9999, 9999).toFixed(1);
    curve.setAttribute("d", places.map((x, i) =>
      `${i ? "L" : "M"}${px(x).toFixed(1)} ${high(predict(fits[degree], x))}`).join(""));
    handles.forEach((put) => put());
    chart.replaceChildren(...plot(errors));
    const validation = errors.map(([, on]) => on);
    const best = validation.indexOf(Math.min(...validation));
    say(
      `Degree ${degree}: training error ${number(errors[degree][0])}, validation error ` +
      `${number(errors[degree][1])}.`,
      `With this penalty the validation error is smallest at degree ${best}: ` +
      `${number(errors[best][1])}. ${fate()}`,
    );
  }

  function fate() {
    if (penalty || degree < EXACT) return "";
    if (degree === EXACT) return "One curve of this degree goes through all circles.";
    return "Many curves of this degree go through all circles; this one has the smallest coefficients.";
  }

  /** Both errors by degree, with a line at the degree that is chosen. */
  function plot(errors) {
    const x = (d) => (d * 330) / MOST;
    const y = (value) => CHART * (1 - Math.min(value / LARGEST, 1));
    const line = (which) =>
      errors.map((pair, d) => `${d ? "L" : "M"}${x(d)} ${y(pair[which])}`).join("");
    return [
      svg("path", { d: `M0 0 V${CHART} H330`, class: "cv-line" }),
      svg("path", { d: `M${x(degree)} 0 V${CHART}`, class: "cv-line cv-dashed" }),
      svg("path", { d: line(0), class: "cv-trail" }),
      svg("path", { d: line(1), class: "cv-trail cv-dashed cv-other" }),
      ...errors.flatMap((pair, d) => pair.map((value, which) =>
        svg("g", { transform: `translate(${x(d)} ${y(value)})` },
          mark(which, 4, { class: `cv-point cv-class-${which}` })))),
      svg("text", { x: -8, y: y(1) + 5, class: "cv-end" }, "1"),
      svg("text", { x: -8, y: CHART, class: "cv-end" }, "0"),
      svg("text", { x: 12, y: 10 }, "error, by degree"),
      ...[0, 5, 10, 15, 20].map((d) =>
        svg("text", { x: x(d), y: CHART + 15, class: "cv-number" }, String(d))),
    ];
  }
  start();
}
