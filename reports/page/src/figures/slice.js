import { calm_range, rastered } from "../statistics.js";
import { plural } from "../format.js";
import { condition_text, is_listed, parameter_axis, place, tick_text } from "../parameters.js";
import { axis, part, tooltip, upright } from "./chart.js";
import { ramp_colour } from "./ramp.js";
import { trial_content } from "./tips.js";

// Parameters, the most important first where that is known.
export function by_importance(study, parameters = study.parameters) {
  const share = new Map((study.head.importance[0]?.shares ?? []).map((one) => [one.parameter, one.share]));
  return [...parameters].sort((a, b) => (share.get(b.name) ?? 0) - (share.get(a.name) ?? 0));
}

export const slice = {
  id: "slice",
  title: "Slice",
  how: "One parameter against the goal; later trials are darker (in dark mode: brighter). A valley says where the parameter is good; a cloud without shape says that it matters little.",
  missing: (study) => (study.parameters.length === 0 ? "Nothing was searched." : study.trials.some((t) => t.value !== null) ? null : "No trial has a value yet."),
  controls: (study, state) => {
    const names = by_importance(study).map((one) => one.name);
    if (!names.includes(state.parameter)) state.parameter = names[0];
    if (!study.head.goals.some((goal) => goal.metric === state.goal)) state.goal = study.goal.metric;
    const goals = study.head.goals.length > 1 ? [{ key: "goal", label: "goal", options: study.head.goals.map((one) => [one.metric, one.metric]) }] : [];
    return [{ key: "parameter", label: "parameter", options: names.map((one) => [one, one]) }, ...goals, { key: "all", label: "all values" }];
  },
  draw: ({ study, state, trials, width }) => {
    const parameter = study.parameters.find((one) => one.name === state.parameter);
    const goal = study.head.goals.find((one) => one.metric === state.goal);
    const points = trials.map((trial) => ({ trial, x: place(parameter, trial.params[parameter.name]), y: trial.values[goal.metric] ?? null }))
      .filter(({ x, y }) => x !== null && y !== null);
    const range = state.all ? null : calm_range(points.map(({ y }) => y), goal.direction);
    const inside = points.filter(({ y }) => !range || (y >= range.low && y <= range.high));
    const last = Math.max(1, study.trials.length - 1);
    const spread = ({ trial, x }) => (is_listed(parameter) ? x + 0.5 * (((trial.id * 0.618034) % 1) - 0.5) : x);
    return {
      option: (of) => ({
        tooltip: tooltip(of, trial_content(study)),
        xAxis: labelled_axis(of, parameter),
        yAxis: upright(of, goal.metric, part(range, { formatter: tick_text })),
        series: [{ type: "scatter", name: "trials", symbolSize: points.length > 2000 ? 4 : 8,
          data: rastered(inside, (point) => [spread(point), point.y], width, 280).map((point) => ({ value: [spread(point), point.y], trial: point.trial.id,
            itemStyle: { color: ramp_colour(of.ramp, point.trial.id / last), opacity: 0.8,
              borderColor: point.trial === study.best ? of.best : "transparent", borderWidth: point.trial === study.best ? 2.5 : 0 } })) }],
      }),
      legend: [["ramp", "first to last trial"], ["best-ring", "best"]],
      note: [condition_text(parameter) && `It exists ${condition_text(parameter)}.`,
        range && range.outside > 0 && `${plural(range.outside, "trial")} with far worse values outside of the picture.`].filter((one) => one).join(" "),
    };
  },
};

export function labelled_axis(of, parameter) {
  const { axisLabel, ...more } = parameter_axis(parameter);
  return axis(of, parameter.name, { ...more, axisLabel });
}
