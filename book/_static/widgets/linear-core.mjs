// A linear classifier of points in the plane: scores, two losses, their gradients, a descent.
// W is a list of rows [w1, w2], one a class; b a list of biases; a point is [x1, x2, label].

export const POINTS = [
  [-2.6, -1.4, 0], [-1.9, -0.4, 0], [-2.2, -2.2, 0], [-1.1, -1.5, 0], [-3.1, -0.6, 0], [-0.6, -0.5, 0],
  [2.1, -1.6, 1], [2.8, -0.7, 1], [1.3, -2.1, 1], [1.5, -0.6, 1], [3.2, -1.7, 1], [0.7, 0.4, 1],
  [0.3, 2.1, 2], [-0.8, 1.4, 2], [1.1, 2.4, 2], [0.2, 1.2, 2], [-1.6, 2.2, 2], [1.9, 1.5, 2],
];

export const WEIGHTS = [[0.6, 0.9], [0.2, -1.2], [-1, 0.3]];

export const scores = (W, b, [x1, x2]) => W.map(([w1, w2], k) => w1 * x1 + w2 * x2 + b[k]);

/** The class of the highest score, the first of equals. */
export function answer(W, b, point) {
  const all = scores(W, b, point);
  return all.indexOf(Math.max(...all));
}

/** The loss of one point and its derivative by the scores. */
export function lossAt(kind, s, y) {
  return kind === "hinge" ? hinge(s, y) : crossEntropy(s, y);
}

/** The sum over the other classes of max(0, 1 + their score - the right one's). */
function hinge(s, y) {
  let loss = 0;
  const ds = s.map(() => 0);
  s.forEach((score, k) => {
    const margin = 1 + score - s[y];
    if (k === y || margin <= 0) return;
    loss += margin;
    ds[k] += 1;
    ds[y] -= 1;
  });
  return { loss, ds };
}

/** Minus the logarithm of the right class's softmax. */
function crossEntropy(s, y) {
  const top = Math.max(...s); // exp(710) is infinite
  const powers = s.map((score) => Math.exp(score - top));
  const sum = powers.reduce((a, b) => a + b);
  const ds = powers.map((power, k) => power / sum - (k === y));
  return { loss: Math.log(sum) + top - s[y], ds };
}

/** The mean loss plus lambda times the sum of all squared weights.
 *
 *  -> {loss, penalty, each: the loss of every point, right: how many, dW, db} */
export function objective(kind, W, b, points, lambda) {
  const dW = W.map((row) => row.map((w) => 2 * lambda * w));
  const db = b.map(() => 0);
  let right = 0;
  const each = points.map((point) => {
    const { loss, ds } = lossAt(kind, scores(W, b, point), point[2]);
    ds.forEach((d, k) => {
      dW[k][0] += (d * point[0]) / points.length;
      dW[k][1] += (d * point[1]) / points.length;
      db[k] += d / points.length;
    });
    right += answer(W, b, point) === point[2];
    return loss;
  });
  const penalty = lambda * W.flat().reduce((sum, w) => sum + w * w, 0);
  const loss = each.reduce((sum, one) => sum + one, 0) / points.length + penalty;
  return { loss, penalty, each, right, dW, db };
}

/** One step of gradient descent -> {W, b} */
export function step(kind, W, b, points, lambda, lr) {
  const { dW, db } = objective(kind, W, b, points, lambda);
  return {
    W: W.map((row, k) => row.map((w, d) => w - lr * dW[k][d])),
    b: b.map((bias, k) => bias - lr * db[k]),
  };
}
