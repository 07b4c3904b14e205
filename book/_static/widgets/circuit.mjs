// A computational graph: guess what goes back along an arrow, and see; set the inputs.
import { CIRCUITS, backward, forward } from "./circuit-core.mjs";
import { button, choice, html, number as digits, panel, slider, svg, unique } from "./parts.mjs";

const START = { x: -2, y: 5, z: -4 };
const FORMULAS = { product: "(x + y) · z", paths: "x · y + max(x, z)", unit: "tanh(x · y + z)" };
const WHY = {
  "+": "An addition passes the upstream gradient on",
  "×": "A multiplication multiplies it by the value of the other input",
  max: "A maximum sends it to the larger input",
  tanh: "A tanh multiplies it by 1 − tanh²",
};

/** To two digits, a whole number to none. */
const number = (value) => digits(value, Number.isInteger(value) ? 0 : 2);

export function mount(host) {
  let circuit, inputs, done;
  let guesses = []; // of each step: {to, text, right}, or null where none was made
  const { stage, controls, say } = panel(host, {
    title: "Try it: step back through a graph",
    task:
      "The marked gate has received a gradient. Type what you think it sends back, then step. " +
      "When all guesses are right, take the second graph: what reaches x by its two paths?",
    hint: "Values stand above the arrows; gradients, with a ∂, appear below them.",
    reset: start,
  });
  const drawing = svg("svg", {
    viewBox: "0 0 400 270", class: "cv-plane", role: "img",
    "aria-label": "Computational graph with the values and gradients that the text below names",
  });
  stage.append(drawing);

  const circuits = choice({
    label: "f =", options: FORMULAS, value: "product",
    changed: (value) => { circuit = value; again(); },
  });
  const sliders = Object.keys(START).map((name) =>
    slider({
      label: name, min: -5, max: 5, step: 0.5, value: START[name], show: (value) => digits(value, 1),
      changed: (value) => { inputs[name] = value; again(); },
    }),
  );
  const back = button("Undo", () => { done -= 1; guesses.pop(); draw(); });
  const next = button("Step back", step);
  const id = unique("guess");
  const asked = html("label", { for: id });
  const typed = html("input", {
    id, class: "cv-typed", size: 5, inputmode: "text", autocomplete: "off",
    onkeydown: (event) => { if (event.key === "Enter" && !next.disabled) step(); },
  });
  controls.append(
    html("div", { class: "cv-buttons" }, asked, typed, next, back),
    circuits.node, ...sliders.map((s) => s.node),
  );

  function start() {
    [circuit, inputs] = ["product", { ...START }];
    circuits.put(circuit);
    Object.values(START).forEach((value, i) => sliders[i].put(value));
    again();
  }

  function again() {
    [done, guesses] = [0, []];
    draw();
  }

  /** What goes to the first input of the next gate is what is guessed. */
  function step() {
    const graph = CIRCUITS[circuit];
    const { to, sent } = backward(graph, forward(graph, inputs)).messages[done].parts[0];
    guesses.push(judged(typed.value, to, sent));
    done += 1;
    draw();
  }

  function draw() {
    const graph = CIRCUITS[circuit];
    const values = forward(graph, inputs);
    const { gradients, messages } = backward(graph, values);
    const seen = messages.slice(0, done);
    const turn = messages[done]?.by;
    drawing.replaceChildren(
      ...graph.flatMap((node) => (node.op ? node.from.map((name, i) => arrow(graph, node, name, i)) : [])),
      ...graph.map((node) => shape(node)),
      ...leave(graph.at(-1)),
    );
    back.disabled = done === 0;
    next.disabled = typed.disabled = done === messages.length;
    typed.value = "";
    asked.textContent = turn ? `Your guess for ${messages[done].parts[0].to}:` : "No gate is left:";
    say(...describe());

    function arrow(graph, to, name, i) {
      const [x1, y1] = graph.find((node) => node.name === name).at;
      const [x2, y2] = to.at;
      const sent = seen.find(({ by }) => by === to.name)?.parts[i].sent;
      const [x, y] = [x1 + 0.52 * (x2 - x1), y1 + 0.52 * (y2 - y1)];
      return svg("g", {},
        svg("path", { d: `M${x1} ${y1} L${x2} ${y2}`, class: "cv-line" }),
        ...both(x, y, values[name], sent));
    }

    function both(x, y, value, gradient) {
      const above = svg("text", { x, y: y - 13, class: "cv-number cv-halo" }, number(value));
      if (gradient === undefined) return [above];
      const text = `∂ ${number(gradient)}`;
      return [above, svg("text", { x, y: y + 14, class: "cv-number cv-halo cv-gradient" }, text)];
    }

    function shape({ name, op, at: [x, y] }) {
      const active = name === turn ? "cv-turn" : "";
      const outline = op
        ? svg("circle", { cx: x, cy: y, r: 20, class: `cv-node ${active}` })
        : svg("rect", { x: x - 17, y: y - 17, width: 34, height: 34, class: "cv-node" });
      const label = svg("text", { x, y, class: "cv-number" }, op ?? name);
      const called = svg("text", { x, y: y - 32, class: "cv-number cv-halo cv-name" }, name);
      const parts = seen.flatMap((message) => message.parts).filter(({ to }) => to === name);
      const total = parts.map(({ sent }) => number(sent)).join(" + ").replaceAll("+ −", "− ");
      const sum = parts.length > 1 ? `${total} = ${number(gradients[name])}` : total;
      if (op) return svg("g", {}, outline, label, called);
      if (!parts.length) return svg("g", {}, outline, label);
      return svg("g", {}, outline, label,
        svg("text", { x: x - 38, y: y + 30, class: "cv-gradient" }, `∂${name} = ${sum}`));
    }

    function leave({ name, at: [x, y] }) {
      return [
        svg("path", { d: `M${x + 20} ${y} h65 m-8 -5 l8 5 l-8 5`, class: "cv-line" }),
        ...both(x + 55, y, values[name], 1),
      ];
    }

    function describe() {
      const f = `f = ${FORMULAS[circuit]} = ${number(values.f)}.`;
      const at = (name) => graph.find((node) => node.name === name).op;
      const last = seen.at(-1);
      const told = last
        ? `${WHY[at(last.by)]}: ` +
          last.parts.map(({ to, local, sent }) =>
            `${number(last.upstream)} · ${number(local)} = ${number(sent)} goes to ${to}`).join(", ") + ". "
        : "";
      if (!turn) {
        const all = Object.keys(START).map((name) => `${name} ${number(gradients[name])}`).join(", ");
        return [`All gradients: ${all}.`, `${score()}${told}${f}`];
      }
      const { to } = messages[done].parts[0];
      const question =
        `The gate ${at(turn)} has received ${number(gradients[turn])}: what goes to ${to}?`;
      return done ? [`${score()}${question}`, `${told}${f}`] : [question, f];
    }

    function score() {
      const made = guesses.filter(Boolean);
      const last = guesses.at(-1);
      if (!last) return "";
      const right = made.filter((guess) => guess.right).length;
      return `Your ${last.text} for ${last.to} is ${last.right ? "right" : "wrong"}, ` +
        `${right} of ${made.length} so far. `;
    }
  }
  start();
}

/** A guess beside what was sent, both to two digits; null where no number was typed. */
function judged(text, to, sent) {
  const guess = Number(text.trim().replace("−", "-").replace(",", "."));
  if (!text.trim() || Number.isNaN(guess)) return null;
  return { to, text: number(guess), right: Math.abs(guess - sent) < 0.0051 };
}
