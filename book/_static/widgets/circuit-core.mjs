// Small computational graphs: values forward, gradients backward, one message for each arrow.

/** A graph is a list in an order of computing: inputs are {name}, operations {name, op, from}. The
 *  last is the output. `at` is its place in a drawing. */
export const CIRCUITS = {
  product: [
    { name: "x", at: [45, 45] }, { name: "y", at: [45, 135] }, { name: "z", at: [45, 225] },
    { name: "q", op: "+", from: ["x", "y"], at: [170, 90] },
    { name: "f", op: "×", from: ["q", "z"], at: [290, 150] },
  ],
  paths: [
    { name: "x", at: [45, 45] }, { name: "y", at: [45, 135] }, { name: "z", at: [45, 225] },
    { name: "p", op: "×", from: ["x", "y"], at: [170, 70] },
    { name: "q", op: "max", from: ["x", "z"], at: [170, 200] },
    { name: "f", op: "+", from: ["p", "q"], at: [290, 135] },
  ],
  unit: [
    { name: "x", at: [45, 45] }, { name: "y", at: [45, 135] }, { name: "z", at: [45, 225] },
    { name: "p", op: "×", from: ["x", "y"], at: [140, 90] },
    { name: "q", op: "+", from: ["p", "z"], at: [215, 150] },
    { name: "f", op: "tanh", from: ["q"], at: [295, 150] },
  ],
};

const OPERATIONS = {
  "+": { value: ([a, b]) => a + b, local: () => [1, 1] },
  "×": { value: ([a, b]) => a * b, local: ([a, b]) => [b, a] },
  max: {
    value: ([a, b]) => Math.max(a, b),
    local: ([a, b]) => (a === b ? [0.5, 0.5] : [Number(a > b), Number(b > a)]),
  },
  tanh: { value: ([a]) => Math.tanh(a), local: ([a]) => [1 - Math.tanh(a) ** 2] },
};

/** {name: value} of every node, from those of the inputs. */
export function forward(graph, inputs) {
  const values = { ...inputs };
  for (const { name, op, from } of graph) {
    if (op) values[name] = OPERATIONS[op].value(from.map((part) => values[part]));
  }
  return values;
}

/** -> {gradients: {name: of the output by it}, messages: what each operation sends back, in the
 *      order in which that happens: [{by, upstream, parts: [{to, local, sent}]}]} */
export function backward(graph, values) {
  const gradients = Object.fromEntries(graph.map(({ name }) => [name, 0]));
  gradients[graph.at(-1).name] = 1;
  const messages = [];
  for (const { name, op, from } of graph.toReversed()) {
    if (!op) continue;
    const upstream = gradients[name];
    const local = OPERATIONS[op].local(from.map((part) => values[part]));
    const parts = from.map((to, i) => ({ to, local: local[i], sent: upstream * local[i] }));
    for (const { to, sent } of parts) gradients[to] += sent;
    messages.push({ by: name, upstream, parts });
  }
  return { gradients, messages };
}
