// Detections and objects: drag the boxes, choose both thresholds, read precision and recall.
import {
  BOXES, HEIGHT, OBJECTS, SCORES, WIDTH, averagePrecision, curve, iou, match, suppress,
} from "./boxes-core.mjs";
import { KEYS, button, clamp, draggable, html, number, panel, plane, slider, svg } from "./parts.mjs";

const UNIT = 5; // of the drawing, to one of the boxes
const SIDE = 200; // of the chart
const LEAST = 4; // of a box

export function mount(host) {
  let limit, needed, shown;
  let boxes = BOXES;
  const { stage, controls, say } = panel(host, {
    title: "Try it: from boxes to average precision",
    task:
      "Bring the average precision to 1. What is worth most: suppression, box 6 on the third " +
      "object, or box 4 on it? Reset, and try one at a time.",
    hint:
      "Grey: three objects. Frames: six detections, best score first. Drag a frame, or its round " +
      "handle to resize it.",
    keys: KEYS,
    reset: start,
  });
  const { node, at } = plane({
    width: WIDTH * UNIT, height: HEIGHT * UNIT, label: "Picture with three objects and six detections",
  });
  for (const [x1, y1, x2, y2] of OBJECTS) {
    node.append(
      svg("rect", {
        x: x1 * UNIT, y: y1 * UNIT, width: (x2 - x1) * UNIT, height: (y2 - y1) * UNIT,
        class: "cv-object",
      }),
    );
  }
  const frames = SCORES.map((_, i) => frame(i));

  const stairs = svg("path", { class: "cv-line" });
  const under = svg("path", { class: "cv-ground cv-class-0" });
  const dots = svg("g", {});
  const chart = svg(
    "svg",
    {
      viewBox: `-34 -12 ${SIDE + 50} ${SIDE + 48}`, class: "cv-chart", role: "img",
      "aria-label": "Precision over recall; the shaded area is the average precision",
    },
    svg("path", { d: `M0 0 V${SIDE} H${SIDE}`, class: "cv-line" }),
    svg("text", { x: SIDE / 2, y: SIDE + 30, class: "cv-number" }, "recall"),
    svg("text", { x: 0, y: 0, class: "cv-number", transform: `translate(-22 ${SIDE / 2}) rotate(-90)` },
      "precision"),
    ...[0, 1].flatMap((value) => [
      svg("text", { x: value * SIDE, y: SIDE + 12, class: "cv-number" }, String(value)),
      svg("text", { x: -10, y: (1 - value) * SIDE, class: "cv-number" }, String(value)),
    ]),
    under, stairs, dots,
  );
  const rows = html("tbody");
  const head = ["", "score", "IoU", ""].map((name) =>
    name ? html("th", { scope: "col" }, name) : html("td"));
  const table = html("table", { class: "cv-table" }, html("thead", {}, html("tr", {}, ...head)), rows);
  stage.append(node);
  controls.after(html("div", { class: "cv-grids" }, chart, table));

  const threshold = (label, changed) =>
    slider({ label, min: 0.05, max: 1, step: 0.05, value: 0.5, changed, show: (v) => number(v) });
  const sliders = [
    threshold("NMS above IoU", (value) => { limit = value; shown = Infinity; draw(); }),
    threshold("Right from IoU", (value) => { needed = value; draw(); }),
  ];
  const go = (to) => { shown = to(); draw(); };
  const back = button("Back", () => go(() => Math.min(shown, suppress(boxes, limit).length) - 1));
  const next = button("Next best box", () => go(() => shown + 1));
  const all = button("To the end", () => go(() => Infinity));
  const steppers = html("div", { class: "cv-buttons" }, back, next, all);
  controls.append(...sliders.map((s) => s.node), steppers);

  function start() {
    boxes = BOXES.map((box) => [...box]);
    [limit, needed, shown] = [1, 0.5, Infinity];
    sliders[0].put(limit);
    sliders[1].put(needed);
    draw();
  }

  /** The frame of a detection, to move, with a handle at its lower right corner, to resize. */
  function frame(i) {
    const rect = svg("rect", { class: "cv-frame" });
    const body = svg("g", {}, rect, svg("rect", { class: "cv-grip" }));
    const rank = svg("text", { class: "cv-rank" }, String(i + 1));
    const corner = svg("g", {}, svg("circle", { r: 13, class: "cv-grip" }), svg("circle", { r: 5 }));
    node.append(body, rank, corner);
    const whole = (value) => Math.round(value / UNIT);
    const keys = { at, step: UNIT, big: 5 * UNIT };
    const told = [
      draggable(body, {
        ...keys, label: `Detection ${i + 1}`,
        place: () => [boxes[i][0] * UNIT, boxes[i][1] * UNIT],
        move: (to) => {
          const [x1, y1, x2, y2] = boxes[i];
          const left = clamp(whole(to[0]), 0, WIDTH - (x2 - x1));
          const top = clamp(whole(to[1]), 0, HEIGHT - (y2 - y1));
          boxes[i] = [left, top, left + x2 - x1, top + y2 - y1];
          draw();
        },
        text: () => `from ${boxes[i].slice(0, 2).join(", ")} to ${boxes[i].slice(2).join(", ")}`,
      }),
      draggable(corner, {
        ...keys, label: `Lower right corner of detection ${i + 1}`,
        place: () => [boxes[i][2] * UNIT, boxes[i][3] * UNIT],
        move: (to) => {
          boxes[i][2] = clamp(whole(to[0]), boxes[i][0] + LEAST, WIDTH);
          boxes[i][3] = clamp(whole(to[1]), boxes[i][1] + LEAST, HEIGHT);
          draw();
        },
        text: () => `at ${boxes[i].slice(2).join(", ")}`,
      }),
    ];
    return (state) => {
      const [x1, y1, x2, y2] = boxes[i].map((value) => value * UNIT);
      for (const part of body.children) {
        for (const [name, value] of Object.entries({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 })) {
          part.setAttribute(name, value);
        }
      }
      rect.setAttribute("class", `cv-frame cv-${state}`);
      rank.setAttribute("x", x1 + 4);
      rank.setAttribute("y", y1 + 15);
      corner.setAttribute("transform", `translate(${x2} ${y2})`);
      corner.lastChild.setAttribute("class", `cv-knob cv-${state}`);
      told.forEach((tell) => tell());
    };
  }

  function draw() {
    const film = suppress(boxes, limit);
    shown = clamp(shown, 1, film.length);
    const steps = film.slice(0, shown);
    if (shown === film.length) shown = Infinity; // a step more may come: the end stays the end
    const by = new Map(steps.flatMap(({ best, removed }) => removed.map((i) => [i, best])));
    const kept = boxes.map((_, i) => i).filter((i) => !by.has(i));
    const matches = match(kept.map((i) => boxes[i]), OBJECTS, needed);
    const right = matches.map((found) => found.right);
    rows.replaceChildren(
      ...boxes.map((box, i) => {
        const found = matches[kept.indexOf(i)];
        const state = !found ? "gone" : found.right ? "right" : "wrong";
        frames[i](state);
        const best = found ? found.iou : Math.max(...OBJECTS.map((object) => iou(box, object)));
        const words = !found
          ? `removed by ${by.get(i) + 1}: IoU ${number(iou(box, boxes[by.get(i)]))}`
          : found.right ? "✓ right" : found.again ? "✗ found before" : "✗ too far off";
        const cells = [number(SCORES[i]), number(best), words].map((text) => html("td", {}, text));
        return html("tr", {}, html("th", { scope: "row" }, String(i + 1)), ...cells);
      }),
    );
    const points = curve(right, OBJECTS.length);
    const px = ({ recall }, height) => `${recall * SIDE} ${(1 - height) * SIDE}`;
    stairs.setAttribute(
      "d", points.map((point, i) => `${i ? "L" : "M"}${px(point, point.precision)}`).join(""),
    );
    let [area, from] = ["", 0];
    for (const { recall, envelope } of points) {
      const height = envelope * SIDE;
      area += `M${from * SIDE} ${SIDE} v${-height} H${recall * SIDE} v${height} Z`;
      from = recall;
    }
    under.setAttribute("d", area);
    dots.replaceChildren(
      ...points.map((point) => svg("circle", {
        cx: point.recall * SIDE, cy: (1 - point.precision) * SIDE, r: 4, class: "cv-ink",
      })),
    );
    steppers.hidden = limit === 1; // nothing is suppressed
    back.disabled = steps.length === 1;
    next.disabled = all.disabled = steps.length === film.length;
    const hits = right.filter(Boolean).length;
    say(
      `Average precision ${number(averagePrecision(right, OBJECTS.length), 3)}.`,
      `${kept.length} detections are left, ${hits} of them right: precision ` +
      `${number(hits / kept.length)}, recall ${number(hits / OBJECTS.length)}. ` +
      (limit === 1 ? "Nothing is removed." : last(steps.at(-1))),
    );
  }

  const last = ({ best, removed }) =>
    `Suppression, last step: ${best + 1} is kept` +
    (removed.length ? `, ${removed.map((i) => i + 1).join(" and ")} removed.` : ".");
  start();
}
