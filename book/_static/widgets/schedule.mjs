// Schedules: choose one, its largest rate and the noise, and compare it with a constant rate.
import { meanLosses, rates } from "./schedule-core.mjs";
import { choice, panel, size, slider, svg } from "./parts.mjs";

const [STEPS, RUNS, START] = [200, 20, [5, 3]];
const RATES = [0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.16, 0.2, 0.25];
const NAMES = {
  constant: "constant", step: "step", cosine: "cosine", cycle: "one-cycle", warm: "warm-up, cosine",
};
const [WIDTH, TOP, LOW] = [340, 90, 190];
const POWERS = [-4, -3, -2, -1, 0, 1, 2];

export function mount(host) {
  let name, rate, noise;
  const { stage, controls, say } = panel(host, {
    title: "Try it: what is a falling rate good for?",
    hint:
      "Above: the rate. Below: the loss in a valley with noisy gradients, a mean of 20 runs. " +
      "Dashed: the constant rate, for comparison.",
    reset: start,
  });
  const lines = ["cv-trail cv-dashed cv-other", "cv-trail cv-thick"].map((kind) => [
    svg("path", { class: kind }), svg("path", { class: kind }),
  ]);
  const y = (loss) => {
    const power = Math.min(POWERS.at(-1), Math.max(POWERS[0], Math.log10(loss)));
    return (LOW * (POWERS.at(-1) - power)) / (POWERS.at(-1) - POWERS[0]);
  };
  stage.append(
    svg("svg", {
      viewBox: `-54 -14 ${WIDTH + 66} ${TOP + LOW + 60}`, class: "cv-plane", role: "img",
      "aria-label": "Rate and loss over 200 steps; the text below names the last losses",
    },
      svg("path", { d: `M0 0 V${TOP} H${WIDTH}`, class: "cv-line" }),
      svg("text", { x: -8, y: 10, class: "cv-end" }, "rate"),
      svg("text", { x: -8, y: TOP, class: "cv-end" }, "0"),
      ...lines.map(([above]) => above),
      svg("g", { transform: `translate(0 ${TOP + 20})` },
        svg("path", { d: `M0 0 V${LOW} H${WIDTH}`, class: "cv-line" }),
        ...[2, 0, -2, -4].map((power) =>
          svg("text", { x: -8, y: y(10 ** power) + 5, class: "cv-end" }, size(10 ** power))),
        svg("text", { x: WIDTH / 2, y: LOW + 18, class: "cv-number" }, "200 steps"),
        ...lines.map(([, below]) => below)),
    ),
  );

  const inputs = {
    name: choice({
      label: "Schedule", options: NAMES, value: "cosine",
      changed: (value) => { name = value; draw(); },
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

  function start() {
    [name, rate, noise] = ["cosine", 5, 2];
    inputs.name.put(name);
    inputs.rate.put(rate);
    inputs.noise.put(noise);
    draw();
  }

  function draw() {
    const last = ["constant", name].map((kind, i) => {
      const shares = rates(kind, STEPS);
      const losses = meanLosses(shares.map((share) => share * RATES[rate]), START, noise, RUNS);
      const at = (t, height) => `${((t * WIDTH) / STEPS).toFixed(1)} ${height.toFixed(1)}`;
      const line = (values, high) =>
        values.map((value, t) => `${t ? "L" : "M"}${at(t, high(value))}`).join("");
      lines[i][0].setAttribute("d", line(shares, (share) => TOP * (1 - share)));
      lines[i][1].setAttribute("d", line(losses, y));
      return losses.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10;
    });
    const found = `The ${NAMES[name]} rate ends at a loss of ${size(last[1])}`;
    if (name === "constant") return say(`${found}, in the mean of the last ten steps. ${floor()}`);
    say(
      `${found}, ${compared(last[1], last[0])} the constant one's ${size(last[0])}, in the mean of ` +
      `the last ten steps. ${floor()}`,
    );
  }

  const compared = (one, other) => {
    if (one < other / 1.5) return "lower than";
    return one > other * 1.5 ? "higher than" : "about as low as";
  };
  const floor = () =>
    noise
      ? "With noise, a constant rate has a floor that grows with the rate."
      : "Without noise, there is no floor.";
  start();
}
