// Optimisers in a valley, f = (u² + curvature · v²) / 2, where u and v are the axes x and y turned.

/** The gradient at w, and the loss. */
export function valley([x, y], { curvature, turn }) {
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const [u, v] = [c * x + s * y, c * y - s * x];
  return {
    loss: (u * u + curvature * v * v) / 2,
    gradient: [c * u - s * curvature * v, s * u + c * curvature * v],
  };
}

/** The step of each method: from the gradient g, a state of its own and the number t of the step. */
const METHODS = {
  sgd: (g, state, t, { lr, momentum }) => {
    state.v = t === 1 ? g : state.v.map((v, i) => momentum * v + g[i]);
    return state.v.map((v) => -lr * v);
  },
  adagrad: (g, state, t, { lr }) => {
    state.sum = g.map((d, i) => (state.sum?.[i] ?? 0) + d * d);
    return g.map((d, i) => (-lr * d) / (Math.sqrt(state.sum[i]) + 1e-10));
  },
  adam: (g, state, t, { lr, momentum }) => {
    const mean = (old, now, beta) => now.map((d, i) => beta * (old?.[i] ?? 0) + (1 - beta) * d);
    state.m = mean(state.m, g, momentum);
    state.s = mean(state.s, g.map((d) => d * d), 0.999);
    return state.m.map((m, i) => {
      const size = Math.sqrt(state.s[i] / (1 - 0.999 ** t)) + 1e-8;
      return (-lr * m) / (1 - momentum ** t) / size;
    });
  },
};

/** -> the places from the start on, and the loss at each */
export function walk(method, start, steps, options) {
  const path = [start];
  const state = {};
  for (let t = 1; t <= steps; t++) {
    const w = path.at(-1);
    const change = METHODS[method](valley(w, options).gradient, state, t, options);
    path.push(w.map((x, i) => x + change[i]));
  }
  return { path, losses: path.map((w) => valley(w, options).loss) };
}

/** The learning rate from which on gradient descent with momentum diverges. */
export const limit = (curvature, momentum) => (2 * (1 + momentum)) / curvature;

/** From 0.001 to 10. */
export const RATES = Array.from({ length: 33 }, (_, i) => 10 ** (i / 8 - 3));
