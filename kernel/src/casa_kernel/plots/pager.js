// Turning pages: first, previous, slider, number, next, last, and a film of all of them.

const SHORTEST = 120; // ms that a page of a film is seen, if it is drawn faster

class Pager {
  constructor(stage, pages) {
    Object.assign(this, { stage, pages, playing: false });
    const short = (name, label, press) => button({ name, label, press, short: true });
    this.play = short("play", "Play all pages", () => this.toggle());
    this.slider = element("input", {
      type: "range", min: 1, max: pages, value: 1, class: "casa-slider", "aria-label": "Page",
      oninput: () => stage.turn(this.slider.valueAsNumber - 1),
    });
    this.number = element("input", {
      type: "number", min: 1, max: pages, value: 1, class: "casa-page", "aria-label": "Page number",
      onchange: () => this.typed(),
      onkeydown: (event) => event.key === "Enter" && this.typed(),
    });
    this.title = element("span", { class: "casa-title" });
    this.el = element(
      "div",
      { class: "casa-pager", role: "group", "aria-label": "Pages", hidden: pages < 2 },
      short("first", "First page", () => stage.turn(0)),
      short("previous", "Previous page", () => stage.turn(stage.look.page - 1)),
      this.play,
      short("next", "Next page", () => stage.turn(stage.look.page + 1)),
      short("last", "Last page", () => stage.turn(pages - 1)),
      this.slider,
      element("span", { class: "casa-count" }, this.number, ` of ${pages}`),
      this.title,
    );
  }

  typed() {
    const wanted = Math.round(this.number.valueAsNumber);
    if (Number.isFinite(wanted)) this.stage.turn(wanted - 1);
    this.show(this.stage.look.page);
  }

  show(page, title = this.title.textContent) {
    this.slider.value = page + 1;
    if (document.activeElement !== this.number || this.playing) this.number.value = page + 1;
    this.slider.setAttribute("aria-valuetext", `${page + 1} of ${this.pages}: ${title}`);
    this.title.textContent = title;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.run();
  }

  stop() {
    this.playing = false;
    relabel(this.play, "play", "Play all pages");
  }

  /** Show page after page until somebody stops it; a page is only left when it was seen. */
  async run() {
    this.playing = true;
    relabel(this.play, "pause", "Pause");
    while (this.playing) {
      const pause = new Promise((resolve) => setTimeout(resolve, SHORTEST));
      const drawn = await this.stage.turn((this.stage.look.page + 1) % this.pages, true);
      if (!drawn) break;
      await pause;
    }
    this.stop();
  }
}
