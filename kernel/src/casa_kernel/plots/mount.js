// Where a picture lives: in the element whose place its model names, or where a view is asked for.
//
// A saved notebook must hold no widget that a later reader cannot have. The kernel therefore shows
// an element with a caption, and the picture as a PNG behind it; while the kernel lives, its model
// finds the element, puts the tools into it, and the style sheet hides the PNG.

const OUTPUT = ".jp-OutputArea-child, .output_area, .cell-output";

/** Keeps something alive in every element of a place, as front ends show, copy and drop them. */
class Anchors {
  constructor(place, begin) {
    Object.assign(this, { selector: `[data-casa-plot="${place}"]`, begin, living: new Map() });
    this.soon = 0;
    this.observer = new MutationObserver(() => {
      if (!this.soon) this.soon = requestAnimationFrame(() => this.look());
    });
    this.observer.observe(document.body, { childList: true, subtree: true });
    this.look();
  }

  look() {
    this.soon = 0;
    for (const anchor of document.querySelectorAll(this.selector)) {
      if (!this.living.has(anchor)) this.living.set(anchor, this.settle(anchor));
    }
  }

  settle(anchor) {
    const home = element("div", { class: "casa-home" });
    const output = anchor.closest(OUTPUT);
    anchor.append(home);
    const end = this.begin(home, (live) => {
      anchor.classList.toggle("casa-live", live);
      output?.classList.toggle("casa-plot-live", live);
    });
    return () => {
      end();
      home.remove();
      anchor.classList.remove("casa-live");
      output?.classList.remove("casa-plot-live");
    };
  }

  close() {
    this.observer.disconnect();
    cancelAnimationFrame(this.soon);
    for (const end of this.living.values()) end();
    this.living.clear();
  }
}

/** Return what anywidget wants of a module: widgets of a class `new Kind(element, line, live)`. */
function mounting(Kind) {
  const begin = (model, el, live = () => {}) => {
    const line = new Line(model);
    const widget = new Kind(el, line, live);
    return () => {
      widget.close();
      line.close();
    };
  };
  return {
    initialize({ model }) {
      const place = model.get("place");
      if (!place) return undefined;
      const anchors = new Anchors(place, (el, live) => begin(model, el, live));
      return () => anchors.close();
    },
    render({ model, el }) {
      return begin(model, el);
    },
  };
}
