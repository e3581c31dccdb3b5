import { ascending, calm_range, stepped } from "../statistics.js";
import { tick_text } from "../parameters.js";
import { axis, outside_text, part, upright } from "./chart.js";
import { kAllValues } from "./controls.js";

export const ecdf = {
  id: "ecdf",
  title: "Distribution of values",
  how: "For each value, the share of the completed trials that are at most so large. A steep start on the good side says that good values are easily found; a filter shows how its trials differ from all.",
  missing: (study) => (values_of(study, study.trials).length > 0 ? null : "No trial has completed with a value yet."),
  controls: () => [kAllValues],
  draw: ({ study, trials, view, state }) => {
    const all = values_of(study, study.trials);
    const filtered = view.is_filtered ? values_of(study, trials) : [];
    const range = state.all ? null : calm_range(all, study.goal.direction);
    const line = (name, values, colour, width) => ({ type: "line", name, symbol: "none", lineStyle: { color: colour, width }, data: stepped(steps(values)) });
    return {
      option: (of) => ({
        tooltip: { show: false },
        xAxis: axis(of, study.goal.metric, part(range, { formatter: tick_text })),
        yAxis: upright(of, "share of trials", { min: 0, max: 1, axisLabel: { formatter: (share) => `${Math.round(100 * share)} %` } }),
        series: [line("all", all, view.is_filtered ? of.muted : of.accent, view.is_filtered ? 1.5 : 2),
          ...(filtered.length > 0 ? [line("filtered", filtered, of.accent, 2)] : [])],
      }),
      legend: view.is_filtered ? [["state-muted", `all ${all.length}`], ["state-accent", `filtered ${filtered.length}`]] : [],
      note: outside_text(range),
    };
  },
};

function values_of(study, trials) {
  return trials.filter((t) => t.state === "completed" && t.value !== null).map((t) => t.value);
}

function steps(values) {
  const sorted = ascending(values);
  return [[sorted[0], 0], ...sorted.map((value, i) => [value, (i + 1) / sorted.length])];
}
