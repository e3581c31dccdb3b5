// The table's filter: words and comparisons, all of which must hold.
import { state_text } from "./study.js";

const kComparison = /^([^<>=!]+)(<=|>=|!=|<|>|=)(.*)$/;

// "pruned learning_rate<0.01 optimizer=adam" -> trial => boolean. A word that is no comparison of something that trials
// have is looked for in a trial's number, state, reason and values.
export function parse_filter(text, study) {
  const tests = text.trim().split(/\s+/).filter((word) => word !== "").map((word) => {
    const found = kComparison.exec(word);
    const read = found && reader(found[1], study);
    if (!read) return word_test(word.toLowerCase());
    return comparison(read, found[2], found[3]);
  });
  return (trial) => tests.every((test) => test(trial));
}

// What a name stands for, as trial => value; null when it stands for nothing.
function reader(name, study) {
  if (study.parameter(name)) return (trial) => trial.params[name];
  if (study.metrics.includes(name)) return (trial) => trial.values[name];
  const fields = {
    trial: (t) => t.id, state: state_text, rank: (t) => study.rank(t), epochs: (t) => t.epochs,
    seconds: (t) => t.seconds, joules: (t) => t.joules, value: (t) => t.value, front: (t) => (study.front.has(t.id) ? "yes" : "no"),
  };
  return Object.hasOwn(fields, name) ? fields[name] : null;
}

function comparison(read, operator, text) {
  const number = text === "" ? NaN : Number(text);
  const order = { "<": (a) => a < number, ">": (a) => a > number, "<=": (a) => a <= number, ">=": (a) => a >= number };
  return (trial) => {
    const value = read(trial);
    if (value === undefined || value === null) return false;
    if (Object.hasOwn(order, operator)) return typeof value === "number" && order[operator](value);
    const equal = typeof value === "number" && !Number.isNaN(number) ? value === number : String(value) === text;
    return operator === "=" ? equal : !equal;
  };
}

function word_test(word) {
  return (trial) => [trial.id, state_text(trial), trial.reason, trial.why, ...Object.values(trial.params)]
    .some((text) => String(text).toLowerCase().includes(word));
}
