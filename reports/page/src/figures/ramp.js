// Colours between colours.

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// `share` in [0, 1] of the way through a list of "#rrggbb".
export function ramp_colour(ramp, share) {
  const at = Math.max(0, Math.min(1, share)) * (ramp.length - 1);
  const low = Math.min(Math.floor(at), ramp.length - 2);
  const [a, b] = [channels(ramp[low]), channels(ramp[low + 1])];
  return `rgb(${a.map((channel, i) => Math.round(channel + (at - low) * (b[i] - channel))).join(",")})`;
}
