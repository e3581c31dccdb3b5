import { plural } from "../format.js";
import { axis_range, place, place_text, tick_text } from "../parameters.js";
import { parse_filter } from "../filter.js";
import { extent } from "../statistics.js";
import { thinned } from "../study.js";
import { ramp_colour } from "./ramp.js";
import { without_values } from "./slice.js";
import { trial_content } from "./tips.js";
import { tooltip } from "./chart.js";

const kMost = 1500;
const kNarrow = 640;

export const parallel = {
  id: "parallel",
  title: "Parallel coordinates",
  wide: true,
  how: "A line a trial, from parameter to parameter; the darker (in dark mode: the brighter), the better. Drag along an axis to keep only the trials within that range, here, in the other figures and in the table; a click on the axis takes the range away.",
  missing: without_values,
  draw: ({ study, view, width }) => {
    const narrow = width < kNarrow;
    const axes = axes_of(study);
    const test = parse_filter(view.filter, study);
    const valued = study.ranking.filter((trial) => trial.value !== null && test(trial));
    const shown = thinned(valued, study, kMost, kMost >> 1);
    return {
      height: narrow ? 60 + 62 * axes.length : 380,
      option: (of) => option_of({ study, axes, shown, narrow, of }),
      after: (chart) => restore(chart, axes, view),
      note: shown.length < valued.length ? `The best half and others evenly chosen: ${shown.length} of ${plural(valued.length, "trial")}.` : "",
      legend: [["ramp", "worse to better, by rank"]],
    };
  },
  listen: (chart, card) => {
    chart.on("axisareaselected", () => take(chart, card));
  },
};

// A parameter's axis, and the goals' at the end: { name, read(trial), option }.
function axes_of(study) {
  const of_parameter = (one) => ({ name: one.name, read: (t) => place(one, t.params[one.name]), option: { ...axis_range(one), format: (at) => place_text(one, at) } });
  const of_metric = (goal) => ({ name: goal.metric, read: (t) => t.values[goal.metric] ?? null,
    option: { type: "value", scale: true, inverse: goal.direction === "minimize", format: tick_text, ...goal_range(study, goal.metric) } });
  return [...study.parameters.map(of_parameter), ...study.head.goals.map(of_metric)];
}

function goal_range(study, metric) {
  const [min, max] = extent(study.trials.map((trial) => trial.values[metric]).filter((value) => value !== null));
  return max > min ? { min, max } : {};
}

function option_of({ study, axes, shown, narrow, of }) {
  const last = Math.max(1, shown.length - 1);
  return {
    tooltip: tooltip(of, trial_content(study)),
    parallel: { left: narrow ? 24 : 40, right: narrow ? 28 : 60, top: narrow ? 34 : 62, bottom: narrow ? 30 : 24, layout: narrow ? "vertical" : "horizontal",
      axisExpandable: false },
    parallelAxis: axes.map((axis, dim) => {
      const { format, ...option } = axis.option;
      return { dim, id: `axis ${dim}`, name: axis.name, realtime: false, nameLocation: option.inverse ? "start" : "end",
        nameGap: narrow ? 0 : dim % 2 === 0 ? 14 : 32,
        nameTextStyle: narrow ? { color: of.text, fontSize: 11, align: "right", verticalAlign: "bottom", padding: [0, 0, 12, 0] } : { color: of.text, fontSize: 11, align: sideways(dim, axes.length) },
        nameTruncate: { maxWidth: narrow ? 220 : 150 },
        axisLine: { lineStyle: { color: of.muted } }, axisTick: { show: false },
        axisLabel: { color: of.text, fontSize: 10, formatter: format, hideOverlap: true, textBorderColor: of.card, textBorderWidth: 2 },
        areaSelectStyle: { width: 18, color: of.accent, opacity: 0.25, borderColor: of.accent, borderWidth: 1 }, ...option };
    }),
    series: [{ type: "parallel", name: "trials", lineStyle: { width: 1.2 }, inactiveOpacity: 0.04, activeOpacity: 0.9, z: 2,
      emphasis: { lineStyle: { width: 3, opacity: 1 } },
      // The best are drawn last, above the others.
      data: shown.map((trial, i) => ({ value: axes.map((axis) => axis.read(trial) ?? NaN), trial: trial.id,
        lineStyle: { color: ramp_colour(of.ramp, 1 - i / last), opacity: 0.25 + 0.6 * (1 - i / last) ** 2 } })).reverse() }],
  };
}

// The outermost names begin and end at their axes: centred, long ones would be cut off.
function sideways(dim, n) {
  return dim === 0 ? "left" : dim === n - 1 ? "right" : "center";
}

// The ranges that have been drawn on the axes become the view's.
function take(chart, card) {
  const axes = axes_of(card.study);
  const found = new Map();
  for (const model of chart.getModel().findComponents({ mainType: "parallelAxis" }))
    if (model.activeIntervals.length > 0) found.set(axes[model.get("dim")].name, model.activeIntervals.map(ordered));
  if (JSON.stringify([...found]) === JSON.stringify([...card.view.brush])) return;
  card.view.brush = found;
  card.view.page = 0;
  card.view.changed("filter");
}

function ordered([a, b]) {
  return a <= b ? [a, b] : [b, a];
}

// Drawn anew, the axes have no ranges: they get the view's back.
function restore(chart, axes, view) {
  axes.forEach((axis, dim) => {
    const intervals = view.brush.get(axis.name);
    if (intervals) chart.dispatchAction({ type: "axisAreaSelect", parallelAxisId: `axis ${dim}`, intervals });
  });
}
