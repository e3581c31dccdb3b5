// The figures, by their cards' names.
import { h, legend_entry } from "../dom.js";
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
  // Learning curves of a few trials in `place`, with a legend after it; null where there is nothing to draw.
  show_curves: (place, study, trials) => {
    const drawn = trial_curve(study, trials);
    place.hidden = drawn === null;
    if (drawn === null) return null;
    const chart = new Chart(place);
    chart.draw(drawn.option);
    place.after(h("div", { class: "legend" }, drawn.legend.map(([colour, text]) => legend_entry(colour, text))));
    return chart;
  },
};
