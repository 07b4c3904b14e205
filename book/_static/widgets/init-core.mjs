// A random network of fully connected layers: what comes out of each, and what comes back.

/** Numbers from 0 to 1 from a seed [mulberry32]. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** rows × columns standard normal numbers [Box & Muller]. */
export function normal(rows, columns, seed) {
  const next = random(seed);
  const one = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return Array.from({ length: rows }, () => Array.from({ length: columns }, one));
}

const ACTIVATIONS = {
  tanh: { value: Math.tanh, slope: (a) => 1 - Math.tanh(a) ** 2 },
  relu: { value: (a) => Math.max(0, a), slope: (a) => Number(a > 0) },
  linear: { value: (a) => a, slope: () => 1 },
};

export const rms = (x) => Math.sqrt(x.flat().reduce((sum, v) => sum + v * v, 0) / x.flat().length);

/** x: (N, D) times the transpose of weight: (D, D), times scale -> (N, D) */
function times(x, weight, scale) {
  return x.map((row) =>
    weight.map((w) => scale * w.reduce((sum, value, d) => sum + value * row[d], 0)));
}

/** Each column with mean 0 and variance 1. */
function normalised(x) {
  const n = x.length;
  const mean = x[0].map((_, d) => x.reduce((sum, row) => sum + row[d], 0) / n);
  const spread = mean.map((m, d) =>
    Math.sqrt(x.reduce((sum, row) => sum + (row[d] - m) ** 2, 0) / n + 1e-5));
  return x.map((row) => row.map((value, d) => (value - mean[d]) / spread[d]));
}

/** The outputs of every layer. weights: one (D, D) for each, which `scale` multiplies. */
export function outputs(x, weights, scale, activation, norm) {
  const { value } = ACTIVATIONS[activation];
  const found = [];
  for (const weight of weights) {
    const a = times(x, weight, scale);
    x = (norm ? normalised(a) : a).map((row) => row.map(value));
    found.push(x);
  }
  return found;
}

/** The gradient below every layer when `dy` arrives at the top; without normalisation. */
export function gradients(x, weights, scale, activation, dy) {
  const { value, slope } = ACTIVATIONS[activation];
  const slopes = [];
  for (const weight of weights) {
    const a = times(x, weight, scale);
    slopes.push(a.map((row) => row.map(slope)));
    x = a.map((row) => row.map(value));
  }
  const found = [];
  for (let i = weights.length - 1; i >= 0; i--) {
    const da = dy.map((row, n) => row.map((d, k) => d * slopes[i][n][k]));
    const turned = weights[i].map((_, d) => weights[i].map((row) => row[d]));
    dy = times(da, turned, scale);
    found.unshift(dy);
  }
  return found;
}

/** How many values lie in each of `bins` equal parts from low to high; the outermost take the rest. */
export function histogram(values, low, high, bins) {
  const counts = Array(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    counts[Math.min(bins - 1, Math.max(0, bin))] += 1;
  }
  return counts;
}
