import { calm_range } from "../statistics.js";
import { plural } from "../format.js";
import { state_text, thinned } from "../study.js";
import { kAllValues, one_of } from "./controls.js";
import { curve_option, points_of } from "./curve_lines.js";

const kMost = 400;
const kSeries = 8;  // colours

function metrics_of(study) {
  const names = new Set();
  for (const trial of study.trials) for (const metric of Object.keys(trial.curve)) names.add(metric);
  return [...names].sort((a, b) => (b === study.goal.metric) - (a === study.goal.metric) || a.localeCompare(b));
}

export const curves = {
  id: "curves",
  title: "Learning curves",
  wide: true,
  how: "A line a trial, epoch by epoch. Pruned ones are dimmed: where they end far from the others, pruning saved time; where good ones cross them late, it came too early.",
  missing: (study) => (metrics_of(study).length > 0 ? null : "No epoch has been reported yet."),
  controls: (study, state) => [one_of(state, "metric", "metric", metrics_of(study)), kAllValues],
  draw: ({ study, state, trials }) => {
    const { metric } = state;
    const points = new Map(trials.map((trial) => [trial, points_of(trial, metric)]));
    const drawable = trials.filter((trial) => points.get(trial).length > 0);
    const shown = thinned(drawable, study, kMost);
    const goal = study.goal_of(metric) ?? { direction: guessed_direction(metric, study) };
    const values = shown.flatMap((trial) => points.get(trial).map(([, value]) => value));
    const range = state.all ? null : calm_range(values, goal.direction);
    const many = shown.length > 60;
    const lines = shown.map((trial) => ({ trial, points: points.get(trial), ...look(study, trial, many) })).sort((a, b) => a.z - b.z);
    const states = [...new Set(shown.map(state_text))];
    return {
      option: curve_option(study, metric, lines, range),
      legend: [...(study.best && shown.includes(study.best) ? [["best-line", `best (trial ${study.best.id})`]] : []), ...states.map((state_) => [`state-${state_}`, state_])],
      note: shown.length < drawable.length ? `The best and others evenly chosen: ${shown.length} of ${plural(drawable.length, "curve")}.` : "",
    };
  },
};

function guessed_direction(metric, study) {
  const same = metric.split(":").at(-1) === study.goal.metric.split(":").at(-1);
  return same ? study.goal.direction : /accuracy|score|f1|auc|hits|mrr|ndcg|pairs/.test(metric) ? "maximize" : "minimize";
}

function look(study, trial, many) {
  if (trial === study.best) return { colour: (of) => of.best, width: 2.5, opacity: 1, z: 3 };
  const state = state_text(trial);
  const dim = ["pruned", "paused", "diverged", "infeasible"].includes(state);
  return { colour: (of) => of.state[state], width: dim ? 1 : 1.5, opacity: (dim ? 0.4 : 0.75) * (many ? 0.7 : 1), z: dim ? 0 : state === "running" ? 2 : 1 };
}

// Of one trial the goal's metric beside its relatives ("train:loss" beside "validation:loss"), of several the goal's.
// { option, legend }; null when none has reported such a metric.
export function trial_curve(study, trials) {
  const { metric } = study.goal;
  const kind = metric.split(":").at(-1);
  const of_one = () => Object.keys(trials[0].curve).filter((name) => name.split(":").at(-1) === kind);
  const metrics = trials.length === 1 ? of_one() : [metric];
  if (metrics.length === 0) metrics.push(...Object.keys(trials[0].curve).slice(0, 1));
  const lines = trials.flatMap((trial) => metrics.map((name) => ({ trial, name: trials.length === 1 ? name : `trial ${trial.id}`, points: points_of(trial, name) })))
    .filter((line) => line.points.length > 0)
    .map((line, i) => ({ ...line, colour: (of) => of.series[i % kSeries], width: 2, opacity: 1 }));
  if (lines.length === 0) return null;
  return { option: curve_option(study, metrics.length === 1 ? metrics[0] : kind, lines, null), legend: lines.map((line, i) => [`series-${i % kSeries}`, line.name]) };
}
