// Receptive fields: stack layers, drag the unit at the top, and see on what it depends.
import { below, cone, fields, places, sizes } from "./field-core.mjs";
import { KEYS, button, clamp, draggable, html, panel, plane, svg, unique } from "./parts.mjs";

const PIXELS = 33;
const UNIT = 12; // of the drawing, to one pixel
const ROW = 44;
const MOST = 5; // layers
const KINDS = {
  "3": { kernel: 3, stride: 1, dilation: 1 },
  "3, stride 2": { kernel: 3, stride: 2, dilation: 1 },
  "3, dilation 2": { kernel: 3, stride: 1, dilation: 2 },
  "3, dilation 4": { kernel: 3, stride: 1, dilation: 4 },
  "2, stride 2": { kernel: 2, stride: 2, dilation: 1 },
};
const START = ["3", "3, stride 2", "3"];

export function mount(host) {
  let names = START;
  let unit = 0;
  const { stage, controls, say } = panel(host, {
    title: "Try it: stack layers, and see what a unit sees",
    task:
      "Five layers of width 3 see 11 pixels. Make the ringed unit see all 33 with five layers and " +
      "without a hole. Does a stride help more at the bottom or at the top?",
    hint: "Filled: what the ringed unit depends on. Drag it along its row.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: PIXELS * UNIT + 8, height: MOST * ROW + 40, label: "Rows of units over a row of pixels",
  });
  const links = svg("path", { class: "cv-faint" });
  const lit = svg("path", { class: "cv-trail" });
  const dots = svg("g", {});
  const ring = svg("g", {}, svg("circle", { r: 14, class: "cv-grip" }),
    svg("circle", { r: 8, class: "cv-ring" }));
  node.append(links, lit, dots, ring);
  stage.append(node);

  const layers = () => names.map((name) => KINDS[name]);
  const top = () => places(PIXELS, layers()).at(-1);
  const px = (place) => place * UNIT + UNIT / 2 + 4;
  const py = (row) => MOST * ROW + 20 - row * ROW;
  const step = () => (fields(layers()).at(-1)?.step ?? 1) * UNIT;
  const told = draggable(ring, {
    at, label: "Unit at the top", step: 1, big: 5,
    // In units of the row, so that an arrow is one of them.
    place: () => [unit, 0],
    move: ([to]) => {
      unit = clamp(Math.round(to), 0, top().length - 1);
      draw();
    },
    text: () => `unit ${unit + 1} of ${top().length}`,
    scale: () => 1 / step(),
  });

  const adding = unique("adding");
  const adders = Object.keys(KINDS).map((name) =>
    button(name, () => { names = [...names, name]; centre(); draw(); }));
  const remove = button("Remove the top", () => { names = names.slice(0, -1); centre(); draw(); });
  controls.append(html("div", { class: "cv-buttons", role: "group", "aria-labelledby": adding },
    html("span", { id: adding }, "Add a layer of width"), ...adders, remove));

  const centre = () => { unit = Math.floor((top().length - 1) / 2); };

  function start() {
    names = START;
    centre();
    draw();
  }

  function draw() {
    const all = places(PIXELS, layers());
    const seen = cone(unit, layers());
    let [dim, bright] = ["", ""];
    const circles = all.flatMap((row, level) =>
      row.map((place, i) => {
        const on = seen[level].includes(i);
        if (level) {
          for (const j of below(i, layers()[level - 1])) {
            const line = `M${px(place)} ${py(level)} L${px(all[level - 1][j])} ${py(level - 1)}`;
            if (on) bright += line;
            else dim += line;
          }
        }
        const shape = { cx: px(place), cy: py(level), r: level ? 5 : 4.5 };
        return svg("circle", { ...shape, class: on ? "cv-class-0 cv-point" : "cv-node" });
      }));
    links.setAttribute("d", dim);
    lit.setAttribute("d", bright);
    dots.replaceChildren(...circles);
    ring.setAttribute("transform", `translate(${px(all.at(-1)[unit])} ${py(names.length)})`);
    told();
    Object.keys(KINDS).forEach((name, i) => {
      const full = names.length === MOST;
      adders[i].disabled = full || sizes(PIXELS, [...layers(), KINDS[name]]).at(-1) === 0;
    });
    remove.disabled = names.length === 1;
    say(...describe(seen[0]));
  }

  function describe(pixels) {
    const found = fields(layers());
    const { field, step: apart } = found.at(-1);
    const gaps = field - pixels.length;
    const seen = pixels.length === PIXELS ? "all" : `${pixels.length} of the`;
    return [
      `The ringed unit sees ${seen} ${PIXELS} pixels.`,
      `They lie from ${pixels[0] + 1} to ${pixels.at(-1) + 1}, ` +
        (gaps ? `with ${gaps} in holes between. ` : "without a hole. ") +
        `Layers, from the pixels up: ${names.join("; ")}. ` +
        `Receptive fields: ${found.map((layer) => layer.field).join(", ")}. ` +
        `Neighbours at the top are ${apart} ${apart === 1 ? "pixel" : "pixels"} apart.`,
    ];
  }
  start();
}
