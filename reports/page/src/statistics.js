// What figures compute. Lists of numbers hold no null and no NaN.

// By linear interpolation. REQUIRES: sorted ascending, not empty.
export function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

export function ascending(values) {
  return [...values].sort((a, b) => a - b);
}

// Ranks from 1; equal values share the mean of theirs.
export function mean_ranks(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Array(values.length);
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && values[order[end]] === values[order[i]]) ++end;
    for (let k = i; k < end; ++k) ranks[order[k]] = (i + end + 1) / 2;
    i = end;
  }
  return ranks;
}

// Spearman's rank correlation; null with fewer than three pairs or without any variation.
export function spearman(a, b) {
  if (a.length < 3) return null;
  return pearson(mean_ranks(a), mean_ranks(b));
}

function pearson(a, b) {
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
}

// The least and the greatest; [Infinity, -Infinity] of none.
export function extent(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

// The corners of a line that keeps each point's y until the next one's x.
export function stepped(points) {
  return points.flatMap((point, i) => (i === 0 ? [point] : [[point[0], points[i - 1][1]], point]));
}

// The part of an axis that shows the goal's good half well: values far on the bad side are outside, if any are. null
// when all may be shown.
export function calm_range(values, direction) {
  if (values.length < 8) return null;
  const sorted = ascending(values);
  const sign = direction === "minimize" ? 1 : -1;
  const best = sign > 0 ? sorted[0] : sorted[sorted.length - 1];
  const worst = sign > 0 ? sorted[sorted.length - 1] : sorted[0];
  const usual = quantile(sorted, sign > 0 ? 0.75 : 0.25);
  const limit = best + 2 * (usual - best);
  if (Math.abs(worst - best) <= 2.2 * Math.abs(limit - best) || limit === best) return null;
  const margin = 0.06 * (limit - best);
  return { low: Math.min(best - margin, limit), high: Math.max(best - margin, limit), limit,
    outside: values.filter((v) => sign * (v - limit) > 0).length };
}

// Values over a grid of `size` by `size` cells of the unit square, each the mean of the eight points nearest to its
// middle, weighted by one over the squared distance (Shepard, 1968). null where no point is within `reach`.
// points: [{ x, y, value }], x and y in [0, 1]. Row by row, from the bottom.
export function interpolated(points, size, reach) {
  const kNearest = 8;
  const grid = [];
  for (let row = 0; row < size; ++row) {
    for (let column = 0; column < size; ++column) {
      const [x, y] = [(column + 0.5) / size, (row + 0.5) / size];
      const nearest = [];
      for (const point of points) {
        const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
        if (nearest.length === kNearest && distance >= nearest[kNearest - 1].distance) continue;
        let at = nearest.length;
        while (at > 0 && nearest[at - 1].distance > distance) --at;
        nearest.splice(at, 0, { distance, value: point.value });
        if (nearest.length > kNearest) nearest.pop();
      }
      if (nearest.length === 0 || nearest[0].distance > reach * reach) {
        grid.push(null);
        continue;
      }
      let [weights, sum] = [0, 0];
      for (const { distance, value } of nearest) {
        const weight = 1 / (distance + 1e-4);
        weights += weight;
        sum += weight * value;
      }
      grid.push(sum / weights);
    }
  }
  return grid;
}

// Of points that would be drawn over each other, within cells of a `columns` by `rows` raster, the last one.
// `coordinates(point)` -> [x, y] of any unit.
export function rastered(points, coordinates, columns, rows) {
  if (points.length <= 4000) return points;
  const places = points.map(coordinates);
  const range = (axis) => {
    const [low, high] = extent(places.map((place) => place[axis]));
    return [low, high - low || 1];
  };
  const [x, y] = [range(0), range(1)];
  const cells = new Map();
  points.forEach((point, i) => {
    const column = Math.floor((columns * (places[i][0] - x[0])) / x[1]);
    const row = Math.floor((rows * (places[i][1] - y[0])) / y[1]);
    cells.set(row * (columns + 1) + column, point);
  });
  return [...cells.values()];
}
