import { duration_text, percent_text, plural } from "../format.js";
import { state_text } from "../study.js";
import { attempt_bars, slots_of, utilisation } from "../timeline.js";
import { axis, tooltip } from "./chart.js";
import { trial_tip } from "./tips.js";

const kMost = 3000;

// Seconds of running since the study began: the time between two runs is left out. `from` a moment.
function working_time(study) {
  const borders = [];
  let before = 0;
  const runs = study.runs.map(({ start, end }) => {
    const run = { start, end, before };
    before += end - start;
    borders.push(before);
    return run;
  });
  const from = (moment) => {
    let at = 0;
    for (const run of runs) if (moment >= run.start) at = run.before + Math.min(moment, run.end) - run.start;
    return at;
  };
  return { from, borders: borders.slice(0, -1), whole: before };
}

// "completed", "failed", ...: what became of the attempt.
function outcome(bar) {
  if (bar.attempt.failure) return "failed";
  const last = bar.attempt === bar.trial.attempts.at(-1);
  if (bar.open) return "running";
  return last ? state_text(bar.trial) : "paused";
}

function drawn_bars(study, trials, time) {
  const matching = new Set(trials);
  const bars = attempt_bars(study).map((bar) => ({ ...bar, from: time.from(bar.start), to: time.from(bar.end), outcome: outcome(bar), matches: matching.has(bar.trial), n: 1 }));
  if (bars.length <= kMost) return bars;
  // Bars that would be thinner than a pixel and touch each other become one.
  const thin = time.whole / 2000;
  const open = new Map();
  const drawn = [];
  for (const bar of bars) {
    const last = open.get(bar.slot);
    if (last && bar.from - last.to < thin && bar.outcome === last.outcome && bar.matches === last.matches && last.to - last.from < 4 * thin) {
      last.to = Math.max(last.to, bar.to);
      last.n += 1;
    } else {
      open.set(bar.slot, bar);
      drawn.push(bar);
    }
  }
  return drawn;
}

export const gantt = {
  id: "timeline",
  title: "Slots over time",
  wide: true,
  how: "A row a slot, a bar an attempt, coloured by what became of it. Gaps are time in which a slot had nothing to do. The wheel zooms, dragging moves.",
  missing: (study) => (attempt_bars(study).length > 0 ? null : "No attempt's time is known."),
  draw: ({ study, trials, view }) => {
    const time = working_time(study);
    const bars = drawn_bars(study, trials, time);
    const slots = slots_of(bars);
    const shares = new Map(utilisation(study).map((one) => [one.slot, one.share]));
    const attempts = bars.reduce((sum, bar) => sum + bar.n, 0);
    return {
      height: 90 + 34 * Math.min(slots.length, 32),
      option: (of) => ({
        tooltip: tooltip(of, ({ data }) => {
          const bar = bars[data.bar];
          return bar.n > 1 ? null : trial_tip(study, bar.trial, [["attempt", bar.attempt.attempt], ["took", duration_text(bar.end - bar.start)],
            ...(bar.attempt.failure ? [["failed", bar.attempt.failure.kind]] : [])]);
        }),
        dataZoom: [{ type: "inside", filterMode: "weakFilter" }],
        xAxis: axis(of, time.borders.length > 0 ? "time of running, without the time between runs" : "time since the start",
          { min: 0, max: time.whole, scale: false, axisLabel: { formatter: duration_text, showMaxLabel: false }, splitLine: { show: false } }),
        yAxis: { type: "category", inverse: true, data: slots, axisTick: { show: false }, axisLine: { show: false },
          axisLabel: { color: of.text, fontSize: 12, formatter: (slot) => `slot ${slot}  ${percent_text(shares.get(slot) ?? 0)}` } },
        series: [{ type: "custom", name: "attempts", clip: true, encode: { x: [1, 2], y: 0 },
          data: bars.map((bar, i) => ({ value: [slots.indexOf(bar.slot), bar.from, bar.to], trial: bar.trial.id, bar: i })),
          renderItem: ({ dataIndex }, api) => {
            const bar = bars[dataIndex];
            const [left, middle] = api.coord([api.value(1), api.value(0)]);
            const [right] = api.coord([api.value(2), api.value(0)]);
            const height = Math.min(22, api.size([0, 1])[1] * 0.7);
            const dimmed = view.is_filtered && !bar.matches;
            return { type: "rect", shape: { x: left, y: middle - height / 2, width: Math.max(1, right - left - (right - left > 4 ? 1 : 0)), height, r: right - left > 6 ? 2 : 0 },
              style: { fill: dimmed ? of.faint : of.state[bar.outcome], opacity: dimmed ? 0.6 : 0.9 }, emphasis: { style: { opacity: 1, stroke: of.text, lineWidth: 1 } } };
          } }, borders_series(time, of)],
      }),
      legend: [...new Set(bars.map((bar) => bar.outcome))].map((one) => [`state-${one}`, one]),
      note: [time.borders.length > 0 && `${plural(time.borders.length + 1, "run")}: dashed lines stand between them.`,
        bars.length < attempts && `${plural(attempts, "attempt")}, of which those that touch each other are drawn as one.`].filter((one) => one).join(" "),
    };
  },
};

function borders_series(time, of) {
  return { type: "custom", name: "runs", silent: true, clip: true, encode: { x: 0 }, data: time.borders.map((at) => ({ value: [at] })), tooltip: { show: false },
    renderItem: (params, api) => {
      const [x] = api.coord([api.value(0), 0]);
      const { y, height } = params.coordSys;
      return { type: "line", shape: { x1: x, y1: y, x2: x, y2: y + height }, style: { stroke: of.muted, lineDash: [3, 3], lineWidth: 1 } };
    } };
}
