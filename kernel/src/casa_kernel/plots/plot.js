// A plot: the stage with what its view can do. Pointing locates, outlines are measured or flagged.

const NEAR = 4; // pixels around a place that one points at
const FOUND = 10; // rows
const EXTENSIONS = [
  ["correlations", "correlations"], ["channels", "channels"], ["spws", "spectral windows"],
  ["fields", "fields"], ["scans", "scans"], ["times", "times"],
  ["baselines", "baselines"], ["antennas", "antennas"],
];

class Plot {
  constructor(el, line, live) {
    Object.assign(this, { line, live, outline: null, flagged: 0 });
    this.stage = new Stage(el, line);
    this.found = element("div", { class: "casa-found", hidden: true });
    this.stage.view.append(this.found);
    this.panel = element("div", { class: "casa-panel", role: "region", "aria-label": "Outline", hidden: true });
    this.notes = element("div", { class: "casa-notes" });
    this.stage.below.append(this.panel, this.notes);
    this.stage.on("drawn", (shown) => this.offer(shown.can));
    this.located = 0; // answers to earlier questions are dropped
    this.stage.on("rest", (frame, point) => this.locate(frame, point));
    this.stage.on("click", (frame, point) => this.locate(frame, point, { asked: true }));
    this.stage.on("leave", () => this.lookAway());
    this.stage.on("escape", () => this.drop());
    this.stage.on("outline", (outline) => this.take(outline));
    line.listen("gone", () => this.stage.complain(GONE));
    this.begin();
  }

  async begin() {
    const about = await this.stage.ask("hello");
    if (about === null) return;
    this.live(true);
    const saved = about.saved.length ? [`Saved: ${about.saved.join(", ")}`] : [];
    this.notes.textContent = [`${about.task}, drawn by ${about.engine}`, ...about.notes, ...saved].join(" · ");
    await this.stage.begin(about);
  }

  /** Offer what the view can do; tools come with the first view that needs them. */
  offer(can) {
    this.can = can;
    const outlines = can.includes("measure") || can.includes("flag");
    if (outlines && !this.offered) {
      this.offered = true;
      this.stage.addTools(outlineTools(this.stage), "Outlines");
    }
    for (const name of ["rectangle", "ellipse", "polygon"]) {
      const made = this.stage.buttonOf(name);
      if (made) made.disabled = !outlines;
    }
  }

  // What is there

  lookAway() {
    this.located += 1;
    this.found.hidden = true;
  }

  async locate(frame, point, { asked = false } = {}) {
    if (!this.can?.includes("locate")) return;
    const { stage } = this;
    const corners = [-NEAR, NEAR].map((by) => ({ x: point.x + by, y: point.y - by }));
    const region = regionBetween(frame, ...corners, stage.size, stage.regionOf(frame));
    const [page, serial] = [stage.look.page, (this.located += 1)];
    const answer = await stage.ask("locate", { frame: frame.name, region, limit: FOUND });
    if (answer === null || serial !== this.located || page !== stage.look.page) return;
    // A pointer that rests anywhere was not a question: only an answer is said.
    if (answer.total > 0 || asked) this.showFound(answer, point);
  }

  showFound({ total, columns, rows }, point) {
    if (total === 0) {
      this.stage.say("Nothing is here.");
      return;
    }
    const words = total === 1 ? "1 point here" : `${total} points here`;
    this.stage.say(total > rows.length ? `${words}, the first ${rows.length} are listed.` : `${words}.`);
    this.found.replaceChildren(table(columns, rows, words));
    this.found.hidden = false;
    const { width, height } = this.stage.size;
    const right = point.x > width / 2;
    const low = point.y > height / 2;
    Object.assign(this.found.style, {
      left: right ? "auto" : `${point.x + 14}px`, right: right ? `${width - point.x + 14}px` : "auto",
      top: low ? "auto" : `${point.y + 14}px`, bottom: low ? `${height - point.y + 14}px` : "auto",
      maxWidth: `${Math.max(point.x, width - point.x) - 24}px`,
    });
  }

  // Outlines

  take(outline) {
    this.outline = { ...outline, page: this.stage.look.page };
    this.stage.setOutlines([this.outline]);
    this.result = element("div", { class: "casa-result" });
    this.sentence = element("p", { class: "casa-sentence", role: "status" });
    const close = button({ name: "close", label: "Close", short: true, press: () => this.drop() });
    const head = element("div", { class: "casa-panel-head" }, element("strong", {}, `The ${outline.shape}`), close);
    const acts = element("div", { class: "casa-acts" });
    if (this.can.includes("measure")) {
      acts.append(button({ name: "measure", label: "Measure", press: () => this.measure() }));
    }
    const flags = this.can.includes("flag") ? this.flagControls() : [];
    this.panel.replaceChildren(head, acts, ...flags, this.sentence, this.result);
    this.panel.hidden = false;
    if (this.can.includes("measure")) this.measure();
    else this.preview(true);
  }

  drop() {
    this.outline = null;
    this.planned = null;
    this.panel.hidden = true;
    this.found.hidden = true;
    this.stage.setOutlines([]);
  }

  /** Ask about the outline; null if it is another one by the time of the answer. */
  async askOutline(what, content = {}) {
    const { outline } = this;
    const { page, frame, shape, points } = outline;
    const answer = await this.stage.ask(what, { page, frame, shape, points, ...content });
    return outline === this.outline ? answer : null;
  }

  async measure() {
    const { width, height, ratio, theme } = this.stage.wanted();
    const looking = { width, height: Math.round(height * 0.6), ratio, theme, regions: this.stage.look.regions };
    const answer = await this.askOutline("measure", looking);
    if (answer === null) return;
    this.result.replaceChildren(table(answer.columns, answer.rows, "Measured"));
    if (answer.picture) this.result.append(await this.image(answer, looking));
  }

  async image({ picture, buffers }, { width }) {
    const image = element("img", { alt: picture.alternative, class: "casa-image", style: `width: ${width}px` });
    const address = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
    image.src = address;
    await image.decode();
    URL.revokeObjectURL(address);
    return image;
  }

  // Flags

  flagControls() {
    const boxes = EXTENSIONS.map(([name, text]) =>
      element("label", {}, element("input", { type: "checkbox", name, onchange: () => this.preview(this.planned) }), ` ${text}`),
    );
    this.extend = element("fieldset", { class: "casa-extend" }, element("legend", {}, "and all other …"), ...boxes);
    const kind = (name, label, flag) =>
      button({ name, label, toggles: true, press: () => this.preview(flag) });
    this.kinds = [kind("flag", "Flag", true), kind("unflag", "Unflag", false)];
    this.applying = element("button", { type: "button", class: "casa-apply", disabled: true, onclick: () => this.apply() }, "Apply");
    this.undoing = button({ name: "undo", label: "Undo", press: () => this.undo() });
    this.undoing.disabled = this.flagged === 0;
    return [this.extend, element("div", { class: "casa-acts" }, ...this.kinds, this.applying, this.undoing)];
  }

  extension() {
    return Object.fromEntries([...this.extend.querySelectorAll("input")].map((box) => [box.name, box.checked]));
  }

  /** Say what flagging (or unflagging) would do; null only takes back what was said. */
  async preview(flag) {
    this.planned = flag ?? null;
    this.applying.disabled = true;
    for (const [index, made] of this.kinds.entries()) made.setAttribute("aria-pressed", flag === (index === 0));
    if (this.planned === null) return;
    this.sentence.textContent = "Counting …";
    const answer = await this.askOutline("preview", { extension: this.extension(), flag });
    if (answer === null || flag !== this.planned) return;
    this.sentence.textContent = answer.sentence;
    this.applying.textContent = flag ? "Apply: flag" : "Apply: unflag";
    this.applying.disabled = answer.changed === 0;
  }

  async apply() {
    this.applying.disabled = true;
    this.sentence.textContent = this.planned ? "Flagging …" : "Unflagging …";
    const answer = await this.askOutline("apply", { extension: this.extension(), flag: this.planned });
    if (answer === null) return;
    this.flagged += 1;
    await this.changed(answer.sentence);
  }

  async undo() {
    const answer = await this.askOutline("undo");
    if (answer === null) return;
    this.flagged -= 1;
    await this.changed(answer.sentence);
  }

  async changed(sentence) {
    this.sentence.textContent = sentence;
    this.undoing.disabled = this.flagged === 0;
    this.applying.disabled = true;
    for (const made of this.kinds) made.setAttribute("aria-pressed", "false");
    this.planned = null;
    this.stage.kept.clear();
    await this.stage.redraw();
  }

  close() {
    this.live(false);
    this.stage.close();
  }
}
