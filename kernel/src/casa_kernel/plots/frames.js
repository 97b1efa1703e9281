// Where in a picture which data are: pure functions on frames.
//
// A frame is {name, box, shown, xScale, yScale, xLabel, yLabel, xTimeScale, yTimeScale}; `box` and
// `shown` are [left, right, bottom, top], the box in fractions of the picture from its lower left
// corner. A time scale, such as "UTC", is empty for an axis that does not show MJD seconds.
// Positions in the picture are CSS pixels from its upper left corner.

const MJD_OF_1970 = 40587;
const SECONDS_A_DAY = 86400;

const scaled = (value, scale) => (scale === "log" ? Math.log10(value) : value);
const unscaled = (value, scale) => (scale === "log" ? 10 ** value : value);

/** Return how far a value is on the way between two edges, 0 at the first. */
function fractionOf(value, from, to, scale) {
  const [a, b] = [scaled(from, scale), scaled(to, scale)];
  return (scaled(value, scale) - a) / (b - a);
}

/** Return the value that is a fraction of the way between two edges. */
function valueAt(fraction, from, to, scale) {
  const [a, b] = [scaled(from, scale), scaled(to, scale)];
  return unscaled(a + fraction * (b - a), scale);
}

/** Return a frame's rectangle {x, y, width, height} in a picture of a size. */
function boxOf(frame, size) {
  const [left, right, bottom, top] = frame.box;
  return {
    x: left * size.width,
    y: (1 - top) * size.height,
    width: (right - left) * size.width,
    height: (top - bottom) * size.height,
  };
}

/** Return the data coordinates of a position. */
function toData(frame, point, size, shown = frame.shown) {
  const box = boxOf(frame, size);
  const [left, right, bottom, top] = shown;
  return {
    x: valueAt((point.x - box.x) / box.width, left, right, frame.xScale),
    y: valueAt(1 - (point.y - box.y) / box.height, bottom, top, frame.yScale),
  };
}

/** Return the position of data coordinates. */
function toPixels(frame, data, size, shown = frame.shown) {
  const box = boxOf(frame, size);
  const [left, right, bottom, top] = shown;
  return {
    x: box.x + fractionOf(data.x, left, right, frame.xScale) * box.width,
    y: box.y + (1 - fractionOf(data.y, bottom, top, frame.yScale)) * box.height,
  };
}

/** Return the frame at a position, undefined outside of all; the last one lies on top. */
function frameAt(frames, point, size) {
  return frames.findLast((frame) => {
    const box = boxOf(frame, size);
    const [x, y] = [point.x - box.x, point.y - box.y];
    return x >= 0 && y >= 0 && x <= box.width && y <= box.height;
  });
}

/** Return the position that is nearest to a point inside of a frame. */
function inside(frame, point, size) {
  const box = boxOf(frame, size);
  return {
    x: Math.min(Math.max(point.x, box.x), box.x + box.width),
    y: Math.min(Math.max(point.y, box.y), box.y + box.height),
  };
}

/** Return the region between two positions, turned as the frame is. */
function regionBetween(frame, one, other, size, shown = frame.shown) {
  const low = { x: Math.min(one.x, other.x), y: Math.max(one.y, other.y) };
  const high = { x: Math.max(one.x, other.x), y: Math.min(one.y, other.y) };
  const [a, b] = [toData(frame, low, size, shown), toData(frame, high, size, shown)];
  return [a.x, b.x, a.y, b.y];
}

/** Return a region made larger (factor > 1) around a position that stays where it is. */
function regionAround(frame, point, factor, size, shown = frame.shown) {
  const box = boxOf(frame, size);
  const moved = (x, y) => ({ x: point.x + (x - point.x) * factor, y: point.y + (y - point.y) * factor });
  const corners = [moved(box.x, box.y + box.height), moved(box.x + box.width, box.y)];
  return regionBetween(frame, ...corners, size, shown);
}

/** Return a region moved by pixels, so that data go with the pointer. */
function regionMoved(frame, by, size, shown = frame.shown) {
  const box = boxOf(frame, size);
  const corners = [
    { x: box.x - by.x, y: box.y + box.height - by.y },
    { x: box.x + box.width - by.x, y: box.y - by.y },
  ];
  return regionBetween(frame, ...corners, size, shown);
}

/** Return MJD seconds as date and time, with the digits that a step of so many seconds needs. */
function timeText(seconds, step) {
  const digits = Math.min(Math.max(0, Math.ceil(-Math.log10(step))), 3);
  const rounded = Number(seconds.toFixed(digits));
  const date = new Date(Math.round((rounded - MJD_OF_1970 * SECONDS_A_DAY) * 1000));
  const [day, clock] = date.toISOString().slice(0, -1).split("T");
  return `${day} ${digits ? clock.slice(0, 9 + digits) : clock.slice(0, 8)}`;
}

/** Return a number with the digits that tell it from one a step further. */
function numberText(value, step) {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) {
    const digits = Math.ceil(Math.log10(size / Math.abs(step || size)));
    return value.toExponential(Math.min(Math.max(digits, 2), 12)).replace("e+", "e");
  }
  return value.toFixed(Math.min(Math.max(0, Math.ceil(-Math.log10(Math.abs(step) || 1))), 12));
}

/** Return what an axis is called and its unit, of a label such as "Amplitude (Jy)". */
function labelParts(label, otherwise) {
  const found = /^(.*?)\s*[([]([^()[\]]*)[)\]]\s*$/.exec(label);
  return found ? { name: found[1], unit: found[2] } : { name: label || otherwise, unit: "" };
}

function axisText(label, timeScale, otherwise, value, step) {
  if (timeScale) {
    const name = label.replace(/\s*\(.*$/, "") || otherwise; // without scale and day
    return `${name} ${timeText(value, Math.abs(step))} ${timeScale}`;
  }
  const { name, unit } = labelParts(label, otherwise);
  return `${name} ${numberText(value, step)}${unit ? ` ${unit}` : ""}`;
}

/** Return the coordinates at a position in words. */
function coordinatesText(frame, point, size, shown = frame.shown) {
  const at = toData(frame, point, size, shown);
  const next = toData(frame, { x: point.x + 1, y: point.y + 1 }, size, shown);
  const x = axisText(frame.xLabel, frame.xTimeScale, "x", at.x, next.x - at.x);
  const y = axisText(frame.yLabel, frame.yTimeScale, "y", at.y, next.y - at.y);
  return `${x} · ${y}`;
}
