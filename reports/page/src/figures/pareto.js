import { rastered, stepped } from "../statistics.js";
import { tick_text } from "../parameters.js";
import { axis, tooltip, upright } from "./chart.js";
import { two_of } from "./controls.js";
import { trial_content } from "./tips.js";

export const pareto = {
  id: "pareto",
  title: "Pareto front",
  how: "Two goals against each other. Of the trials on the front none is better in every goal; the others are beaten by one of them, or break a constraint (hollow).",
  missing: (study) => (points_of(study, study.trials, study.head.goals[0], study.head.goals[1]).length > 0 ? null : "No trial has completed with both values yet."),
  controls: (study, state) => {
    const both = two_of(state, study.head.goals.map((one) => one.metric));
    return study.head.goals.length > 2 ? both : [];
  },
  draw: ({ study, state, trials, width }) => {
    const [x, y] = [study.goal_of(state.x), study.goal_of(state.y)];
    const points = points_of(study, trials, x, y);
    const front = points.filter(({ trial }) => study.front.has(trial.id)).sort((a, b) => a.x - b.x || a.y - b.y);
    const others = points.filter(({ trial }) => !study.front.has(trial.id));
    const data = (list, style) => list.map((one) => ({ value: [one.x, one.y], trial: one.trial.id, itemStyle: style(one) }));
    return {
      option: (of) => ({
        tooltip: tooltip(of, trial_content(study)),
        xAxis: axis(of, `${x.metric} (${x.direction})`, { axisLabel: { formatter: tick_text } }),
        yAxis: upright(of, `${y.metric} (${y.direction})`, { axisLabel: { formatter: tick_text } }),
        series: [
          { type: "scatter", name: "others", symbolSize: 7, data: data(rastered(others, (one) => [one.x, one.y], width, 280), ({ trial }) =>
            (trial.feasible ? { color: of.state.completed, opacity: 0.4 } : { color: "transparent", borderColor: of.state.infeasible, borderWidth: 1.5, opacity: 0.8 })) },
          { type: "line", name: "edge", symbol: "none", silent: true, lineStyle: { color: of.best, width: 1.5, opacity: study.head.goals.length > 2 ? 0 : 0.8 },
            data: edge(front, x) },
          { type: "scatter", name: "front", symbolSize: 9, data: data(front, () => ({ color: of.best })) },
        ],
      }),
      legend: [front.length > 0 && ["state-best", "on the front"], others.some(({ trial }) => trial.feasible) && ["state-completed", "beaten"],
        others.some(({ trial }) => !trial.feasible) && ["ring", "outside of a constraint"]].filter((one) => one),
    };
  },
};

// The border of what the front dominates.
function edge(front, x) {
  const points = front.map((one) => [one.x, one.y]);
  return x.direction === "minimize" ? stepped(points) : stepped(points.reverse());
}

function points_of(study, trials, x, y) {
  if (!y) return [];
  return trials.filter((trial) => trial.state === "completed").map((trial) => ({ trial, x: trial.values[x.metric] ?? null, y: trial.values[y.metric] ?? null }))
    .filter((one) => one.x !== null && one.y !== null);
}

export const hypervolume = {
  id: "hypervolume",
  title: "Hypervolume",
  how: "How much of the space between the worst values and the ideal the front has taken; it rises whenever a trial joins the front, and a plateau says that the front stands.",
  missing: (study) => (study.head.hypervolume ? null : "There is no front yet."),
  draw: ({ study }) => {
    const { history, reference } = study.head.hypervolume;
    return {
      option: (of) => ({
        tooltip: { show: false },
        xAxis: axis(of, "trials ended", { min: 0, minInterval: 1 }),
        yAxis: upright(of, "hypervolume", { scale: false, axisLabel: { formatter: tick_text } }),
        series: [{ type: "line", name: "hypervolume", symbol: "none", lineStyle: { color: of.best, width: 2 }, areaStyle: { color: of.best, opacity: 0.12 },
          data: stepped([...history, [study.ended.length, history.at(-1)[1]]]) }],
      }),
      note: `Up to the worst of all: ${study.head.goals.map((goal, i) => `${goal.metric} ${tick_text(reference[i])}`).join(", ")}.`,
    };
  },
};
