// An interactive clean: the stage with a mask over the image, and what CASA is to do next.

const ENTRIES = [
  ["niter", "Iterations left", "niter: iterations left"],
  ["cycleniter", "per cycle", "cycleniter: at most so many in one cycle and plane; -1 for no limit"],
  ["nmajor", "Cycles left", "nmajor: cycles left; -1 for no limit"],
  ["threshold", "Threshold", "threshold: flux density at which cleaning ends, such as 1mJy"],
  ["nsigma", "n-sigma", "nsigma: the same in units of the noise; 0 for none"],
  ["cyclefactor", "Cycle factor", "cyclefactor: how deep a cycle goes, in units of the largest sidelobe"],
];
const AGAIN = 2000; // ms
const CONVERGENCE = { width: 560, height: 240 };

class Clean {
  constructor(el, line, live) {
    Object.assign(this, { line, live, adds: true, status: null, serial: 0 });
    this.stage = new Stage(el, line);
    this.stage.root.classList.add("casa-clean");
    this.stage.root.addEventListener("keydown", (event) => this.press(event));
    this.stage.on("drawn", ({ drawn }) => this.drawn(drawn.theme));
    this.stage.on("outline", (outline) => this.edit(outline));
    line.listen("status", ({ status }) => this.take(status));
    line.listen("gone", () => this.stage.complain("The kernel was stopped or restarted: run the cell again."));
    this.begin();
  }

  async begin() {
    const about = await this.greet();
    if (about === null || this.closed) return;
    this.live(true);
    this.about = about;
    this.build(about.status);
    await this.stage.begin(about);
    this.stage.addTools(outlineTools(this.stage), "Outlines");
    this.stage.choose("rectangle");
    this.placeMask();
    this.take(about.status);
  }

  /** Say hello until it is heard: what is sent before the front end's subshell is there waits for the cell. */
  greet() {
    return new Promise((resolve) => {
      const ask = async () => {
        const about = await this.stage.ask("hello");
        clearInterval(this.greeting);
        resolve(about);
      };
      this.greeting = setInterval(ask, AGAIN);
      ask();
    });
  }

  // What it is made of

  build(status) {
    const act = (name, label, key, press, strong) => {
      const made = button({ name, label, key, press });
      if (strong) made.classList.add("casa-apply");
      return made;
    };
    this.acts = {
      next: act("cycle", "Next cycle", "n", () => this.command("next"), true),
      run: act("run", "Run to the end", "R", () => this.command("run")),
      back: act("uncycle", "Undo cycle", "U", () => this.command("back")),
      stop: act("stop", "Stop", "S", () => this.command("stop")),
      script: act("script", "Script", undefined, () => this.script()),
    };
    this.acts.next.title += ": one minor and one major cycle with this mask";
    this.acts.stop.title += ": restore the image, and let the cell return";
    this.entries = new Map(ENTRIES.map(([name, label, title]) => [name, this.entry(name, label, title)]));
    this.says = element("p", { class: "casa-says", role: "status", "aria-live": "polite" });
    this.curve = element("img", { class: "casa-curve", alt: "", hidden: true });
    const labels = [...this.entries.values()].map((input) => input.parentElement);
    this.panel = element(
      "div",
      { class: "casa-panel casa-cleaning", role: "region", "aria-label": "Cleaning" },
      element("div", { class: "casa-entries" }, ...labels),
      element("div", { class: "casa-acts" }, ...Object.values(this.acts)),
      this.says,
      this.curve,
    );
    this.stage.below.append(this.panel);
    this.several = { stokes: status.stokes > 1, channels: status.channels > 1 };
  }

  entry(name, label, title) {
    const input = element("input", { class: "casa-entry", name, title, "aria-label": title, onchange: () => this.enter(name) });
    // Enter is the notebook's own, and never becomes a change here.
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      this.enter(name);
    });
    element("label", { class: "casa-entry-label", title }, element("span", {}, label), input);
    return input;
  }

  /** Put what concerns the mask, and the choice of the image, into the bar. */
  placeMask() {
    const mode = (name, label, key, adds) =>
      button({ name, label, key, toggles: true, press: () => this.draws(adds) });
    this.modes = [mode("mask-add", "Draw", "d", true), mode("mask-erase", "Erase", "x", false)];
    this.maskUndo = button({ name: "undo", label: "Undo", key: "u", press: () => this.change("maskundo"), short: true });
    this.maskRedo = button({ name: "redo", label: "Redo", key: "y", press: () => this.change("maskredo") });
    this.clear = button({ name: "clear", label: "Clear", press: () => this.change("edit", { shape: "all", adds: false, ...this.scope() }) });
    const box = (name, text) => {
      const made = element("input", { type: "checkbox", name });
      made.checked = true;
      return [made, element("label", { class: "casa-check" }, made, ` ${text}`)];
    };
    const [channels, channelsLabel] = box("everyChannel", "all channels");
    const [stokes, stokesLabel] = box("everyStokes", "all Stokes");
    Object.assign(this, { channels, stokes });
    channelsLabel.hidden = !this.several.channels;
    stokesLabel.hidden = !this.several.stokes;
    this.products = element("select", { class: "casa-select", "aria-label": "Image", onchange: () => this.choose(this.products.value) });
    this.stage.bar.prepend(group("Image", this.products));
    this.stage.bar.append(group("Mask", ...this.modes, this.maskUndo, this.maskRedo, this.clear, channelsLabel, stokesLabel));
    this.draws(true);
  }

  scope() {
    return { everyChannel: this.channels.checked, everyStokes: this.stokes.checked };
  }

  draws(adds) {
    this.adds = adds;
    for (const [index, made] of this.modes.entries()) made.setAttribute("aria-pressed", adds === (index === 0));
  }

  // What is asked of the kernel

  /** Ask for a change; the answer has the status after it. */
  async change(what, content = {}) {
    const answer = await this.stage.ask(what, content);
    if (answer === null) return null;
    this.stage.complain("");
    this.take(answer.status);
    if (what !== "controls" && what !== "command") await this.freshMask();
    return answer;
  }

  edit({ shape, points }) {
    return this.change("edit", { shape, points, adds: this.adds, ...this.scope() });
  }

  async enter(name) {
    const input = this.entries.get(name);
    await this.change("controls", { values: { [name]: input.value } });
    // As the kernel understood it, or as it was.
    input.value = this.status.controls[name];
  }

  async command(command) {
    // What is typed and not yet entered counts.
    document.activeElement?.blur?.();
    await this.change("command", { command });
    this.stage.canvas.focus({ preventScroll: true });
  }

  async choose(product) {
    await this.change("product", { product });
    this.stage.kept.clear();
    await this.stage.redraw();
  }

  async script() {
    const answer = await this.stage.ask("script");
    if (answer === null) return;
    if (this.shownScript) {
      this.shownScript.remove();
      this.shownScript = null;
      return;
    }
    const save = button({
      name: "save", label: "Save",
      press: () => download(new TextEncoder().encode(answer.script), "text/x-python", `${this.status.imagename.split("/").at(-1)}-clean.py`),
    });
    this.shownScript = element(
      "div",
      { class: "casa-panel", role: "region", "aria-label": "Script" },
      element("div", { class: "casa-panel-head" }, element("strong", {}, "What was done, as a script"), save),
      element("pre", { class: "casa-script", tabindex: "0" }, answer.script),
    );
    this.panel.after(this.shownScript);
  }

  // What the kernel says

  take(status) {
    const before = this.status;
    this.status = status;
    this.show(status);
    if (before === null || status.changes !== before.changes || status.phase !== before.phase) this.redraw(before);
  }

  show(status) {
    const waiting = status.phase === "waiting";
    const open = waiting || status.phase === "running";
    for (const [name, input] of this.entries) {
      input.disabled = !open;
      if (document.activeElement !== input) input.value = status.controls[name];
    }
    this.acts.next.disabled = this.acts.run.disabled = !waiting;
    this.acts.back.disabled = !status.canUndoCycle;
    this.acts.stop.disabled = !open;
    this.stage.root.dataset.phase = status.phase;
    this.stage.root.setAttribute("aria-busy", !waiting && status.phase !== "done");
    this.says.textContent = status.says;
    if (status.problem) this.stage.complain(status.problem);
    if (this.modes === undefined) return;
    this.maskUndo.disabled = !open || !status.canUndo;
    this.maskRedo.disabled = !open || !status.canRedo;
    this.clear.disabled = !open || status.pixels === 0;
    const choices = status.products.map((name) => element("option", { value: name }, name));
    this.products.replaceChildren(...choices);
    this.products.value = status.product;
  }

  async redraw() {
    this.stage.kept.clear();
    if (this.stage.shown !== null) await this.stage.redraw();
    await this.freshCurve();
  }

  drawn(theme) {
    this.freshMask();
    if (this.theme !== undefined && this.theme !== theme) this.freshCurve();
    this.theme = theme;
  }

  /** Draw the mask of the page that is shown. */
  async freshMask() {
    const serial = (this.serial += 1);
    const frame = this.stage.shown?.frames[0]?.name;
    const answer = await this.stage.ask("mask");
    if (answer === null || serial !== this.serial || frame === undefined) return;
    this.stage.root.dataset.mask = answer.pixels;
    this.stage.setOutlines(answer.rings.map((points) => ({ frame, shape: "polygon", points, kind: "casa-mask" })));
  }

  async freshCurve() {
    if (this.status.cycles === 0) {
      this.curve.hidden = true;
      return;
    }
    const { ratio, theme } = this.stage.wanted();
    const cycles = this.status.cycles;
    const answer = await this.stage.ask("convergence", { ...CONVERGENCE, ratio, theme });
    if (answer === null) return;
    const address = URL.createObjectURL(new Blob([answer.buffers[0]], { type: "image/png" }));
    const old = this.curve.src;
    this.curve.dataset.theme = theme;
    Object.assign(this.curve, { src: address, alt: answer.alternative, width: CONVERGENCE.width, hidden: false });
    this.curve.dataset.cycles = cycles;
    if (old) URL.revokeObjectURL(old);
  }

  press(event) {
    const typing = event.target.closest("input, select, textarea, pre");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const name = { n: "next", R: "run", U: "back", S: "stop" }[event.key];
    const other = {
      u: this.maskUndo, y: this.maskRedo, d: this.modes?.[0], x: this.modes?.[1],
    }[event.key];
    const made = name ? this.acts?.[name] : other;
    if (made === undefined) return;
    made.click();
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.closed = true;
    clearInterval(this.greeting);
    this.live(false);
    if (this.curve?.src) URL.revokeObjectURL(this.curve.src);
    this.stage.close();
  }
}
