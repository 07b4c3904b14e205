// Receptive fields along one axis. A layer is {kernel, stride, dilation}; nothing is padded.

/** Pixels that a unit of each layer may see, and the distance of neighbouring units, in pixels. */
export function fields(layers) {
  let [field, step] = [1, 1];
  return layers.map(({ kernel, stride, dilation }) => {
    field += dilation * (kernel - 1) * step;
    step *= stride;
    return { field, step };
  });
}

/** How many units each row has, the pixels first; 0 where the kernel does not fit. */
export function sizes(pixels, layers) {
  const found = [pixels];
  for (const { kernel, stride, dilation } of layers) {
    const room = found.at(-1) - dilation * (kernel - 1) - 1;
    found.push(room < 0 ? 0 : Math.floor(room / stride) + 1);
  }
  return found;
}

/** The units of the row below that a unit looks at. */
export function below(unit, { kernel, stride, dilation }) {
  return Array.from({ length: kernel }, (_, i) => unit * stride + i * dilation);
}

/** Of each row, the pixels first, the units that a unit of the top depends on, in rising order. */
export function cone(unit, layers) {
  const rows = [[unit]];
  for (const layer of layers.toReversed()) {
    const seen = new Set(rows[0].flatMap((above) => below(above, layer)));
    rows.unshift([...seen].sort((a, b) => a - b));
  }
  return rows;
}

/** Where the units of each row stand, in pixels: above the middle of what they see. */
export function places(pixels, layers) {
  let [start, step] = [0, 1];
  const rows = [{ start, step }];
  for (const { kernel, stride, dilation } of layers) {
    start += (dilation * (kernel - 1) * step) / 2;
    step *= stride;
    rows.push({ start, step });
  }
  return sizes(pixels, layers).map((count, i) =>
    Array.from({ length: count }, (_, unit) => rows[i].start + unit * rows[i].step));
}
