// A polynomial through points, with a penalty: least squares in Chebyshev's polynomials.

// Of all curves through the points, as small a penalty takes the one of the smallest coefficients.
const TINY = 1e-9;

export const TRAINING = [
  [-1, -0.23], [-0.79, -0.71], [-0.53, -1.1], [-0.37, -1.12], [-0.24, -0.71], [-0.01, 0.12],
  [0.19, 0.41], [0.34, 1.05], [0.6, 0.82], [0.71, 0.77], [0.94, 0.75],
];
export const VALIDATION = [
  [-0.95, -0.05], [-0.85, -0.64], [-0.7, -1.1], [-0.63, -0.85], [-0.54, -0.91], [-0.42, -0.44],
  [-0.38, -0.59], [-0.23, -0.51], [-0.16, -0.08], [-0.08, -0.28], [0.06, -0.12], [0.18, 0.64],
  [0.22, 0.73], [0.35, 0.72], [0.42, 0.62], [0.56, 0.96], [0.65, 0.09], [0.71, 0.97], [0.86, 0.63],
  [0.94, -0.21],
];

/** T₀(x), …, of the degree: each is 2x times the last, less the one before. */
export function basis(x, degree) {
  const found = [1, x];
  while (found.length <= degree) found.push(2 * x * found.at(-1) - found.at(-2));
  return found.slice(0, degree + 1);
}

/** The coefficients that minimise the sum of squared errors plus penalty times the sum of their
 *  squares, the constant left free. The points need different x. */
export function fit(points, degree, penalty) {
  if (degree >= points.length) penalty = Math.max(penalty, TINY);
  const rows = points.map(([x]) => basis(x, degree));
  const targets = points.map(([, y]) => y);
  for (let k = 1; k <= degree && penalty > 0; k++) { // the penalty, as further rows
    rows.push(Array.from({ length: degree + 1 }, (_, j) => (j === k ? Math.sqrt(penalty) : 0)));
    targets.push(0);
  }
  return leastSquares(rows, targets);
}

/** By Householder's reflections: squaring the matrix would cost half of the digits. */
function leastSquares(rows, targets) {
  const [R, b] = [rows.map((row) => [...row]), [...targets]];
  const columns = R[0].length;
  for (let k = 0; k < columns; k++) {
    const v = R.map((row, i) => (i < k ? 0 : row[k]));
    v[k] += (v[k] < 0 ? -1 : 1) * Math.hypot(...v);
    const length = v.reduce((sum, value) => sum + value * value, 0);
    if (!length) continue;
    const reflect = (get, put) => {
      const share = (2 * v.reduce((sum, value, i) => sum + value * get(i), 0)) / length;
      v.forEach((value, i) => put(i, get(i) - share * value));
    };
    for (let j = k; j < columns; j++) reflect((i) => R[i][j], (i, value) => { R[i][j] = value; });
    reflect((i) => b[i], (i, value) => { b[i] = value; });
  }
  const found = Array(columns).fill(0);
  for (let k = columns - 1; k >= 0; k--) {
    const rest = found.reduce((sum, value, j) => (j > k ? sum + R[k][j] * value : sum), 0);
    found[k] = (b[k] - rest) / R[k][k];
  }
  return found;
}

export const predict = (coefficients, x) =>
  basis(x, coefficients.length - 1).reduce((sum, t, i) => sum + coefficients[i] * t, 0);

/** The root of the mean squared error on points, in units of y. */
export const error = (coefficients, points) => {
  const sum = points.reduce((all, [x, y]) => all + (predict(coefficients, x) - y) ** 2, 0);
  return Math.sqrt(sum / points.length);
};
