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

/** The mean of f(row, d) over the rows, for each column d. */
const means = (x, f) => x[0].map((_, d) => x.reduce((sum, row, n) => sum + f(row, d, n), 0) / x.length);

/** Each column with mean 0 and variance 1: {y, spread}, by which the columns were divided. */
function normalised(x) {
  const mean = means(x, (row, d) => row[d]);
  const spread = means(x, (row, d) => (row[d] - mean[d]) ** 2).map((v) => Math.sqrt(v + 1e-5));
  return { y: x.map((row) => row.map((value, d) => (value - mean[d]) / spread[d])), spread };
}

/** What a gradient dy becomes below a normalisation. */
function normalisedBackward(dy, { y, spread }) {
  const mean = means(dy, (row, d) => row[d]);
  const along = means(dy, (row, d, n) => row[d] * y[n][d]);
  return dy.map((row, n) => row.map((d, k) => (d - mean[k] - along[k] * y[n][k]) / spread[k]));
}

/** The outputs of every layer. weights: one (D, D) for each, which `scale` multiplies. */
export function outputs(x, weights, scale, activation, norm) {
  const { value } = ACTIVATIONS[activation];
  const found = [];
  for (const weight of weights) {
    const a = times(x, weight, scale);
    x = (norm ? normalised(a).y : a).map((row) => row.map(value));
    found.push(x);
  }
  return found;
}

/** The gradient below every layer when `dy` arrives at the top. */
export function gradients(x, weights, scale, activation, norm, dy) {
  const { value, slope } = ACTIVATIONS[activation];
  const layers = [];
  for (const weight of weights) {
    const sum = times(x, weight, scale);
    const normed = norm ? normalised(sum) : { y: sum };
    layers.push({ ...normed, slopes: normed.y.map((row) => row.map(slope)) });
    x = normed.y.map((row) => row.map(value));
  }
  const found = [];
  for (let i = weights.length - 1; i >= 0; i--) {
    const back = dy.map((row, n) => row.map((d, k) => d * layers[i].slopes[n][k]));
    const da = norm ? normalisedBackward(back, layers[i]) : back;
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
