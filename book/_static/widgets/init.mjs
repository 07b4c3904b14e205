// The size of the first weights: what eight layers make of a signal, and of a gradient.
import { gradients, histogram, normal, outputs, rms } from "./init-core.mjs";
import { choice, panel, size, slider, svg } from "./parts.mjs";

const [LAYERS, UNITS, INPUTS] = [8, 64, 40];
const GAINS = [0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.414, 1.6, 2, 3, 5, 10];
const [BINS, COLUMN, ROW] = [41, 200, 34];

export function mount(host) {
  let gain, activation, norm;
  const x = normal(INPUTS, UNITS, 1);
  const weights = Array.from({ length: LAYERS }, (_, i) => normal(UNITS, UNITS, 10 + i));
  const dy = normal(INPUTS, UNITS, 2);
  const { stage, controls, say } = panel(host, {
    title: "Try it: how large should the first weights be?",
    task:
      "Raise the gain until layer 8 puts out numbers of the same size as layer 1. Then take " +
      "another activation: which needs a larger gain? With batch norm, what does the gain still do?",
    hint: "Histograms, from −2 to 2, of what eight layers of 64 units put out. Size: root mean square.",
    reset: start,
  });
  const rows = Array.from({ length: LAYERS }, (_, i) => {
    const bars = svg("path", { class: "cv-class-0" });
    const spread = svg("text", { x: COLUMN + 50, y: 20 });
    const back = svg("text", { x: COLUMN + 130, y: 20 });
    const row = svg("g", { transform: `translate(0 ${18 + i * ROW})` },
      svg("text", { x: 4, y: 20 }, String(i + 1)), bars, spread, back);
    return { row, bars, spread, back };
  });
  const drawing = svg("svg", {
    viewBox: `0 0 ${COLUMN + 200} ${LAYERS * ROW + 24}`, class: "cv-plane", role: "img",
    "aria-label": "Histograms of the outputs of eight layers, with their sizes",
  },
    svg("text", { x: 30 + COLUMN / 2, y: 12, "text-anchor": "middle" }, "outputs"), svg("text", { x: COLUMN + 50, y: 12 }, "size"),
    svg("text", { x: COLUMN + 130, y: 12 }, "gradient"), ...rows.map(({ row }) => row));
  stage.append(drawing);

  const gains = slider({
    label: "Gain", min: 0, max: GAINS.length - 1, value: 0,
    show: (i) => `${GAINS[i]} / √n`,
    changed: (i) => { gain = GAINS[i]; draw(); },
  });
  const activations = choice({
    label: "Activation", options: { tanh: "tanh", relu: "ReLU", linear: "none" }, value: "tanh",
    changed: (value) => { activation = value; draw(); },
  });
  const norms = choice({
    label: "Batch norm", options: { no: "no", yes: "yes" }, value: "no",
    changed: (value) => { norm = value === "yes"; draw(); },
  });
  controls.append(gains.node, activations.node, norms.node);

  function start() {
    [gain, activation, norm] = [0.4, "tanh", false];
    gains.put(GAINS.indexOf(gain));
    activations.put(activation);
    norms.put("no");
    draw();
  }

  function draw() {
    const scale = gain / Math.sqrt(UNITS);
    const seen = outputs(x, weights, scale, activation, norm);
    const back = gradients(x, weights, scale, activation, norm, dy);
    seen.forEach((layer, i) => {
      const counts = histogram(layer.flat(), -2, 2, BINS);
      const most = Math.max(...counts);
      const width = COLUMN / BINS;
      rows[i].bars.setAttribute("d", counts.map((count, bin) => {
        const height = ((ROW - 6) * count) / most;
        return `M${30 + bin * width} ${ROW - 2} v${-height} h${width} v${height}Z`;
      }).join(""));
      rows[i].spread.textContent = size(rms(layer));
      rows[i].back.textContent = size(rms(back[i]));
    });
    const [first, last] = [rms(seen[0]), rms(seen.at(-1))];
    const flat = seen.at(-1).flat();
    const stuck = flat.filter((value) => Math.abs(value) > 0.97).length / flat.length;
    const zero = flat.filter((value) => value === 0).length / flat.length;
    say(
      `From layer 1 to layer 8 the size goes from ${size(first)} to ${size(last)}: ${fate(first, last)}`,
      (activation === "tanh" ? `Saturated, beyond ±0.97: ${Math.round(100 * stuck)}%. ` : "") +
      (activation === "relu" ? `Zeros: ${Math.round(100 * zero)}%. ` : "") +
      `A gradient of size 1 at the top has size ${size(rms(back[0]))} at the bottom.`,
    );
  }
  const fate = (first, last) => {
    if (last < first / 10) return "the outputs vanish.";
    if (last > 10 * first) return "the outputs explode.";
    return Math.abs(last / first - 1) < 0.2 ? "it is kept." : "it is kept, more or less.";
  };
  start();
}
