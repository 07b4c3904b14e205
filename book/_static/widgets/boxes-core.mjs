// Detections of one class in one picture: overlap, suppression, matching, average precision.
// A box is [x1, y1, x2, y2]; lists of boxes begin with the best score.

/** Area of the intersection over area of the union; 0 for boxes without area. */
export function iou(a, b) {
  const width = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const height = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const area = (box) => (box[2] - box[0]) * (box[3] - box[1]);
  const union = area(a) + area(b) - width * height;
  return union > 0 ? (width * height) / union : 0;
}

/** Keep the best box, remove those whose IoU with it is above the threshold, go on with the rest.
 *
 *  -> a list of steps, {best, removed}, by the boxes' places */
export function suppress(boxes, threshold) {
  const steps = [];
  let left = boxes.map((_, i) => i);
  while (left.length) {
    const [best, ...rest] = left;
    const removed = rest.filter((i) => iou(boxes[best], boxes[i]) > threshold);
    steps.push({ best, removed });
    left = rest.filter((i) => !removed.includes(i));
  }
  return steps;
}

/** For each box the object of largest IoU (the first of equals), and whether it is found by it.
 *
 *  -> [{iou, object, again: found before by a better box, right}] */
export function match(boxes, objects, threshold) {
  const taken = new Set();
  return boxes.map((box) => {
    const all = objects.map((object) => iou(box, object));
    const object = all.indexOf(Math.max(...all));
    const close = all[object] >= threshold;
    const again = close && taken.has(object);
    if (close) taken.add(object);
    return { iou: all[object], object, again, right: close && !again };
  });
}

/** After each of the list: {precision, recall, envelope: the best precision from this recall on} */
export function curve(right, objects) {
  let found = 0;
  const points = right.map((hit, i) => {
    found += hit;
    return { precision: found / (i + 1), recall: found / objects };
  });
  let best = 0;
  for (const point of points.toReversed()) point.envelope = best = Math.max(best, point.precision);
  return points;
}

/** The area under the envelope. */
export function averagePrecision(right, objects) {
  let [area, recall] = [0, 0];
  for (const point of curve(right, objects)) {
    area += (point.recall - recall) * point.envelope;
    recall = point.recall;
  }
  return area;
}

export const WIDTH = 80;
export const HEIGHT = 60;
export const OBJECTS = [[8, 8, 28, 32], [34, 22, 50, 52], [58, 8, 74, 26]];
export const SCORES = [0.95, 0.9, 0.8, 0.65, 0.5, 0.4];
/** Two on the first object, two on the second, one on nothing, one too far off the third. */
export const BOXES = [
  [10, 9, 29, 33], [6, 11, 26, 35], [35, 24, 52, 52], [54, 38, 70, 54], [33, 19, 49, 46],
  [61, 14, 77, 32],
];
