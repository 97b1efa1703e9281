// What a pointer, or Enter at the keyboard's cursor, does in the picture: one tool at a time.
//
// A tool has `name`, `label`, `key`, and the methods start, move, end (positions in CSS pixels),
// hover, cancel and finish; those that it lacks do nothing. It draws with `stage.sketch(svg)`.

const CLICK = 4; // pixels: less is a click, not a drag

class Tool {
  constructor(stage, name, label, key) {
    Object.assign(this, { stage, name, label, key, from: null });
  }

  /** Begin in a frame; return false outside of all. */
  start(point) {
    this.frame = this.stage.frameAt(point);
    this.from = this.frame ? point : null;
    return this.from !== null;
  }

  move() {}

  hover() {}

  end() {
    this.cancel();
  }

  finish() {}

  cancel() {
    this.from = null;
    this.stage.sketch(null);
  }

  /** Whether the pointer has not moved since `start`. */
  isClick(point) {
    return Math.hypot(point.x - this.from.x, point.y - this.from.y) < CLICK;
  }

  within(point) {
    return inside(this.frame, point, this.stage.size);
  }
}

/** Shapes between two corners, as SVG. */
function boxShape(kind, one, other) {
  const [x, y] = [Math.min(one.x, other.x), Math.min(one.y, other.y)];
  const [width, height] = [Math.abs(one.x - other.x), Math.abs(one.y - other.y)];
  if (kind === "ellipse") {
    return svgElement("ellipse", { cx: x + width / 2, cy: y + height / 2, rx: width / 2, ry: height / 2 });
  }
  return svgElement("rect", { x, y, width, height });
}

function lineShape(points, closed) {
  const list = points.map(({ x, y }) => `${x},${y}`).join(" ");
  return svgElement(closed ? "polygon" : "polyline", { points: list });
}

class ZoomTool extends Tool {
  constructor(stage) {
    super(stage, "zoom", "Zoom", "z");
  }

  move(point) {
    this.stage.sketch(boxShape("rectangle", this.from, this.within(point)), "casa-rubber");
  }

  end(point) {
    const [frame, from] = [this.frame, this.from];
    const [to, click] = [this.within(point), this.isClick(point)];
    this.cancel();
    if (click) this.stage.click(frame, point);
    else this.stage.zoom(frame, regionBetween(frame, from, to, this.stage.size, this.stage.regionOf(frame)));
  }
}

class PanTool extends Tool {
  constructor(stage) {
    super(stage, "pan", "Pan", "p");
  }

  start(point) {
    const begun = super.start(point);
    this.region = begun ? this.stage.regionOf(this.frame) : null;
    return begun;
  }

  moved(point) {
    const by = { x: point.x - this.from.x, y: point.y - this.from.y };
    return regionMoved(this.frame, by, this.stage.size, this.region);
  }

  move(point) {
    this.stage.preview(this.frame, this.moved(point));
  }

  end(point) {
    const [frame, click, region] = [this.frame, this.isClick(point), this.moved(point)];
    this.stage.preview(frame, this.region);
    this.cancel();
    if (click) this.stage.click(frame, point);
    else this.stage.zoom(frame, region);
  }

  cancel() {
    if (this.from !== null) this.stage.preview(this.frame, this.region);
    super.cancel();
  }
}

/** Draws rectangles and ellipses by dragging. */
class BoxTool extends Tool {
  move(point) {
    this.stage.sketch(boxShape(this.name, this.from, this.within(point)), "casa-outline");
  }

  end(point) {
    const [frame, corners] = [this.frame, [this.from, this.within(point)]];
    const click = this.isClick(point);
    this.cancel();
    if (click) this.stage.click(frame, point);
    else this.stage.outline(frame, this.name, corners);
  }
}

/** Draws polygons by clicking their corners; a double click, Enter or the first corner closes. */
class PolygonTool extends Tool {
  constructor(stage) {
    super(stage, "polygon", "Polygon", "o");
    this.corners = [];
  }

  start(point) {
    if (this.corners.length === 0 && !super.start(point)) return false;
    return true;
  }

  end(point) {
    const corner = this.within(point);
    const near = (other) => Math.hypot(corner.x - other.x, corner.y - other.y) < 2 * CLICK;
    if (this.corners.length > 2 && (near(this.corners[0]) || near(this.corners.at(-1)))) this.finish();
    else if (!this.corners.some(near)) this.corners.push(corner);
    this.hover(point);
  }

  hover(point) {
    if (this.corners.length === 0) return;
    this.stage.sketch(lineShape([...this.corners, this.within(point)], false), "casa-outline");
  }

  finish() {
    const [frame, corners] = [this.frame, this.corners];
    if (corners.length < 3) return;
    this.cancel();
    this.stage.outline(frame, "polygon", corners);
  }

  cancel() {
    this.corners = [];
    super.cancel();
  }
}

/** Return the tools that look, and those that draw outlines. */
const lookingTools = (stage) => [new ZoomTool(stage), new PanTool(stage)];
const outlineTools = (stage) => [
  new BoxTool(stage, "rectangle", "Rectangle", "r"),
  new BoxTool(stage, "ellipse", "Ellipse", "e"),
  new PolygonTool(stage),
];

/** Turns pointer events on an element into calls of the stage's tool; two fingers zoom. */
class Pointers {
  constructor(target, stage) {
    Object.assign(this, { target, stage, down: new Map(), pinch: null, active: false });
    const listen = (name, heard) => target.addEventListener(name, heard, { passive: false });
    listen("pointerdown", (event) => this.press(event));
    listen("pointermove", (event) => this.move(event));
    listen("pointerup", (event) => this.release(event));
    listen("pointercancel", (event) => this.abandon(event));
    listen("pointerleave", () => stage.leave());
    listen("wheel", (event) => this.wheel(event));
    listen("dblclick", () => stage.tool.finish());
  }

  at(event) {
    const box = this.target.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  }

  press(event) {
    if (event.button !== 0) return;
    this.target.focus({ preventScroll: true });
    this.target.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, this.at(event));
    if (this.down.size === 2) this.beginPinch();
    else if (this.down.size === 1) this.active = this.stage.tool.start(this.at(event));
    event.preventDefault();
  }

  move(event) {
    const point = this.at(event);
    if (!this.down.has(event.pointerId)) {
      this.stage.hover(point);
      return;
    }
    this.down.set(event.pointerId, point);
    if (this.pinch) this.movePinch();
    else if (this.active) this.stage.tool.move(point);
    this.stage.readOut(point);
  }

  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    if (this.pinch) this.endPinch();
    else if (this.active) this.stage.tool.end(this.at(event));
    this.active = false;
  }

  abandon(event) {
    this.down.delete(event.pointerId);
    if (this.pinch) this.endPinch();
    else this.stage.tool.cancel();
    this.active = false;
  }

  // The page scrolls past a plot that nobody has chosen.
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.target) return;
    if (!this.stage.shown?.zoomable) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    const frame = this.stage.frameAt(this.at(event));
    if (frame) this.stage.scale(frame, this.at(event), 1.002 ** Math.max(-200, Math.min(pixels, 200)));
  }

  beginPinch() {
    this.stage.tool.cancel();
    this.active = false;
    const { middle, apart } = this.fingers();
    const frame = this.stage.frameAt(middle);
    this.pinch = frame && this.stage.shown.zoomable
      ? { frame, middle, apart, region: this.stage.regionOf(frame) }
      : null;
  }

  fingers() {
    const [one, other] = [...this.down.values()];
    return {
      middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
      apart: Math.max(8, Math.hypot(one.x - other.x, one.y - other.y)),
    };
  }

  movePinch() {
    if (this.down.size < 2) return;
    const { frame, middle, apart, region } = this.pinch;
    const now = this.fingers();
    const larger = regionAround(frame, middle, apart / now.apart, this.stage.size, region);
    const by = { x: now.middle.x - middle.x, y: now.middle.y - middle.y };
    this.stage.preview(frame, regionMoved(frame, by, this.stage.size, larger));
  }

  endPinch() {
    const { frame, region } = this.pinch;
    const reached = this.stage.regionOf(frame);
    this.pinch = null;
    this.stage.preview(frame, region);
    this.stage.zoom(frame, reached);
  }
}
