// The keyboard on a picture.

const STEP = 0.1; // of a frame, for one press of an arrow
const CURSOR = 8; // pixels, for one press of an arrow with Shift

const KEYS = [
  ["Arrows", "move what is seen"],
  ["+ −", "zoom in, zoom out"],
  ["h", "all of it again"],
  ["b f", "back, forward"],
  ["Page up, Page down", "previous page, next page"],
  ["Space", "play all pages, pause"],
  ["z p", "tool: zoom, pan"],
  ["r e o", "tool: rectangle, ellipse, polygon"],
  ["Shift + arrows", "move a cursor, which reads coordinates out"],
  ["Enter", "press, and release, the tool at the cursor; close a polygon with Shift + Enter"],
  ["Esc", "give up what was begun"],
  ["?", "this list"],
];
const POINTER = [
  ["Drag", "what the tool says"],
  ["Wheel", "zoom where the pointer is, once the plot was clicked; with Ctrl always"],
  ["Two fingers", "zoom and move"],
  ["Click, or rest", "say which data are there"],
];

const ARROWS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

class Keys {
  constructor(stage) {
    this.stage = stage;
    this.cursor = null;
    this.pressed = false;
    const { stage: on } = this;
    this.simple = {
      h: () => on.home(), Home: () => on.home(),
      "+": () => on.scaleBy(0.5), "=": () => on.scaleBy(0.5), "-": () => on.scaleBy(2),
      b: () => on.travel(on.past, on.future), f: () => on.travel(on.future, on.past),
      PageUp: () => on.turn(on.look.page - 1), PageDown: () => on.turn(on.look.page + 1),
      " ": () => on.about.pages > 1 && on.pager.toggle(),
      Escape: () => this.giveUp(), Enter: () => this.enter(), "?": () => this.help(),
    };
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.stage.shown === null) return;
    const tool = this.stage.tools.find((each) => each.key === event.key);
    if (event.key in ARROWS) this.arrow(ARROWS[event.key], event.shiftKey);
    else if (event.key === "Enter" && event.shiftKey) this.stage.tool.finish();
    else if (event.key in this.simple) this.simple[event.key]();
    else if (tool) this.pick(tool);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(tool) {
    this.stage.choose(tool.name);
    this.stage.say(`Tool: ${tool.label}.`);
  }

  arrow([x, y], shift) {
    const { stage } = this;
    if (stage.frame === undefined) return;
    if (shift) {
      this.moveCursor(x * CURSOR, y * CURSOR);
      return;
    }
    const box = boxOf(stage.frame, stage.size);
    const by = { x: -x * STEP * box.width, y: -y * STEP * box.height };
    stage.zoom(stage.frame, regionMoved(stage.frame, by, stage.size, stage.regionOf(stage.frame)));
  }

  moveCursor(x, y) {
    const { stage } = this;
    const box = boxOf(stage.frame, stage.size);
    const from = this.cursor ?? { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    this.cursor = inside(stage.frame, { x: from.x + x, y: from.y + y }, stage.size);
    stage.leave(); // where the pointer is does not matter any more
    stage.say(stage.readOut(this.cursor));
    if (this.pressed) stage.tool.move(this.cursor);
    else stage.tool.hover(this.cursor);
    this.mark();
  }

  mark() {
    this.cross?.remove();
    if (this.cursor === null) return;
    const { x, y } = this.cursor;
    this.cross = svgElement("path", { class: "casa-cross", d: `M${x - 9},${y}h18M${x},${y - 9}v18` });
    this.stage.overlay.append(this.cross);
  }

  enter() {
    if (this.cursor === null) this.moveCursor(0, 0);
    const { tool } = this.stage;
    if (this.pressed || tool.name === "polygon") {
      if (!this.pressed) tool.start(this.cursor);
      this.pressed = false;
      tool.end(this.cursor);
    } else {
      this.pressed = tool.start(this.cursor);
      this.stage.say("Begun. Move the cursor, and press Enter again.");
    }
  }

  giveUp() {
    this.pressed = false;
    this.cursor = null;
    this.mark();
    this.stage.pager.stop();
    this.stage.tool.cancel();
    this.stage.complain("");
    this.stage.emit("escape");
    this.closeHelp();
  }

  help() {
    if (this.shownHelp) {
      this.closeHelp();
      return;
    }
    const lines = (rows) => rows.flatMap(([keys, text]) => [element("dt", {}, keys), element("dd", {}, text)]);
    const close = button({ name: "close", label: "Close", short: true, press: () => this.closeHelp() });
    this.shownHelp = element(
      "div",
      { class: "casa-help casa-panel", role: "region", "aria-label": "Help", tabindex: "-1" },
      element("div", { class: "casa-panel-head" }, element("strong", {}, "Keys and pointer"), close),
      element("dl", {}, ...lines(KEYS), ...lines(POINTER)),
    );
    this.stage.below.prepend(this.shownHelp);
    this.shownHelp.focus();
  }

  closeHelp() {
    if (!this.shownHelp) return;
    this.shownHelp.remove();
    this.shownHelp = null;
    this.stage.canvas.focus({ preventScroll: true });
  }
}
