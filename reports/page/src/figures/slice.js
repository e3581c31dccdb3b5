import { calm_range, rastered } from "../statistics.js";
import { condition_text, is_listed, place, tick_text } from "../parameters.js";
import { outside_text, parameter_axis, part, tooltip, upright } from "./chart.js";
import { kAllValues, one_of } from "./controls.js";
import { ramp_colour } from "./ramp.js";
import { trial_content } from "./tips.js";

// Parameters, the most important first where that is known.
export function by_importance(study, parameters = study.parameters) {
  const share = new Map((study.head.importance[0]?.shares ?? []).map((one) => [one.parameter, one.share]));
  return [...parameters].sort((a, b) => (share.get(b.name) ?? 0) - (share.get(a.name) ?? 0));
}

// Why parameters cannot be shown against values; null when they can.
export function without_values(study) {
  if (study.parameters.length === 0) return "Nothing was searched.";
  return study.trials.some((trial) => trial.value !== null) ? null : "No trial has a value yet.";
}

export const slice = {
  id: "slice",
  title: "Slice",
  how: "One parameter against the goal; later trials are darker (in dark mode: brighter). A valley says where the parameter is good; a cloud without shape says that it matters little.",
  missing: without_values,
  controls: (study, state) => {
    const names = by_importance(study).map((one) => one.name);
    const goals = study.head.goals.map((one) => one.metric);
    const goal = one_of(state, "goal", "goal", goals);
    return [one_of(state, "parameter", "parameter", names), ...(goals.length > 1 ? [goal] : []), kAllValues];
  },
  draw: ({ study, state, trials, width }) => {
    const parameter = study.parameter(state.parameter);
    const goal = study.goal_of(state.goal);
    const points = trials.map((trial) => ({ trial, x: place(parameter, trial.params[parameter.name]), y: trial.values[goal.metric] ?? null }))
      .filter(({ x, y }) => x !== null && y !== null);
    const range = state.all ? null : calm_range(points.map(({ y }) => y), goal.direction);
    const inside = points.filter(({ y }) => !range || (y >= range.low && y <= range.high));
    const last = Math.max(1, study.trials.length - 1);
    const spread = ({ trial, x }) => (is_listed(parameter) ? x + 0.5 * (((trial.id * 0.618034) % 1) - 0.5) : x);
    return {
      option: (of) => ({
        tooltip: tooltip(of, trial_content(study)),
        xAxis: parameter_axis(of, parameter),
        yAxis: upright(of, goal.metric, part(range, { formatter: tick_text })),
        series: [{ type: "scatter", name: "trials", symbolSize: points.length > 2000 ? 4 : 8,
          data: rastered(inside, (point) => [spread(point), point.y], width, 280).map((point) => ({ value: [spread(point), point.y], trial: point.trial.id,
            itemStyle: { color: ramp_colour(of.ramp, point.trial.id / last), opacity: 0.8,
              borderColor: point.trial === study.best ? of.best : "transparent", borderWidth: point.trial === study.best ? 2.5 : 0 } })) }],
      }),
      legend: [["ramp", "first to last trial"], ...(inside.some(({ trial }) => trial === study.best) ? [["best-ring", "best"]] : [])],
      note: [condition_text(parameter) && `It exists ${condition_text(parameter)}.`,
        outside_text(range)].filter((one) => one).join(" "),
    };
  },
};
