// Calls functions of a module, for test_widgets.py: from stdin the module's address and
// [name, arguments] of each call, to stdout what they return. Infinity and NaN go as text.
import { readFileSync } from "node:fs";

const { module, calls } = JSON.parse(readFileSync(0, "utf-8"));
const found = await import(module);
const odd = (_, value) => (typeof value === "number" && !Number.isFinite(value) ? `${value}` : value);
const results = calls.map(([name, given]) =>
  typeof found[name] === "function" ? found[name](...given) : found[name],
);
process.stdout.write(JSON.stringify(results, odd));
