// A convolution, place by place: paint the input and the kernel, choose stride, padding, dilation.
import { INPUT, KERNELS, conv, size, terms, visits, windowAt } from "./conv-core.mjs";
import { button, choice, clamp, html, number, panel, slider, svg } from "./parts.mjs";

const N = INPUT.length;
const F = 3;
const ROOM = 2; // around the input, for the padding
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function mount(host) {
  let x, kernel, options, cursors;
  const { stage, controls, say } = panel(host, {
    title: "Try it: a filter, place by place",
    task:
      "Press “Next” along a row: where is the output 0 although everything below the kernel is " +
      "bright? Then raise the stride until pixels get crossed out: which are never looked at?",
    hint: "Click pixels and weights to change them, or a place of the output to see its sum.",
    keys: "Keyboard: Tab to a grid, then arrows; the space bar changes a number.",
    reset: start,
  });

  const input = grid({
    name: "input", label: "Input, 7 by 7 pixels", cells: N, room: ROOM, size: 26,
    value: ([row, column]) => x[row][column],
    change: ([row, column]) => { x[row][column] = 1 - x[row][column]; },
  });
  const weights = grid({
    name: "kernel", label: "Kernel, 3 by 3 weights", cells: F, room: 0, size: 36,
    value: ([row, column]) => kernel[row][column],
    change: ([row, column]) => {
      kernel[row][column] = kernel[row][column] === 2 ? -2 : kernel[row][column] + 1;
      presets.put(null);
    },
  });
  const output = grid({
    name: "output", label: "Output", cells: N + 2 * ROOM - F + 1, room: 0, size: 22,
    value: ([row, column]) => conv(x, kernel, options)[row][column],
    change: () => {},
  });
  stage.classList.add("cv-grids");
  stage.append(
    input.node,
    html("div", { class: "cv-grids cv-beside" }, weights.node, output.node),
  );

  const step = (by) => {
    const { out } = size(N, F, options);
    const next = clamp(place()[0] * out + place()[1] + by, 0, out * out - 1);
    cursors.output = [Math.floor(next / out), next % out];
    draw();
  };
  const setting = (name, min, max) =>
    slider({
      label: name, min, max, value: min,
      changed: (value) => {
        options[name.toLowerCase()] = value;
        draw();
      },
    });
  const sliders = [setting("Stride", 1, 3), setting("Padding", 0, 2), setting("Dilation", 1, 3)];
  const presets = choice({
    label: "Kernel",
    options: { vertical: "vertical edges", horizontal: "horizontal edges", sum: "sum" },
    value: "vertical",
    changed: (key) => {
      kernel = KERNELS[key].map((row) => [...row]);
      draw();
    },
  });
  const back = button("Back", () => step(-1));
  const next = button("Next", () => step(1));
  const last = button("To the end", () => step(Infinity));
  controls.append(html("div", { class: "cv-buttons" }, back, next, last));
  controls.append(...sliders.map(({ node }) => node), presets.node);

  function start() {
    x = INPUT.map((row) => [...row]);
    kernel = KERNELS.vertical.map((row) => [...row]);
    options = { stride: 1, padding: 0, dilation: 1 };
    cursors = { input: [3, 3], kernel: [1, 1], output: [1, 2] };
    [1, 0, 1].forEach((value, i) => sliders[i].put(value));
    presets.put("vertical");
    draw();
  }

  /** Where in the output we are: a smaller output may have made it go back. */
  function place() {
    const { out } = size(N, F, options);
    return cursors.output.map((value) => clamp(value, 0, out - 1));
  }

  function draw() {
    const y = conv(x, kernel, options);
    const here = place();
    cursors.output = here;
    const below = windowAt(here, F, options);
    const seen = visits(N, F, options);
    const lies = (pixel) => below.some(([row, column]) => row === pixel[0] && column === pixel[1]);
    input.show(-options.padding, N + options.padding);
    weights.show(0, F);
    output.show(0, Math.max(y.length, 5));
    input.draw(([row, column]) => {
      const outside = Math.min(row, column) < 0 || Math.max(row, column) >= N;
      const away = Math.min(row, column) < -options.padding;
      if (away || Math.max(row, column) >= N + options.padding) return null;
      return {
        text: outside ? "0" : String(x[row][column]),
        kind: outside ? "cv-padding" : x[row][column] ? "cv-bright" : "",
        framed: lies([row, column]),
        crossed: !outside && !seen[row][column],
      };
    });
    weights.draw(([row, column]) => ({ text: number(kernel[row][column], 0), kind: "" }));
    const until = here[0] * y.length + here[1];
    output.draw(([row, column]) => {
      if (Math.max(row, column) >= y.length) return null;
      const value = y[row][column];
      return {
        text: row * y.length + column > until ? "" : number(value, 0),
        kind: row * y.length + column > until || !value ? "" : value > 0 ? "cv-plus" : "cv-minus",
        framed: row === here[0] && column === here[1],
      };
    });
    back.disabled = until === 0;
    next.disabled = last.disabled = until === y.length ** 2 - 1;
    say(...describe(y, here, seen.flat().filter((count) => !count).length));
  }

  function describe(y, here, unseen) {
    const products = terms(x, kernel, here, options).filter(([w, pixel]) => w * pixel);
    const sum = products
      .map(([w, pixel], i) => {
        const sign = i ? (w < 0 ? " − " : " + ") : w < 0 ? "−" : "";
        return `${sign}${Math.abs(w)}·${pixel}`;
      })
      .join("");
    const zeros = F * F - products.length;
    const { stride, padding, dilation } = options;
    const span = dilation * (F - 1) + 1;
    const { left } = size(N, F, options);
    return [
      `Row ${here[0] + 1}, column ${here[1] + 1}: ` +
        (sum ? `${sum} = ${number(y[here[0]][here[1]], 0)}.` : "0."),
      (zeros ? `${zeros} of the ${F * F} products are 0. ` : "") +
        `(${N} + 2·${padding} − ${span}) / ${stride} + 1 ` +
        (left ? `rounded down is ${y.length}: ` : `= ${y.length}: `) +
        `the output has ${y.length} × ${y.length} places. ` +
        (unseen ? `${unseen} pixels, crossed out, are in no window.` : "Every pixel is in a window."),
    ];
  }

  /** Squares with numbers, one of which has the cursor.
   *
   *  draw(look): look([row, column]) is null for no square, or {text, kind, framed, crossed}. */
  function grid({ name, label, cells, room, size: side, value, change }) {
    const squares = [];
    const cursor = svg("rect", { width: side, height: side, class: "cv-cursor" });
    const group = svg("g", {
      tabindex: 0, role: "slider", class: "cv-drag cv-tap", "aria-label": label,
      onclick: (event) => {
        const found = squares.find(({ node }) => node === event.target.closest(".cv-cell"));
        if (found && inside(found.at)) touch(found.at);
      },
      onkeydown: (event) => {
        const move = MOVES[event.key];
        if (!move && event.key !== " ") return;
        event.preventDefault();
        const by = event.shiftKey ? 5 : 1;
        if (move) {
          const most = name === "output" ? size(N, F, options).out : cells;
          cursors[name] = cursors[name].map((at, i) => clamp(at + by * move[i], 0, most - 1));
          draw();
        } else touch(cursors[name]);
      },
    });
    const inside = ([row, column]) => {
      const most = name === "output" ? size(N, F, options).out : cells;
      return Math.min(row, column) >= 0 && Math.max(row, column) < most;
    };
    const touch = (at) => {
      cursors[name] = at;
      change(at);
      draw();
    };
    for (let row = -room; row < cells + room; row++) {
      for (let column = -room; column < cells + room; column++) {
        const [left, top] = [(column + room) * side, (row + room) * side];
        const square = svg("rect", { width: side, height: side });
        const text = svg("text", { x: side / 2, y: side / 2, class: "cv-number" });
        const cross = svg("path", { d: `M3 3 L${side - 3} ${side - 3} M${side - 3} 3 L3 ${side - 3}` });
        const node = svg("g", { transform: `translate(${left} ${top})` }, square, text, cross);
        group.append(node);
        squares.push({ node, at: [row, column], square, text, cross });
      }
    }
    group.append(cursor);
    const drawing = svg("svg", {
      class: `cv-grid cv-${name}`,
      role: "application", "aria-label": label,
    }, group);
    const node = html("div", {}, html("p", { class: "cv-hint" }, label.split(",")[0]), drawing);
    return {
      node,
      /** Show the squares from row and column `from` up to `to`. */
      show: (from, to) => {
        const corner = (from + room) * side - 2;
        const width = (to - from) * side + 4;
        drawing.setAttribute("viewBox", `${corner} ${corner} ${width} ${width}`);
      },
      draw: (look) => {
        for (const { node: cell, at, square, text, cross } of squares) {
          const found = look(at);
          const seen = found ?? { text: "", kind: "" };
          cell.setAttribute("class", found ? "cv-cell" : "cv-none");
          square.setAttribute("class", `${seen.kind} ${seen.framed ? "cv-framed" : ""}`);
          if (text.textContent !== seen.text) text.textContent = seen.text;
          cross.setAttribute("class", seen.crossed ? "cv-line" : "cv-none");
        }
        const [row, column] = cursors[name];
        cursor.setAttribute("transform", `translate(${(column + room) * side} ${(row + room) * side})`);
        group.setAttribute("aria-valuenow", value(cursors[name]));
        group.setAttribute(
          "aria-valuetext",
          `row ${row + 1}, column ${column + 1}: ${number(value(cursors[name]), 0)}`,
        );
      },
    };
  }
  start();
}
