// k nearest neighbours on a lattice: whole numbers, so that equal distances are equal.

export const WIDTH = 40;
export const HEIGHT = 30;

/** [x, y, label]. Points 8 and 19 carry wrong labels. */
export const POINTS = [
  [6, 7, 0], [9, 12, 0], [4, 14, 0], [13, 6, 0], [11, 17, 0], [7, 20, 0], [16, 12, 0], [3, 4, 0],
  [10, 9, 1],
  [29, 5, 1], [33, 9, 1], [25, 8, 1], [36, 4, 1], [30, 13, 1], [36, 14, 1], [24, 13, 1],
  [20, 24, 2], [16, 27, 2], [25, 26, 2], [29, 9, 2],
  [21, 19, 2], [28, 22, 2], [33, 25, 2], [14, 22, 2],
];

/** |dx| + |dy| for p = 1; for p = 2 the square of the length, whose order is the same. */
export function distance([x, y], [u, v], p) {
  return p === 1 ? Math.abs(x - u) + Math.abs(y - v) : (x - u) ** 2 + (y - v) ** 2;
}

/** The k nearest, nearest first: [{index, distance}]. Equal distances: the lower index is nearer. */
export function nearest(points, query, k, p) {
  return points
    .map((point, index) => ({ index, distance: distance(point, query, p) }))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, k);
}

/** What the k nearest say. Equal votes: the smallest label wins.
 *
 *  -> {neighbours, votes: one count a class, label, tied: several labels have as many votes,
 *      cut: a point that was left out is as near as the last that was taken} */
export function answer(points, query, k, p) {
  const found = nearest(points, query, k + 1, p);
  const neighbours = found.slice(0, k);
  const votes = [0, 0, 0];
  for (const { index } of neighbours) votes[points[index][2]] += 1;
  const most = Math.max(...votes);
  const label = votes.indexOf(most);
  return {
    neighbours,
    votes,
    label,
    tied: votes.indexOf(most, label + 1) >= 0,
    cut: found.length > k && found[k].distance === found[k - 1].distance,
  };
}

/** The answers at the middles of square cells, row by row: [{label, tied}] */
export function map(points, k, p, cell) {
  const cells = [];
  for (let y = cell / 2; y < HEIGHT; y += cell) {
    for (let x = cell / 2; x < WIDTH; x += cell) {
      const { label, tied } = answer(points, [x, y], k, p);
      cells.push({ label, tied });
    }
  }
  return cells;
}

/** How many points the others answer wrongly. */
export function mistakes(points, k, p) {
  return points.filter((point, i) => {
    const others = points.filter((_, j) => j !== i);
    return answer(others, point, k, p).label !== point[2];
  }).length;
}
