import { lengths as lengths_of } from "../timeline.js";
import { axis, tooltip, upright } from "./chart.js";
import { tip } from "./tips.js";

const kStates = ["completed", "pruned", "failed"];

export const lengths = {
  id: "lengths",
  title: "How far trials came",
  how: "After how many epochs trials ended. Tall bars at the left are trials that the pruner gave up early.",
  missing: (study) => (study.ended.length > 0 ? null : "No trial has ended yet."),
  draw: ({ study }) => {
    const rows = lengths_of(study);
    return {
      option: (of) => ({
        tooltip: tooltip(of, ({ dataIndex }) => tip(`${rows[dataIndex].epochs} epochs`, kStates.map((state) => [state, rows[dataIndex][state]]))),
        xAxis: axis(of, "epochs", { type: "category", data: rows.map((row) => row.epochs), splitLine: { show: false } }),
        yAxis: upright(of, "trials", { scale: false, minInterval: 1 }),
        series: kStates.map((state) => ({ type: "bar", name: state, stack: "trials", barMaxWidth: 36, itemStyle: { color: of.state[state] }, data: rows.map((row) => row[state]) })),
      }),
      legend: kStates.filter((state) => rows.some((row) => row[state] > 0)).map((state) => [`state-${state}`, state]),
    };
  },
};
