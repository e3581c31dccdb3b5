// ECharts, with no more of it than the figures need, behind a small face.
import { init, use } from "echarts/core";
import { BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, ParallelComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { plural } from "../format.js";
import { axis_range, is_listed, place_text } from "../parameters.js";
import { colours } from "../theme.js";

use([BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart, DataZoomComponent, GridComponent,
  ParallelComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

export class Chart {
  constructor(place) {
    this.place = place;
    this.echarts = init(place, null, { renderer: "canvas" });
    this.sizes = new ResizeObserver(() => this.echarts.isDisposed() || this.echarts.resize());
    this.sizes.observe(place);
  }

  // `option(colours)`
  draw(option) {
    this.echarts.setOption({ ...defaults(), ...option(colours()) }, { notMerge: true });
  }

  option() {
    return this.echarts.getOption();
  }

  dispose() {
    this.sizes.disconnect();
    if (!this.echarts.isDisposed()) this.echarts.dispose();
  }
}

function defaults() {
  const of = colours();
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: of.text },
    grid: { left: 10, right: 24, top: 14, bottom: 2 },
  };
}

export function axis(of, name, more = {}) {
  const { axisLabel, splitLine, axisTick, ...others } = more;
  return { type: "value", name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: of.muted, fontSize: 12 }, nameTruncate: { maxWidth: 260 },
    scale: true, axisLine: { show: true, onZero: false, lineStyle: { color: of.line } }, axisTick: { show: false, ...axisTick },
    axisLabel: { color: of.muted, fontSize: 11, hideOverlap: true, ...axisLabel },
    splitLine: { lineStyle: { color: of.line, opacity: 0.6 }, ...splitLine }, ...others };
}

// The ends of an axis that shows a part of the values: no labels there, since they are no round numbers.
export function part(range, label = {}) {
  if (!range) return { axisLabel: label };
  return { min: range.low, max: range.high, axisLabel: { ...label, showMinLabel: false, showMaxLabel: false } };
}

// How many trials are outside of such a part; "" when none are.
export function outside_text(range) {
  return range && range.outside > 0 ? `${plural(range.outside, "trial")} with far worse values outside of the picture.` : "";
}

export function parameter_axis(of, parameter) {
  return axis(of, parameter.name, { ...axis_range(parameter), axisLabel: { formatter: (at) => place_text(parameter, at) },
    ...(is_listed(parameter) ? { splitLine: { show: false } } : {}) });
}

// The name of a vertical axis lies along it.
export function upright(of, name, more = {}) {
  return axis(of, name, { nameGap: 44, ...more });
}

// `content(params)` -> an element, or null for no tip.
export function tooltip(of, content, more = {}) {
  return { trigger: "item", renderMode: "html", confine: true, className: "tip", backgroundColor: of.card, borderColor: of.line,
    borderWidth: 1, padding: 0, textStyle: { color: of.text, fontSize: 12 }, transitionDuration: 0,
    formatter: (params) => content(params) ?? "", ...more };
}
