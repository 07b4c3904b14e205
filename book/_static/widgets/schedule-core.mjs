// Schedules of the learning rate, and what they do in a valley whose gradients are noisy.
import { normal } from "./init-core.mjs";

const half = (from, to, share) => to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;

/** The rate at step t of `steps`, as a share of the largest. */
export const SCHEDULES = {
  constant: () => 1,
  step: (t, steps) => 0.1 ** ((t >= Math.floor(steps / 2)) + (t >= Math.floor((3 * steps) / 4))),
  cosine: (t, steps) => half(1, 0, t / steps),
  cycle: (t, steps) => {
    const top = 0.3 * steps - 1;
    if (t <= top) return half(1 / 25, 1, t / top);
    return half(1, 1 / 25 / 1e4, (t - top) / (steps - 1 - top));
  },
  warm: (t, steps) => {
    const warm = Math.floor(steps / 5);
    if (t >= warm) return half(1, 0, (t - warm) / (steps - warm));
    return 5 / steps + (1 - 5 / steps) * (t / warm);
  },
};

export const rates = (name, steps) =>
  Array.from({ length: steps }, (_, t) => SCHEDULES[name](t, steps));

/** The shares through knots at equal distances, the first at step 0, the last at the end. */
export const through = (knots, steps) =>
  Array.from({ length: steps }, (_, t) => {
    const place = (t / steps) * (knots.length - 1);
    const i = Math.floor(place);
    return knots[i] + (place - i) * (knots[i + 1] - knots[i]);
  });

/** The loss (w₁² + 10 w₂²) / 2 at every step of a descent whose gradients have noise added. */
export function descend(lrs, start, noise) {
  let w = start;
  const loss = () => (w[0] ** 2 + 10 * w[1] ** 2) / 2;
  const losses = [loss()];
  lrs.forEach((lr, t) => {
    const g = [w[0] + noise[t][0], 10 * w[1] + noise[t][1]];
    w = w.map((value, i) => value - lr * g[i]);
    losses.push(loss());
  });
  return losses;
}

/** The mean of the losses over runs with noise of their own. */
export function meanLosses(lrs, start, size, runs) {
  const all = Array.from({ length: runs }, (_, seed) => {
    const noise = normal(lrs.length, 2, seed + 1).map((pair) => pair.map((v) => v * size));
    return descend(lrs, start, noise);
  });
  return all[0].map((_, t) => all.reduce((sum, losses) => sum + losses[t], 0) / runs);
}
