import { spearman } from "../statistics.js";
import { is_ordered, place } from "../parameters.js";
import { tooltip } from "./chart.js";
import { ramp_colour } from "./ramp.js";
import { tip } from "./tips.js";

function variables(study) {
  return [
    ...study.parameters.filter(is_ordered).map((one) => ({ name: one.name, read: (t) => place(one, t.params[one.name]) })),
    ...study.metrics.map((metric) => ({ name: metric, read: (t) => t.values[metric] ?? null })),
    { name: "seconds", read: (t) => t.seconds },
  ];
}

export const correlation = {
  id: "correlation",
  title: "Rank correlation",
  how: "Spearman's coefficient over completed trials: 1 where two always rise together, −1 where one falls as the other rises, near 0 where the order of one says nothing about the other's.",
  missing: (study) => (study.trials.filter((t) => t.state === "completed").length < 3 ? "It takes three completed trials." : null),
  draw: ({ study, trials, width }) => {
    const list = variables(study);
    const completed = trials.filter((trial) => trial.state === "completed");
    const columns = list.map((one) => completed.map(one.read));
    const cells = [];
    for (let row = 0; row < list.length; ++row) {
      for (let column = 0; column <= row; ++column) {
        const both = completed.map((_, i) => i).filter((i) => columns[row][i] !== null && columns[column][i] !== null);
        const rho = row === column ? 1 : spearman(both.map((i) => columns[row][i]), both.map((i) => columns[column][i]));
        cells.push({ row, column, rho, n: both.length });
      }
    }
    const left_out = study.parameters.filter((one) => !is_ordered(one)).map((one) => one.name);
    const side = Math.max(150, width - 150) / list.length;
    const texts = side >= 30;
    return {
      height: Math.max(260, Math.min(460, 110 + 30 * list.length)),
      option: (of) => ({
        tooltip: tooltip(of, ({ data }) => tip(`${list[data.value[1]].name} and ${list[data.value[0]].name}`, [["Spearman's ρ", text_of(data.value[2])], ["trials", data.n]])),
        xAxis: category(of, list, { rotate: 40 }),
        yAxis: { ...category(of, list, {}), inverse: true },
        series: [{ type: "heatmap", name: "rho", data: cells.map(({ row, column, rho, n }) => ({ value: [column, row, rho], n,
          itemStyle: { color: rho === null ? of.faint : colour(of, rho), borderColor: of.card, borderWidth: 2, borderRadius: 3 },
          label: { show: texts, formatter: text_of(rho), color: rho !== null && Math.abs(rho) > 0.6 ? "#fff" : of.text, fontSize: 11 } })) }],
      }),
      note: left_out.length > 0 ? `Without an order, and so left out: ${left_out.join(", ")}.` : "",
    };
  },
};

function category(of, list, label) {
  return { type: "category", data: list.map((one) => one.name), axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false },
    axisLabel: { color: of.muted, fontSize: 11, interval: 0, width: 110, overflow: "truncate", ...label } };
}

function colour(of, rho) {
  return ramp_colour(of.diverging, (rho + 1) / 2);
}

function text_of(rho) {
  return rho === null ? "–" : rho.toFixed(2).replace("-", "−");
}
