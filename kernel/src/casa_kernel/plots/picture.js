// The stage: a drawn view, what is shown of it, and the tools that change that.
//
// Others build on it: they add buttons to `bar`, elements to `below`, and listen:
//   stage.on("drawn", (shown))            a picture came: page, title, can, frames, alternative
//   stage.on("click", (frame, point))     somebody pointed at a place
//   stage.on("rest", (frame, point))      the pointer rests; "leave": it went away, or moved on
//   stage.on("outline", (outline))        somebody drew {frame, shape, points}, in data coordinates
// and call turn, zoom, home, redraw, say, complain, setOutlines, ask.

const NOMINAL = 1.25; // times the size asked for: wider cells do not make a picture larger
const HIGHEST = 0.8; // of the window's height
const SETTLED = 160; // ms after the last turn of a wheel, or change of size
const RESTING = 450; // ms
const KEPT = 12; // pictures of other pages

const isDark = () => {
  const lab = document.body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false";
  if (document.body.classList.contains("vscode-dark")) return true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
};

class Stage {
  constructor(el, line) {
    Object.assign(this, { line, listeners: new Map(), outlines: [], tools: [] });
    Object.assign(this, { shown: null, serial: 0, kept: new Map(), timers: {} });
    this.look = { page: 0, regions: {} };
    this.past = [];
    this.future = [];
    this.size = { width: 0, height: 0 };
    this.build(el);
    this.observers = [this.watchSize(), this.watchTheme()];
  }

  // What it is made of

  build(el) {
    this.bar = element("div", { class: "casa-bar", role: "toolbar", "aria-label": "Plot tools" });
    this.canvas = element("canvas", {
      class: "casa-canvas", tabindex: "0", role: "application", "aria-roledescription": "plot",
      onkeydown: (event) => this.keys.press(event),
    });
    this.overlay = svgElement("svg", { class: "casa-overlay", "aria-hidden": "true" });
    this.sketched = svgElement("g");
    this.drawnOutlines = svgElement("g");
    this.overlay.append(this.drawnOutlines, this.sketched);
    this.busyMark = element("div", { class: "casa-busy", hidden: true }, "drawing …");
    this.view = element("div", { class: "casa-view" }, this.canvas, this.overlay, this.busyMark);
    this.readout = element("span", { class: "casa-readout" });
    this.status = element("span", { class: "casa-status", role: "status", "aria-live": "polite" });
    this.alert = element("div", { class: "casa-alert", role: "alert", hidden: true });
    this.pagerPlace = element("div");
    this.below = element("div", { class: "casa-below" });
    this.root = element(
      "div",
      { class: "casa-plot", "data-lm-suppress-shortcuts": "true", "data-jp-suppress-context-menu": "true" },
      this.bar, this.view,
      element("div", { class: "casa-line" }, this.readout, this.status),
      this.alert, this.pagerPlace, this.below,
    );
    this.host = el;
    el.append(this.root);
    this.keys = new Keys(this);
    new Pointers(this.canvas, this);
  }

  /** Begin with what the kernel says of the pages: see "hello" in the protocol. */
  async begin(about) {
    this.about = about;
    this.look = { page: about.page, regions: { ...about.regions } };
    this.pager = new Pager(this, about.pages);
    this.pagerPlace.replaceWith(this.pager.el);
    this.addTools(lookingTools(this));
    this.addMoves();
    this.fit();
    if (about.buffers.length) {
      await this.take(about.first, about.buffers[0], { ...this.wanted(), ...about.drawn });
      if (this.isAsWanted()) return;
    }
    await this.redraw();
  }

  addTools(tools, label = "Tools") {
    const made = tools.map((tool) =>
      button({ name: tool.name, label: tool.label, key: tool.key, toggles: true, press: () => this.choose(tool.name) }),
    );
    this.tools.push(...tools);
    const set = group(label, ...made);
    set.classList.add("casa-tools");
    const others = this.bar.querySelectorAll(".casa-tools");
    if (others.length) others[others.length - 1].after(set);
    else this.bar.append(set);
    if (this.tool === undefined) this.choose(tools[0].name);
  }

  addMoves() {
    const move = (name, label, key, press) => button({ name, label, key, press, short: name !== "home" });
    this.moves = {
      home: move("home", "Home", "h", () => this.home()),
      back: move("back", "Back", "b", () => this.travel(this.past, this.future)),
      forward: move("forward", "Forward", "f", () => this.travel(this.future, this.past)),
      in: move("in", "Zoom in", "+", () => this.scaleBy(0.5)),
      out: move("out", "Zoom out", "-", () => this.scaleBy(2)),
    };
    const choices = this.about.forms.map((form) => [form, form.toUpperCase()]);
    const save = menu({ name: "save", label: "Save", choices, choose: (form) => this.save(form) });
    const help = button({ name: "help", label: "Help", key: "?", press: () => this.keys.help(), short: true });
    this.bar.append(group("View", ...Object.values(this.moves)), group("File", save, help));
  }

  choose(name) {
    const tool = this.tools.find((each) => each.name === name);
    if (tool === undefined || this.buttonOf(name)?.disabled) return;
    this.tool?.cancel();
    this.tool = tool;
    for (const each of this.tools) this.buttonOf(each.name)?.setAttribute("aria-pressed", each === tool);
    this.canvas.dataset.tool = name;
  }

  buttonOf(name) {
    return this.bar.querySelector(`[data-name="${name}"]`);
  }

  on(name, heard) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), heard]);
  }

  emit(name, ...what) {
    for (const heard of this.listeners.get(name) ?? []) heard(...what);
  }

  /** Say something to everybody, in passing. */
  say(text) {
    this.status.textContent = text;
  }

  /** Show what went wrong until it is closed, or something goes well; empty for nothing. */
  complain(text) {
    this.alert.hidden = !text;
    const close = button({ name: "close", label: "Close", short: true, press: () => this.complain("") });
    this.alert.replaceChildren(...(text ? [element("span", {}, text), close] : []));
  }

  /** Ask the kernel about the page shown; what goes wrong is shown, and null is returned. */
  async ask(what, content = {}) {
    try {
      return await this.line.ask(what, { page: this.look.page, ...content });
    } catch (error) {
      this.fail(error);
      return null;
    }
  }

  fail(error) {
    if (!(error instanceof KernelError)) throw error;
    this.complain(error.message);
  }

  // Drawing

  /** Return the drawing that should be there. */
  wanted() {
    return {
      page: this.look.page, regions: this.look.regions, ...this.size,
      ratio: devicePixelRatio || 1, theme: isDark() ? "dark" : "light",
    };
  }

  isAsWanted() {
    const { drawn } = this.shown ?? {};
    return drawn !== undefined && JSON.stringify(drawn) === JSON.stringify(this.wanted());
  }

  /** Draw what is wanted; return whether it was, and nothing newer was wanted meanwhile. */
  async redraw() {
    clearTimeout(this.timers.settle);
    this.paint();
    const wanted = this.wanted();
    if (wanted.width === 0) return false;
    const serial = (this.serial += 1);
    this.busy(true);
    try {
      const answer = await this.picture(wanted);
      if (answer === null || serial !== this.serial) return false;
      await this.take(answer, answer.buffers[0], wanted);
      this.complain("");
      return serial === this.serial;
    } catch (error) {
      if (serial === this.serial) this.fail(error);
      return false;
    } finally {
      if (serial === this.serial) this.busy(false);
    }
  }

  picture(wanted) {
    const key = JSON.stringify(wanted);
    const found = this.kept.get(key);
    this.kept.delete(key);
    return found ?? this.line.ask("draw", wanted);
  }

  /** Let the kernel draw a page that will be wanted next. */
  foresee(page) {
    const wanted = { ...this.wanted(), page };
    const key = JSON.stringify(wanted);
    if (page < 0 || page >= this.about.pages || this.kept.has(key)) return;
    const coming = this.line.ask("draw", { ...wanted, ahead: true });
    this.kept.set(key, coming);
    // One that failed or was dropped is asked again when it is looked at.
    coming.then((answer) => answer ?? this.kept.delete(key), () => this.kept.delete(key));
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
  }

  async take(answer, buffer, drawn) {
    const bitmap = await createImageBitmap(new Blob([buffer], { type: "image/png" }));
    this.shown?.bitmap.close();
    this.shown = { ...answer, bitmap, drawn: structuredClone(drawn) };
    this.canvas.setAttribute("aria-label", `${answer.title}. ${answer.alternative}`);
    this.pager.show(answer.page, answer.title);
    for (const name of ["zoom", "pan"]) this.buttonOf(name).disabled = !answer.zoomable;
    this.paint();
    this.freshen();
    this.emit("drawn", this.shown);
  }

  busy(is) {
    this.root.setAttribute("aria-busy", is);
    clearTimeout(this.timers.busy);
    if (is) this.timers.busy = setTimeout(() => (this.busyMark.hidden = false), 150);
    else this.busyMark.hidden = true;
  }

  /** Put the last picture on the canvas, its frames stretched to what should be there now. */
  paint() {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(this.size.width * ratio), Math.round(this.size.height * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.overlay.setAttribute("viewBox", `0 0 ${this.size.width} ${this.size.height}`);
    if (this.shown === null || width === 0) return;
    const context = this.canvas.getContext("2d");
    const { bitmap } = this.shown;
    context.clearRect(0, 0, width, height);
    context.drawImage(bitmap, ...this.area(width, height));
    for (const frame of this.shown.frames) this.stretch(context, frame, { width, height });
    this.paintOutlines();
  }

  /** Return where the picture lies: all over, unless it has a shape of its own and no frames. */
  area(width, height) {
    const { bitmap, frames } = this.shown;
    if (frames.length) return [0, 0, width, height];
    const factor = Math.min(width / bitmap.width, height / bitmap.height);
    const [w, h] = [bitmap.width * factor, bitmap.height * factor];
    return [(width - w) / 2, (height - h) / 2, w, h];
  }

  stretch(context, frame, size) {
    const region = this.regionOf(frame);
    if (region.every((edge, index) => edge === frame.shown[index])) return;
    const { bitmap } = this.shown;
    const box = boxOf(frame, size);
    const source = boxOf(frame, bitmap);
    const [left, right, bottom, top] = frame.shown;
    const low = toPixels(frame, { x: left, y: bottom }, size, region);
    const high = toPixels(frame, { x: right, y: top }, size, region);
    context.save();
    context.beginPath();
    context.rect(box.x, box.y, box.width, box.height);
    context.clip();
    context.fillStyle = getComputedStyle(this.view).backgroundColor;
    context.fillRect(box.x, box.y, box.width, box.height);
    context.drawImage(
      bitmap, source.x, source.y, source.width, source.height, low.x, high.y, high.x - low.x, low.y - high.y,
    );
    context.restore();
  }

  // Where one is

  frameAt(point) {
    const frame = frameAt(this.shown?.frames ?? [], point, this.size);
    if (frame) this.lastFrame = frame.name;
    return frame;
  }

  /** Return the frame that the keyboard means. */
  get frame() {
    const frames = this.shown?.frames ?? [];
    return frames.find((each) => each.name === this.lastFrame) ?? frames[0];
  }

  /** Return what of a frame should be seen. */
  regionOf(frame) {
    return this.look.regions[frame.name] ?? frame.shown;
  }

  /** Show another region at once, without drawing it anew. */
  preview(frame, region) {
    if (!this.shown.zoomable) return;
    this.look = { ...this.look, regions: { ...this.look.regions, [frame.name]: region } };
    this.paint();
  }

  /** Go to a region of a frame, and draw it. */
  zoom(frame, region) {
    if (!this.shown.zoomable || !region.every(Number.isFinite)) return Promise.resolve(false);
    return this.go({ ...this.look.regions, [frame.name]: region });
  }

  /** Go to regions by frame, as a step that can be taken back. */
  go(regions) {
    this.past.push(this.settledRegions ?? this.look.regions);
    this.settledRegions = undefined;
    this.future = [];
    this.look = { ...this.look, regions };
    this.freshen();
    return this.redraw();
  }

  /** Make a region larger around a point, and draw when no more is asked for a moment. */
  scale(frame, point, factor) {
    this.settledRegions ??= this.look.regions;
    this.preview(frame, regionAround(frame, point, factor, this.size, this.regionOf(frame)));
    clearTimeout(this.timers.settle);
    this.timers.settle = setTimeout(() => this.go(this.look.regions), SETTLED);
  }

  scaleBy(factor, frame = this.frame) {
    if (frame === undefined) return undefined;
    const box = boxOf(frame, this.size);
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    return this.zoom(frame, regionAround(frame, middle, factor, this.size, this.regionOf(frame)));
  }

  home() {
    return Object.keys(this.look.regions).length ? this.go({}) : Promise.resolve(false);
  }

  travel(from, to) {
    if (from.length === 0) return Promise.resolve(false);
    to.push(this.look.regions);
    this.look = { ...this.look, regions: from.pop() };
    this.freshen();
    return this.redraw();
  }

  /** Turn to a page; a film goes on to the next. */
  async turn(page, film = false) {
    const wanted = Math.min(Math.max(page, 0), this.about.pages - 1);
    if (wanted === this.look.page) return this.isAsWanted();
    if (!film) this.pager.stop();
    const step = Math.sign(wanted - this.look.page);
    this.tool.cancel();
    this.look = { ...this.look, page: wanted };
    this.pager.show(wanted);
    const drawn = await this.redraw();
    if (drawn) this.foresee(wanted + step);
    return drawn;
  }

  freshen() {
    if (this.moves === undefined) return;
    const still = !(this.shown?.zoomable ?? false);
    this.moves.home.disabled = still || Object.keys(this.look.regions).length === 0;
    this.moves.back.disabled = still || this.past.length === 0;
    this.moves.forward.disabled = still || this.future.length === 0;
    this.moves.in.disabled = this.moves.out.disabled = still;
  }

  // Pointing

  hover(point) {
    this.tool.hover(point);
    this.readOut(point);
    clearTimeout(this.timers.rest);
    this.emit("leave");
    const frame = this.frameAt(point);
    if (frame) this.timers.rest = setTimeout(() => this.emit("rest", frame, point), RESTING);
  }

  leave() {
    clearTimeout(this.timers.rest);
    this.readout.textContent = "";
    this.emit("leave");
  }

  click(frame, point) {
    clearTimeout(this.timers.rest);
    this.emit("click", frame, point);
  }

  readOut(point) {
    const frame = frameAt(this.shown?.frames ?? [], point, this.size);
    this.readout.textContent = frame ? coordinatesText(frame, point, this.size, this.regionOf(frame)) : "";
    return this.readout.textContent;
  }

  // Outlines

  outline(frame, shape, points) {
    const region = this.regionOf(frame);
    const data = points.map((point) => toData(frame, point, this.size, region));
    this.emit("outline", { frame: frame.name, shape, points: data.map(({ x, y }) => [x, y]) });
  }

  /** Show outlines [{frame, shape, points, kind}]; kind becomes a class for the style sheet. */
  setOutlines(outlines) {
    this.outlines = outlines;
    this.paintOutlines();
  }

  paintOutlines() {
    const made = this.outlines.map((outline) => this.outlineShape(outline)).filter(Boolean);
    this.drawnOutlines.replaceChildren(...made);
  }

  outlineShape({ frame: name, shape, points, kind = "" }) {
    const frame = this.shown?.frames.find((each) => each.name === name);
    if (frame === undefined) return null;
    const at = points.map(([x, y]) => toPixels(frame, { x, y }, this.size, this.regionOf(frame)));
    const made = shape === "polygon" ? lineShape(at, true) : boxShape(shape, at[0], at[1] ?? at[0]);
    made.setAttribute("class", `casa-outline ${kind}`);
    const box = boxOf(frame, this.size);
    // What is zoomed out of its frame must not lie on the labels.
    const [right, bottom] = [this.size.width - box.x - box.width, this.size.height - box.y - box.height];
    const holder = svgElement("g", {
      style: `clip-path: inset(${box.y}px ${right}px ${bottom}px ${box.x}px) view-box`,
    });
    holder.append(made);
    return holder;
  }

  /** Show an unfinished shape; null for none. */
  sketch(shape, kind = "") {
    shape?.setAttribute("class", kind);
    this.sketched.replaceChildren(...(shape ? [shape] : []));
  }

  // The file, the window

  async save(form) {
    this.say(`Saving as ${form.toUpperCase()} …`);
    const { regions, theme } = this.wanted();
    const answer = await this.ask("save", { regions, theme, form });
    if (answer === null) return;
    download(answer.buffers[0], answer.type, answer.name);
    this.say(`Saved as ${answer.name}, in your browser's downloads.`);
  }

  /** Give the picture the size that fits; return whether it changed. */
  fit() {
    if (this.about === undefined || this.host.clientWidth === 0) return false;
    const room = this.host.clientWidth - 2; // its border
    const aspect = this.about.height / this.about.width;
    const width = Math.min(room, NOMINAL * this.about.width, (HIGHEST * innerHeight) / aspect);
    const size = { width: Math.max(160, Math.floor(width)), height: 0 };
    size.height = Math.round(size.width * aspect);
    const changed = size.width !== this.size.width || size.height !== this.size.height;
    this.size = size;
    Object.assign(this.view.style, { width: `${size.width}px`, height: `${size.height}px` });
    return changed;
  }

  watchSize() {
    const observer = new ResizeObserver(() => {
      if (!this.fit()) return;
      this.paint();
      clearTimeout(this.timers.size);
      this.timers.size = setTimeout(() => this.isAsWanted() || this.redraw(), SETTLED);
    });
    observer.observe(this.host);
    return () => observer.disconnect();
  }

  watchTheme() {
    const changed = () => this.shown && !this.isAsWanted() && this.redraw();
    const observer = new MutationObserver(changed);
    observer.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", changed);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", changed);
    };
  }

  close() {
    this.pager?.stop();
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    for (const stop of this.observers) stop();
    this.shown?.bitmap.close();
    this.root.remove();
  }
}
