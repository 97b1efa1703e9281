// Buttons, menus and tables: small pieces of a page that know nothing of plots.

const SVG = "http://www.w3.org/2000/svg";

// Drawn on 16 x 16 with strokes of the text's colour.
const ICONS = {
  zoom: "M7 3a4 4 0 1 0 0 8a4 4 0 0 0 0-8M10 10l3.5 3.5M7 5v4M5 7h4",
  pan: "M8 2v12M2 8h12M6 4l2-2 2 2M6 12l2 2 2-2M4 6l-2 2 2 2M12 6l2 2-2 2",
  look: "M3 2l4 11 2-4.5L13.500 6.500z",
  rectangle: "M2.500 4h11v8h-11z",
  ellipse: "M8 4c3.600 0 6 1.800 6 4s-2.400 4-6 4-6-1.800-6-4 2.400-4 6-4z",
  polygon: "M8 2l6 4.500-2.200 7H4.200L2 6.500z",
  home: "M2 8l6-5.500L14 8M4 7v6.500h8V7M7 13.500V10h2v3.500",
  back: "M9.500 3L4.500 8l5 5M4.500 8H13",
  forward: "M6.500 3l5 5-5 5M11.500 8H3",
  in: "M8 3v10M3 8h10",
  out: "M3 8h10",
  save: "M8 2v8M4.500 7L8 10.500 11.500 7M2.500 13.500h11",
  help: "M5.500 6a2.500 2.500 0 1 1 3.600 2.200c-.7.4-1.100.8-1.100 1.600M8 12v.600",
  first: "M12 3L7 8l5 5M4 3v10",
  previous: "M10.500 3l-5 5 5 5",
  next: "M5.500 3l5 5-5 5",
  last: "M4 3l5 5-5 5M12 3v10",
  play: "M5 3l8 5-8 5z",
  pause: "M5.500 3v10M10.500 3v10",
  close: "M4 4l8 8M12 4l-8 8",
  undo: "M5.500 3L2.500 6l3 3M2.500 6h7a3.500 3.500 0 0 1 0 7H6",
  flag: "M4 14V2.500M4 3h8l-2 2.750L12 8.500H4",
  unflag: "M4 14V2.500M4 3h8l-2 2.750L12 8.500H4M2 2l12 12",
  measure: "M2 13.500h12M4 13.500V8M8 13.500V3M12 13.500V6",
};

/** Return an element with attributes and children; "on…" is a listener, `true` an empty attribute. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

function svgElement(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function icon(name) {
  const made = svgElement("svg", { viewBox: "0 0 16 16", class: "casa-icon", "aria-hidden": "true" });
  made.append(svgElement("path", { d: ICONS[name] }));
  return made;
}

/** Return a button; its label is seen where there is room, and always read. */
function button({ name, label, title, press, key, toggles = false, short = false }) {
  const hint = key ? `${title ?? label} (${key})` : (title ?? label);
  const made = element(
    "button",
    {
      type: "button",
      class: `casa-button${short ? " casa-short" : ""}`,
      title: hint,
      "aria-label": label,
      "aria-keyshortcuts": key,
      "aria-pressed": toggles ? "false" : undefined,
      "data-name": name,
      onclick: press,
    },
    ICONS[name] ? icon(name) : undefined,
    element("span", { class: "casa-label" }, label),
  );
  return made;
}

/** Give a button another face. */
function relabel(made, name, label) {
  made.querySelector(".casa-icon").replaceWith(icon(name));
  made.querySelector(".casa-label").textContent = label;
  made.setAttribute("aria-label", label);
  made.title = label;
}

const group = (label, ...children) =>
  element("div", { class: "casa-group", role: "group", "aria-label": label }, ...children);

/** Return a button that opens a list of choices [[value, label], …]. */
function menu({ name, label, choices, choose }) {
  const items = choices.map(([value, text]) =>
    element("button", { type: "button", class: "casa-item", role: "menuitem", "data-value": value }, text),
  );
  const list = element("div", { class: "casa-menu", role: "menu", hidden: true }, ...items);
  const opener = button({ name, label, press: () => (list.hidden ? open() : close()) });
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  const box = element("div", { class: "casa-menu-box" }, opener, list);
  const elsewhere = (event) => box.contains(event.target) || close();
  const open = () => {
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    items[0].focus();
    document.addEventListener("pointerdown", elsewhere);
  };
  const close = () => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", elsewhere);
  };
  list.addEventListener("click", (event) => {
    const value = event.target.dataset.value;
    if (value === undefined) return;
    close();
    opener.focus();
    choose(value);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const at = items.indexOf(document.activeElement) + step;
      items[(at + items.length) % items.length].focus();
    } else if (event.key === "Escape") {
      close();
      opener.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return box;
}

const isNumeric = (text) => /^[-+\d.][\d.,e+-]*$/i.test(text.trim());

/** Return a table; columns of numbers are set to the right. */
function table(columns, rows, caption) {
  const numeric = columns.map((_, index) => rows.length > 0 && rows.every((row) => isNumeric(row[index])));
  const cells = (row, name) =>
    row.map((text, index) =>
      element(name, { class: numeric[index] ? "casa-number" : undefined, scope: name === "th" ? "col" : undefined }, text),
    );
  return element(
    "div",
    { class: "casa-table", tabindex: "0", role: "region", "aria-label": caption },
    element(
      "table",
      {},
      caption ? element("caption", {}, caption) : undefined,
      element("thead", {}, element("tr", {}, ...cells(columns, "th"))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells(row, "td")))),
    ),
  );
}

/** Offer bytes as a file to the browser's user. */
function download(bytes, type, name) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = element("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
