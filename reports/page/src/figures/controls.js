// Controls of figures, as FigureCard shows them: { key, label, options: [[value, text]] }, or { key, label } for a switch.
// What `state` holds of one that is no longer among its options becomes the first.

export const kAllValues = { key: "all", label: "all values" };

export function one_of(state, key, label, names) {
  if (!names.includes(state[key])) state[key] = names[0];
  return { key, label, options: names.map((name) => [name, name]) };
}

// Two different ones, "x" across and "y" up.
export function two_of(state, names) {
  const x = one_of(state, "x", "across", names);
  const y = one_of(state, "y", "up", names);
  if (state.y === state.x) state.y = names.find((name) => name !== state.x);
  return [x, y];
}
