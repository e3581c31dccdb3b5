// Numbers as people read them.

// Four significant digits, as the command line has them: 0.8123, 1.2e-05; from 10,000 on all before the point.
export function metric_text(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e15) return grouped(Math.round(value));
  const short = Number(value.toPrecision(4));
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return short.toExponential().replace("e+", "e");
  return String(short);
}

export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function value_text(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : metric_text(value);
  return String(value);
}

export function exact_text(value) {
  return value === null || value === undefined ? "–" : String(value);
}

export function duration_text(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${trimmed(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

function trimmed(seconds) {
  return seconds < 10 ? seconds.toFixed(1) : String(Math.round(seconds));
}

function two(number) {
  return String(number).padStart(2, "0");
}

export function energy_text(joules) {
  if (joules === null || joules === undefined) return "–";
  if (joules < 999.5) return `${Number(joules.toPrecision(3))} J`;
  const hours = joules / 3600;
  return hours < 999.5 ? `${Number(hours.toPrecision(3))} Wh` : `${Number((hours / 1000).toPrecision(3))} kWh`;
}

export function bytes_text(bytes) {
  if (!bytes) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit + 1 < units.length) {
    bytes /= 1024;
    ++unit;
  }
  return `${unit === 0 ? bytes : Number(bytes.toPrecision(3))} ${units[unit]}`;
}

export function percent_text(share) {
  return `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
}

export function plural(n, noun) {
  return `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;
}

// A moment in the reader's own time zone, to the second.
export function moment_text(seconds) {
  const time = new Date(seconds * 1000);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ` +
    `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
