// Makes the headings of the kernel's tables buttons that sort. Every output carries this script, so
// it looks for tables that none of its copies has prepared yet.
(() => {
  const number = (text) => {
    const value = Number.parseFloat(text);
    return Number.isNaN(value) ? null : value;
  };

  const compare = (kind) => (a, b) => {
    if (kind === "text") return a.localeCompare(b, undefined, { numeric: true });
    return number(a) - number(b);
  };

  // What has no value stays at the end in either direction.
  const isEmpty = (text, kind) => (kind === "text" ? text === "" : number(text) === null);

  const sortBy = (body, column, kind, sign) => {
    const rows = [...body.rows].map((row) => ({ row, text: row.cells[column].textContent.trim() }));
    const inOrder = compare(kind);
    rows.sort((a, b) => {
      const [noA, noB] = [isEmpty(a.text, kind), isEmpty(b.text, kind)];
      if (noA || noB) return noA - noB;
      return sign * inOrder(a.text, b.text);
    });
    body.append(...rows.map(({ row }) => row));
  };

  const prepare = (table) => {
    table.setAttribute("data-casa-ready", "");
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.style.cssText = "font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer";
      const arrow = document.createElement("span");
      arrow.setAttribute("aria-hidden", "true");
      button.append(...head.childNodes, arrow);
      head.append(button);
      button.addEventListener("click", () => {
        const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
        heads.forEach((other) => {
          other.removeAttribute("aria-sort");
          other.querySelector("span").textContent = "";
        });
        head.setAttribute("aria-sort", direction);
        arrow.textContent = direction === "ascending" ? " ▲" : " ▼";
        sortBy(table.tBodies[0], column, head.dataset.kind, direction === "ascending" ? 1 : -1);
      });
    });
  };

  document.querySelectorAll("table[data-casa-sortable]:not([data-casa-ready])").forEach(prepare);
})();
