// Parameters as places on an axis.
import { metric_text, value_text } from "./format.js";

// A range, or a list whose order means something.
export function is_ordered(parameter) {
  return parameter.type !== "categorical";
}

export function is_listed(parameter) {
  return parameter.values !== undefined;
}

// A trial's value as a number for an axis of axis_range(): a listed one's index; null where it is not active.
export function place(parameter, value) {
  if (value === undefined || value === null) return null;
  if (is_listed(parameter)) {
    const at = parameter.values.findIndex((one) => String(one) === String(value));
    return at < 0 ? null : at;
  }
  return parameter.scale === "reverse_log" ? -Math.log10(1 - value) : value;
}

// The same within [0, 1] over the parameter's whole axis, on its scale.
export function unit_place(parameter, value) {
  const at = place(parameter, value);
  if (at === null) return null;
  const { type, min, max } = axis_range(parameter);
  if (max === min) return 0.5;
  return type === "log" ? Math.log(at / min) / Math.log(max / min) : (at - min) / (max - min);
}

export function from_unit(parameter, unit) {
  const { type, min, max } = axis_range(parameter);
  return type === "log" ? min * (max / min) ** unit : min + unit * (max - min);
}

// What stands at a place.
export function place_text(parameter, at) {
  if (is_listed(parameter)) return Number.isInteger(at) && parameter.values[at] !== undefined ? value_text(parameter.values[at]) : "";
  if (parameter.scale === "reverse_log") return metric_text(1 - 10 ** -at);
  return tick_text(at);
}

// Short enough for an axis.
export function tick_text(value) {
  const size = Math.abs(value);
  if (size >= 1e5) {
    const units = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
    const [unit, letter] = units.find(([one]) => size >= one);
    if (size < 1e15) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  if (size !== 0 && size < 1e-3) return Number(value.toPrecision(2)).toExponential().replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

// An axis' type and ends. A listed parameter's values have a lane each.
export function axis_range(parameter) {
  if (is_listed(parameter)) return { type: "value", min: -0.5, max: parameter.values.length - 0.5, interval: 0.5 };
  return { type: parameter.scale === "log" ? "log" : "value", min: place(parameter, parameter.min), max: place(parameter, parameter.max),
    ...(parameter.type === "int" ? { minInterval: 1 } : {}) };
}

export function condition_text(parameter) {
  return parameter.when.length === 0 ? "" : `only when ${parameter.when.join(" and ")}`;
}

export function range_text(parameter) {
  if (parameter.type !== "int" && is_listed(parameter)) return parameter.values.map(value_text).join(" | ");
  const scale = parameter.scale === "linear" ? "" : ` (${parameter.scale.replace("_", " ")})`;
  return `${value_text(parameter.min)} to ${value_text(parameter.max)}${scale}`;
}
