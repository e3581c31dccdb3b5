import { calm_range, rastered, stepped } from "../statistics.js";
import { duration_text, metric_text } from "../format.js";
import { state_text } from "../study.js";
import { tick_text } from "../parameters.js";
import { axis, outside_text, part, tooltip, upright } from "./chart.js";
import { kAllValues } from "./controls.js";
import { tip, trial_content } from "./tips.js";

export const history = {
  id: "history",
  title: "Best so far",
  wide: true,
  how: "Each dot is a trial that has ended; the line is the best value until then. Long flat stretches say that more trials of this kind bring little.",
  missing: (study) => (study.ended.some((t) => t.value !== null) ? null : "No trial has ended with a value yet."),
  controls: (study, state) => {
    state.by ??= "trial";
    const controls = [{ key: "by", label: "against", options: [["trial", "trials ended"], ["time", "time"]] }];
    const range = calm_range(study.ended.filter((t) => t.value !== null).map((t) => t.value), study.goal.direction);
    return range ? [...controls, kAllValues] : controls;
  },
  draw: ({ study, state, view, trials, width }) => {
    const by_time = state.by === "time";
    const begin = study.runs[0]?.start ?? 0;
    const x_of = (trial, i) => (by_time ? end_of(trial) - begin : i + 1);
    const ended = study.ended.map((trial, i) => ({ trial, x: x_of(trial, i) })).filter(({ x }) => Number.isFinite(x));
    const valued = ended.filter(({ trial }) => trial.value !== null);
    const range = calm_range(valued.map(({ trial }) => trial.value), study.goal.direction);
    const calm = range && !state.all ? range : null;
    const inside = ({ trial }) => !calm || (trial.value >= calm.low && trial.value <= calm.high);
    const matching = new Set(trials);
    const kinds = ["pruned", "infeasible", "diverged", "failed", "completed"];
    const series_of = (of) => kinds.map((kind) => {
      const points = valued.filter((one) => inside(one) && state_text(one.trial) === kind);
      return { type: "scatter", name: kind, symbolSize: valued.length > 2000 ? 4 : kind === "completed" ? 7 : 6,
        itemStyle: { color: of.state[kind], opacity: kind === "completed" ? 0.85 : 0.55 },
        data: rastered(points, ({ trial, x }) => [x, trial.value], width, 300).map(({ trial, x }) => ({ value: [x, trial.value], trial: trial.id,
          itemStyle: view.is_filtered && !matching.has(trial) ? { color: of.faint, opacity: 0.5 } : undefined })) };
    }).filter((one) => one.data.length > 0);
    const valueless = ended.filter(({ trial }) => trial.value === null);
    const line = best_line(study, ended).filter(([, value]) => !calm || (value >= calm.low && value <= calm.high));
    const lowest = calm ? calm.low : Math.min(...valued.map(({ trial }) => trial.value));
    return {
      option: (of) => ({
        tooltip: tooltip(of, (params) => (params.seriesName === "best so far"
          ? tip("best so far", [[study.goal.metric, metric_text(params.value[1])]]) : trial_content(study)(params))),
        xAxis: axis(of, by_time ? "time since the start" : "trials ended",
          { min: 0, ...(by_time ? { axisLabel: { formatter: duration_text } } : { minInterval: 1 }) }),
        yAxis: upright(of, study.goal.metric, part(calm, { formatter: tick_text })),
        series: [...series_of(of),
          { type: "scatter", name: "without a value", symbol: "triangle", symbolSize: 7, itemStyle: { color: of.state.failed, opacity: 0.7 },
            data: rastered(valueless, ({ x }) => [x, 0], width, 1).map(({ trial, x }) => ({ value: [x, lowest], trial: trial.id })) },
          { type: "line", name: "best so far", symbol: "none", lineStyle: { color: of.best, width: 2 }, itemStyle: { color: of.best },
            data: stepped(line), z: 5, silent: true }],
      }),
      legend: [...(line.length > 0 ? [["best-line", "best so far"]] : []), ...[...new Set(valued.map(({ trial }) => state_text(trial)))].map((kind) => [`state-${kind}`, kind]),
        ...(valueless.length > 0 ? [["state-failed triangle", "without a value"]] : [])],
      note: outside_text(calm),
    };
  },
};

function end_of(trial) {
  return trial.attempts.at(-1)?.end ?? NaN;
}

// The corners of the best-so-far line, up to the last trial that has ended.
function best_line(study, ended) {
  const points = [];
  for (const { trial, x } of ended) {
    const best = study.best_so_far[trial.ended];
    if (best && best.value !== points.at(-1)?.[1]) points.push([x, best.value]);
  }
  if (points.length > 0) points.push([ended.at(-1).x, points.at(-1)[1]]);
  return points;
}
