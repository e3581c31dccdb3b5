// The figures, by their cards' names.
import { Chart } from "./chart.js";
import { contour } from "./contour.js";
import { correlation } from "./correlation.js";
import { curves, trial_curve } from "./curves.js";
import { ecdf } from "./ecdf.js";
import { FigureCard } from "./figure_card.js";
import { gantt } from "./gantt.js";
import { history } from "./history.js";
import { lengths } from "./lengths.js";
import { parallel } from "./parallel.js";
import { hypervolume, pareto } from "./pareto.js";
import { slice } from "./slice.js";

const kFigures = new Map([history, curves, pareto, hypervolume, parallel, slice, contour, correlation, gantt, lengths, ecdf].map((one) => [one.id, one]));

export const figures = {
  card: (id, page) => new FigureCard(kFigures.get(id), page),
  mount: (place) => new Chart(place),
  trial_curve,
};
