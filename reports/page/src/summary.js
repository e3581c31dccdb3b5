// What a glance should find: the head line of a study and its key figures.
import { h, legend_entry, replace } from "./dom.js";
import { duration_text, energy_text, exact_text, grouped, metric_text, moment_text, percent_text, plural, value_text } from "./format.js";
import { goal_text } from "./study.js";
import { utilisation } from "./timeline.js";

export function show_summary(place, study, open) {
  const { head } = study;
  replace(place,
    h("div", { class: "study-line" },
      h("h1", {}, head.name),
      h("span", { class: `pill ${head.running ? "running" : "idle"}` }, head.running ? "running" : "not running"),
      h("p", { class: "muted" }, [head.goals.map(goal_text).join(", "),
        `${head.search.strategy}, seed ${head.search.seed}`,
        head.pruner === "none" ? "no pruner" : `pruner ${head.pruner}`,
        ...head.constraints.map(constraint_text),
        `as of ${moment_text(study.until)}`].join(" · "))),
    h("div", { class: "tiles" }, best_tile(study, open), trials_tile(study), time_tile(study), slots_tile(study)));
}

function constraint_text({ metric, min, max }) {
  if (min === null) return `${metric} ≤ ${metric_text(max)}`;
  return max === null ? `${metric} ≥ ${metric_text(min)}` : `${metric} in [${metric_text(min)}, ${metric_text(max)}]`;
}

function tile(label, figure, ...more) {
  return h("div", { class: "tile" }, h("div", { class: "tile-label" }, label), h("div", { class: "tile-figure" }, figure),
    h("div", { class: "tile-more" }, more));
}

function best_tile(study, open) {
  if (study.head.goals.length > 1)
    return tile("Pareto front", plural(study.front.size, "trial"), study.head.hypervolume
      ? `hypervolume ${metric_text(study.head.hypervolume.history.at(-1)[1])}` : "no feasible trial yet");
  if (!study.best) return tile(`Best ${study.goal.metric}`, "–", "no trial has completed with a value yet");
  const { id, value, params } = study.best;
  const shown = Object.entries(params).slice(0, 3).map(([name, one]) => `${name} ${value_text(one)}`).join(", ");
  return tile(`Best ${study.goal.metric}`, h("span", { title: exact_text(value) }, metric_text(value)),
    h("button", { type: "button", class: "link", onclick: () => open(id) }, `trial ${id}`), shown ? ` · ${shown}` : "");
}

function trials_tile(study) {
  const { counts, budget } = study.head;
  const total = study.trials.length;
  const parts = Object.entries(counts).filter(([, n]) => n > 0);
  const bar = h("div", { class: "stack", role: "img", "aria-label": parts.map(([state, n]) => `${n} ${state}`).join(", ") });
  for (const [state, n] of parts) {
    const part = h("span", { class: `state-${state}`, title: `${n} ${state}` });
    part.style.flexGrow = n;
    bar.append(part);
  }
  const of = budget.trials !== null && budget.trials !== total ? ` of ${grouped(budget.trials)}` : "";
  return tile("Trials", `${grouped(total)}${of}`, bar,
    h("div", { class: "legend" }, parts.map(([state, n]) => legend_entry(`state-${state}`, `${grouped(n)} ${state}`))));
}

function time_tile(study) {
  const training = study.trials.reduce((sum, trial) => sum + trial.seconds, 0);
  const epochs = study.trials.reduce((sum, trial) => sum + trial.epochs, 0);
  return tile("Time", duration_text(study.runs.length > 0 ? study.running_seconds : training),
    `${duration_text(training)} in ${plural(epochs, "epoch")}`,
    study.runs.length > 1 ? ` · ${study.runs.length} runs` : "",
    study.has_energy ? ` · ${energy_text(study.trials.reduce((sum, trial) => sum + (trial.joules ?? 0), 0))}` : "");
}

function slots_tile(study) {
  const slots = utilisation(study);
  if (slots.length === 0) return tile("Slots", "–", "no attempt has a time");
  const mean = slots.reduce((sum, slot) => sum + slot.share, 0) / slots.length;
  const fewest = Math.min(...slots.map((slot) => slot.share));
  return tile("Slots busy", percent_text(mean), plural(slots.length, "slot"),
    slots.length > 1 ? `, the idlest ${percent_text(fewest)}` : "");
}
