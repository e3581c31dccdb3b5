import { ascending, interpolated, quantile } from "../statistics.js";
import { metric_text, plural } from "../format.js";
import { from_unit, is_ordered, place, tick_text, unit_place } from "../parameters.js";
import { parameter_axis, tooltip } from "./chart.js";
import { two_of } from "./controls.js";
import { ramp_colour } from "./ramp.js";
import { by_importance } from "./slice.js";
import { tip, trial_content } from "./tips.js";

const kCells = 48;
const kBands = 9;
const kFewest = 12;
const kReach = 0.14;

function candidates(study) {
  const few = (parameter) => (parameter.values?.length ?? Infinity) < 4;  // these come last: two lanes are no surface
  return by_importance(study, study.parameters.filter(is_ordered)).sort((a, b) => few(a) - few(b));
}

function points_for(study, trials, x, y) {
  return trials.filter((trial) => trial.state === "completed" && trial.value !== null)
    .map((trial) => ({ trial, x: unit_place(x, trial.params[x.name]), y: unit_place(y, trial.params[y.name]), value: trial.value }))
    .filter((point) => point.x !== null && point.y !== null);
}

export const contour = {
  id: "contour",
  title: "Contour",
  how: "Two parameters at once: each cell is the mean of the trials nearest to it, dots are trials. A slanted valley says that the two must be chosen together. Cells far from every trial are left empty.",
  missing: (study) => (candidates(study).length < 2 ? "It takes two parameters that are numbers or ordered." : null),
  controls: (study, state) => two_of(state, candidates(study).map((one) => one.name)),
  draw: ({ study, state, trials }) => {
    const [x, y] = [study.parameter(state.x), study.parameter(state.y)];
    const points = points_for(study, trials, x, y);
    const enough = points.length >= kFewest;
    const grid = enough ? interpolated(points.slice(0, 3000), kCells, kReach) : [];
    const cells = grid.map((value, i) => ({ value, column: i % kCells, row: Math.floor(i / kCells) })).filter((cell) => cell.value !== null);
    const levels = bands(cells.map((cell) => cell.value));
    const better = (band) => (study.goal.direction === "minimize" ? 1 - band / (kBands - 1) : band / (kBands - 1));
    return {
      option: (of) => ({
        tooltip: tooltip(of, (params) => (params.seriesName === "surface" ? cell_tip(study, params.data) : trial_content(study)(params))),
        xAxis: { ...parameter_axis(of, x), splitLine: { show: false } },
        yAxis: { ...parameter_axis(of, y), nameGap: 46, splitLine: { show: false } },
        series: [
          { type: "custom", name: "surface", clip: true, encode: { x: [0, 2], y: [1, 3] },
            data: cells.map((cell) => ({ value: corners(x, y, cell), mean: cell.value, band: band_of(levels, cell.value) })),
            renderItem: (params, api) => {
              const [left, bottom] = api.coord([api.value(0), api.value(1)]);
              const [right, top] = api.coord([api.value(2), api.value(3)]);
              const band = band_of(levels, cells[params.dataIndex].value);
              return { type: "rect", shape: box(left, top, right, bottom), style: { fill: ramp_colour(of.ramp, better(band)) } };
            } },
          { type: "scatter", name: "trials", symbolSize: points.length > 400 ? 3 : 6, z: 4, data: points.slice(0, 3000).map(({ trial }) => ({
            value: [place(x, trial.params[x.name]), place(y, trial.params[y.name])], trial: trial.id,
            itemStyle: { color: trial === study.best ? of.best : of.card, borderColor: of.text, borderWidth: 1, opacity: trial === study.best ? 1 : 0.75 } })) },
        ],
      }),
      legend: enough ? [["ramp", `${study.goal.metric}, from ${scale_text(study, levels)}`]] : [],
      note: enough ? "" : `A surface takes ${kFewest} completed trials with both parameters; there ${points.length === 1 ? "is" : "are"} ${plural(points.length, "such trial")}.`,
    };
  },
};

// Borders between the bands: as many cells in each, so that far outliers do not take all the colours.
function bands(values) {
  const sorted = ascending(values);
  return sorted.length === 0 ? [] : Array.from({ length: kBands - 1 }, (_, i) => quantile(sorted, (i + 1) / kBands));
}

function band_of(levels, value) {
  let band = 0;
  while (band < levels.length && value > levels[band]) ++band;
  return band;
}

// On whole pixels, so that there are no seams.
function box(left, top, right, bottom) {
  const [x, y] = [Math.round(left), Math.round(top)];
  return { x, y, width: Math.round(right) - x, height: Math.round(bottom) - y };
}

// "0.49 and worse to 0.44 and better".
function scale_text(study, levels) {
  const [good, bad] = study.goal.direction === "minimize" ? [levels[0], levels.at(-1)] : [levels.at(-1), levels[0]];
  return `${tick_text(bad)} and worse to ${tick_text(good)} and better`;
}

function corners(x, y, { column, row }) {
  return [from_unit(x, column / kCells), from_unit(y, row / kCells), from_unit(x, (column + 1) / kCells), from_unit(y, (row + 1) / kCells)];
}

function cell_tip(study, data) {
  return tip("near here", [[study.goal.metric, metric_text(data.mean)]]);
}
