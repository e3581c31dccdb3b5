// Many curves as one series: each is one polyline, which costs a tenth of a series each.
import { extent } from "../statistics.js";
import { axis, tooltip, upright } from "./chart.js";
import { metric_text } from "../format.js";
import { tick_text } from "../parameters.js";
import { trial_tip, tip } from "./tips.js";

// lines: [{ trial, name, points: [[epoch, value]], colour, width, opacity }]; range: { low, high } or null.
export function curve_option(study, metric, lines, range) {
  const values = lines.flatMap((line) => line.points.map(([, value]) => value));
  let [low, high] = range ? [range.low, range.high] : extent(values);
  const margin = 0.04 * (high - low || Math.abs(high) || 1);
  if (!range) [low, high] = [low - margin, high + margin];
  const last = Math.max(1, extent(lines.map((line) => line.points.at(-1)[0]))[1]);
  return (of) => ({
    tooltip: tooltip(of, ({ data }) => {
      const line = lines[data?.line];
      if (!line) return null;
      const [epoch, value] = line.points.at(-1);
      return line.name ? tip(line.name, [[`epoch ${epoch}`, metric_text(value)]]) : trial_tip(study, line.trial, [["epochs", line.trial.epochs]]);
    }),
    xAxis: axis(of, "epoch", { min: 0, max: last, minInterval: 1 }),
    yAxis: upright(of, metric, { min: low, max: high, axisLabel: { formatter: tick_text, showMinLabel: false, showMaxLabel: false } }),
    series: [{
      type: "custom", name: "curves", clip: true, encode: { x: 0, y: 1 },
      data: lines.map((line, i) => ({ value: line.points.at(-1), line: i, trial: line.trial.id })),
      renderItem: ({ dataIndex }, api) => {
        const line = lines[dataIndex];
        const points = line.points.map((point) => api.coord(point));
        const style = { stroke: line.colour(of), lineWidth: line.width, opacity: line.opacity, fill: null, lineJoin: "round" };
        const emphasis = { style: { opacity: 1, lineWidth: line.width + 1.5 } };
        if (points.length === 1)
          return { type: "circle", shape: { cx: points[0][0], cy: points[0][1], r: line.width + 1 }, style: { fill: line.colour(of), opacity: line.opacity }, z2: line.z ?? 0 };
        return { type: "polyline", shape: { points }, style, emphasis, z2: line.z ?? 0 };
      },
    }],
  });
}

export function points_of(trial, metric) {
  return (trial.curve[metric] ?? []).map((value, epoch) => [epoch, value]).filter(([, value]) => value !== null);
}
