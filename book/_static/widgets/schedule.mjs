// Schedules: draw one or choose one, and compare it with a constant rate.
import { meanLosses, rates, through } from "./schedule-core.mjs";
import { KEYS, choice, clamp, draggable, panel, plane, size, slider, svg } from "./parts.mjs";

const [STEPS, RUNS, START] = [200, 20, [5, 3]];
const RATES = [0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25];
const NAMES = {
  constant: "constant", step: "step", cosine: "cosine", cycle: "one-cycle", warm: "warm-up, cosine",
};
const [WIDTH, TOP, LOW] = [340, 90, 190];
const KNOTS = [0, 50, 100, 150, 200]; // steps
const POWERS = [-4, -3, -2, -1, 0, 1, 2];

const LIMIT = 0.2; // 2 over the curvature, 10, of the steeper axis
const MEAN = "That is the mean of the last ten steps.";

export function mount(host) {
  let name, rate, noise, knots; // the name is null where the knots have been dragged
  const { stage, controls, say } = panel(host, {
    title: "Try it: what is a falling rate good for?",
    task:
      "Drag the five points of the rate until the loss ends below 0.015, which none of the " +
      "schedules below them does here. When should the rate fall: early or late?",
    hint:
      "Below the rate: the loss in a valley with noisy gradients, a mean of 20 runs. Dashed: a " +
      "constant rate.",
    keys: KEYS,
    reset: start,
  });
  const lines = ["cv-trail cv-dashed cv-other", "cv-trail cv-thick"].map((kind) => [
    svg("path", { class: kind }), svg("path", { class: kind }),
  ]);
  const y = (loss) => {
    const power = Math.min(POWERS.at(-1), Math.max(POWERS[0], Math.log10(loss)));
    return (LOW * (POWERS.at(-1) - power)) / (POWERS.at(-1) - POWERS[0]);
  };
  const { node, at } = plane({
    width: WIDTH + 70, height: TOP + LOW + 64, label: "Rate and loss over 200 steps",
  });
  const [LEFT, ABOVE] = [56, 16];
  const most = svg("text", { x: -8, y: 8, class: "cv-end" });
  const chart = svg("g", { transform: `translate(${LEFT} ${ABOVE})` },
    svg("path", { d: `M0 0 V${TOP} H${WIDTH}`, class: "cv-line" }),
    svg("text", { x: -8, y: TOP / 2 + 5, class: "cv-end" }, "rate"),
    most,
    svg("text", { x: -8, y: TOP, class: "cv-end" }, "0"),
    ...lines.map(([above]) => above),
    svg("g", { transform: `translate(0 ${TOP + 20})` },
      svg("path", { d: `M0 0 V${LOW} H${WIDTH}`, class: "cv-line" }),
      ...[2, 0, -2, -4].map((power) =>
        svg("text", { x: -8, y: y(10 ** power) + 5, class: "cv-end" }, size(10 ** power))),
      svg("text", { x: -8, y: y(10) + 5, class: "cv-end" }, "loss"),
      svg("text", { x: WIDTH / 2, y: LOW + 18, class: "cv-number" }, "200 steps"),
      ...lines.map(([, below]) => below)));
  node.append(chart);
  stage.append(node);
  take("constant");
  const shown = () => (name ? rates(name, STEPS) : through(knots, STEPS));
  const handles = KNOTS.map((step, i) => {
    const knot = svg("g", {}, svg("circle", { r: 13, class: "cv-grip" }),
      svg("circle", { r: 6, class: "cv-point cv-class-0" }));
    chart.append(knot);
    const place = () => [(step * WIDTH) / STEPS, TOP * (1 - knots[i])];
    const told = draggable(knot, {
      at: (event) => [at(event)[0] - LEFT, at(event)[1] - ABOVE],
      label: `Rate at step ${step}`, step: TOP / 50, big: TOP / 5, place, upright: true,
      move: ([, to]) => {
        knots = knots.map((share, j) => (j === i ? clamp(1 - to / TOP, 0, 1) : share));
        name = null;
        inputs.name.put(null);
        draw();
      },
      text: () => `${Math.round(100 * knots[i])}% of the largest`,
    });
    return () => {
      knot.setAttribute("transform", `translate(${place()})`);
      told();
    };
  });

  const inputs = {
    name: choice({
      label: "Schedule", options: NAMES, value: "constant",
      changed: (value) => { take(value); draw(); },
    }),
    rate: slider({
      label: "Largest rate", min: 0, max: RATES.length - 1, value: 0, show: (i) => String(RATES[i]),
      changed: (i) => { rate = i; draw(); },
    }),
    noise: slider({
      label: "Noise", min: 0, max: 5, step: 0.5, value: 1,
      changed: (value) => { noise = value; draw(); },
    }),
  };
  controls.append(...Object.values(inputs).map((input) => input.node));

  /** Put the points on a schedule. */
  function take(chosen) {
    name = chosen;
    const shares = rates(name, STEPS);
    knots = KNOTS.map((step) => shares[Math.min(step, STEPS - 1)]);
  }

  function start() {
    take("constant");
    [rate, noise] = [5, 2];
    inputs.name.put(name);
    inputs.rate.put(rate);
    inputs.noise.put(noise);
    draw();
  }

  function draw() {
    const last = [rates("constant", STEPS), shown()].map((shares, i) => {
      const losses = meanLosses(shares.map((share) => share * RATES[rate]), START, noise, RUNS);
      const at = (t, height) => `${((t * WIDTH) / STEPS).toFixed(1)} ${height.toFixed(1)}`;
      const line = (values, high) =>
        values.map((value, t) => `${t ? "L" : "M"}${at(t, high(value))}`).join("");
      lines[i][0].setAttribute("d", line(shares, (share) => TOP * (1 - share)));
      lines[i][1].setAttribute("d", line(losses, y));
      return losses.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10;
    });
    most.textContent = String(RATES[rate]);
    handles.forEach((put) => put());
    const found = `${name ? `The ${NAMES[name]} rate` : "Your rate"} ends at a loss of ${size(last[1])}`;
    if (name === "constant") return say(`${found}.`, `${MEAN} ${floor()}`);
    say(`${found}, ${compared(last[1], last[0])} the constant one's ${size(last[0])}.`, `${MEAN} ${floor()}`);
  }

  const compared = (one, other) => {
    if (one < other / 1.5) return "lower than";
    return one > other * 1.5 ? "higher than" : "about as low as";
  };
  const floor = () => {
    if (RATES[rate] >= LIMIT) return `From ${LIMIT} on, a constant rate no longer settles.`;
    return noise
      ? "With noise, a constant rate has a floor that grows with the rate."
      : "Without noise, there is no floor.";
  };
  start();
}
