// One filter on one map: sizes, windows, products. Squares only; a kernel is not flipped.

/** How many windows fit along an axis of n, and how many pixels the last one leaves over. */
export function size(n, f, { stride, padding, dilation }) {
  const steps = n + 2 * padding - dilation * (f - 1) - 1;
  if (steps < 0) return { out: 0, left: n + 2 * padding };
  return { out: Math.floor(steps / stride) + 1, left: steps % stride };
}

/** The pixels below the kernel's entries at a place of the output, row by row: [row, column], which
 *  lie outside of the map where it is padded. */
export function windowAt([row, column], f, { stride, padding, dilation }) {
  const pixels = [];
  for (let i = 0; i < f; i++) {
    for (let j = 0; j < f; j++) {
      pixels.push([
        row * stride - padding + i * dilation,
        column * stride - padding + j * dilation,
      ]);
    }
  }
  return pixels;
}

/** The products at a place: [[weight, pixel], …]; what is outside counts as 0. */
export function terms(x, kernel, place, options) {
  const weights = kernel.flat();
  return windowAt(place, kernel.length, options).map(([row, column], i) => [
    weights[i],
    x[row]?.[column] ?? 0,
  ]);
}

/** The whole output. */
export function conv(x, kernel, options) {
  const { out } = size(x.length, kernel.length, options);
  return Array.from({ length: out }, (_, row) =>
    Array.from({ length: out }, (_, column) =>
      terms(x, kernel, [row, column], options).reduce((sum, [w, pixel]) => sum + w * pixel, 0),
    ),
  );
}

/** How many windows each pixel lies in. */
export function visits(n, f, options) {
  const counts = Array.from({ length: n }, () => Array(n).fill(0));
  const { out } = size(n, f, options);
  for (let row = 0; row < out; row++) {
    for (let column = 0; column < out; column++) {
      for (const [i, j] of windowAt([row, column], f, options)) {
        if (counts[i]?.[j] !== undefined) counts[i][j] += 1;
      }
    }
  }
  return counts;
}

export const KERNELS = {
  vertical: [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
  horizontal: [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
  sum: [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
};

/** A bar, bright on dark: 7 × 7. */
export const INPUT = Array.from({ length: 7 }, (_, row) =>
  Array.from({ length: 7 }, (_, column) => Number(row > 0 && column > 1 && column < 5)),
);
