// The line to the kernel: questions with a number, answers with the same number.
//
// `line.ask("draw", {...})` resolves to the answer's content with `buffers` (DataViews); to null if
// the kernel dropped the question because a newer one of the same kind came; it rejects with a
// `KernelError` whose message is for the user.

class KernelError extends Error {}

class Line {
  constructor(model) {
    this.model = model;
    this.waiting = new Map();
    // Answers go to every browser that has the notebook open: numbers differ between them.
    this.prefix = Math.random().toString(36).slice(2);
    this.count = 0;
    this.listeners = new Map();
    this.alive = true;
    this.receive = (content, buffers) => this.hear(content, buffers);
    this.check = () => this.lose();
    model.on("msg:custom", this.receive);
    model.on("comm_live_update", this.check);
  }

  /** Ask the kernel; see above. */
  ask(what, content = {}) {
    if (!this.alive) return Promise.reject(new KernelError(GONE));
    const id = `${this.prefix}-${(this.count += 1)}`;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.model.send({ ...content, ask: what, id });
    });
  }

  /** Call a function with what the kernel tells unasked under a name. */
  listen(what, heard) {
    this.listeners.set(what, heard);
  }

  hear(content, buffers) {
    if (content.tell !== undefined) {
      this.listeners.get(content.tell)?.(content, buffers);
      return;
    }
    const waiting = this.waiting.get(content.answer);
    if (waiting === undefined) return;
    this.waiting.delete(content.answer);
    if (content.error !== undefined) waiting.reject(new KernelError(content.error));
    else waiting.resolve(content.dropped ? null : { ...content, buffers });
  }

  lose() {
    this.alive = false;
    for (const { reject } of this.waiting.values()) reject(new KernelError(GONE));
    this.waiting.clear();
    this.listeners.get("gone")?.();
  }

  close() {
    this.model.off("msg:custom", this.receive);
    this.model.off("comm_live_update", this.check);
    this.waiting.clear();
  }
}

const GONE = "The kernel was stopped or restarted: run the cell again to zoom and pan.";
