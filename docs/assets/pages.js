// Names for what the theme leaves unnamed, and the filters of the support matrix. Every page reads well without this.
document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
for (const nav of document.querySelectorAll("nav.md-nav[aria-labelledby]")) {
  const name = nav.parentElement.querySelector(".md-nav__link .md-ellipsis")?.textContent.trim();
  if (name) {
    nav.removeAttribute("aria-labelledby");
    nav.setAttribute("aria-label", name);
  }
}
// The theme adds a bar of buttons to each block of code as it comes into view, all of them without a name.
// It also wraps each table; one that is wider than the page has to be reached by keyboard to be scrolled.
let bars = 0;
// On a phone a table is shown as a card a row (`pages.css`), so each cell carries the name of
// its column. The roles say again what the style takes away.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };
const label = () => {
  for (const one of document.querySelectorAll(".md-typeset table:not([class]):not([data-cards])")) {
    const names = [...(one.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent.trim());
    if (names.length < 2) continue;
    one.dataset.cards = "";
    for (const part of [one, ...one.querySelectorAll("thead, tbody, tr, td")]) part.setAttribute("role", ROLES[part.tagName]);
    for (const cell of one.querySelectorAll("td + td")) {
      if (!cell.textContent.trim() && !cell.childElementCount) cell.replaceChildren(); // blank is empty, and not shown
      // A sentence or a command beside what it is about needs no name before it.
      const plain = cell.textContent.length >= 12 || cell.firstChild?.localName === "code";
      if (names.length > 2 || !plain) cell.dataset.label = names[cell.cellIndex];
    }
  }
};
// An option stays whole at the end of a line: a browser breaks after each dash.
const OPTION = /((?<=^|\s)--?[a-zA-Z][\w-]*)/;
const hold = () => {
  for (const one of document.querySelectorAll(".md-typeset :not(pre) > code:not([data-held])")) {
    one.dataset.held = "";
    for (const text of [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
      const parts = text.data.split(OPTION);
      const whole = (part) => Object.assign(document.createElement("span"), { className: "kept", textContent: part });
      if (parts.length > 1) text.replaceWith(...parts.map((part, at) => (at % 2 ? whole(part) : part)));
    }
  }
};
const complete = () => {
  for (const nav of document.querySelectorAll("nav.md-code__nav:not([aria-label])")) {
    nav.setAttribute("aria-label", `Code block ${++bars}`);
  }
  label();
  hold();
  for (const wrap of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    if (wrap.scrollWidth <= wrap.clientWidth) continue;
    wrap.tabIndex = 0;
    wrap.setAttribute("role", "group");
    wrap.setAttribute("aria-label", "Table");
  }
};
new MutationObserver(complete).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", complete);
complete();

const table = document.querySelector("table.features");
const form = document.querySelector("form.controls");
if (table && form) {
  const body = table.tBodies[0];
  // Found by what a person reads in the row and by Agno's names for it; where its evidence lies is no word of it.
  const said = (row) => [...row.cells].map((cell) => (cell.querySelector("summary") ?? cell).textContent).join(" ");
  const rows = [...body.rows].map((row) => ({
    row,
    text: `${said(row)} ${row.dataset.names}`.toLowerCase(),
    ...row.dataset,
  }));
  const heads = [...table.tHead.rows[0].cells];
  // Not "q": the theme opens its own search over the page when the address holds that.
  const fields = ["words", "status", "area", "version"];
  const none = document.querySelector(".wide .none");

  // Laying out hundreds of rows takes longer than a person waits: the first are there at once, the others follow.
  let coming = [];
  let next = 0;
  const reveal = () => {
    for (const row of coming.splice(0, 50)) row.hidden = false;
    if (coming.length) next = requestAnimationFrame(reveal);
  };

  const show = () => {
    const words = form.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    cancelAnimationFrame(next);
    coming = [];
    for (const one of rows) {
      const fits =
        (!form.status.value || one.status === form.status.value) &&
        (!form.area.value || one.area === form.area.value) &&
        (!form.version.value || one.version.split(" ").includes(form.version.value)) &&
        words.every((word) => one.text.includes(word));
      if (!fits) one.row.hidden = true;
      else if (one.row.hidden) coming.push(one.row);
      count += fits;
    }
    reveal();
    form.count.value = `${count} of ${rows.length} rows`;
    none.hidden = count > 0;
    const asked = new URLSearchParams(fields.filter((name) => form[name].value).map((name) => [name, form[name].value]));
    const sorted = heads.findIndex((cell) => cell.hasAttribute("aria-sort"));
    if (sorted >= 0) asked.set("sort", (heads[sorted].getAttribute("aria-sort") === "ascending" ? "" : "-") + sorted);
    history.replaceState(null, "", (asked.size ? `?${asked}` : location.pathname) + location.hash);
  };

  // Up, down, and with the third click the order of the page again.
  const order = (column, direction) => {
    for (const cell of heads) cell.removeAttribute("aria-sort");
    const sorted = rows.map(({ row }) => row);
    if (direction) {
      heads[column].setAttribute("aria-sort", direction);
      const key = new Map(sorted.map((row) => [row, row.cells[column].textContent.trim()]));
      sorted.sort((a, b) => key.get(a).localeCompare(key.get(b)));
    }
    body.append(...(direction === "descending" ? sorted.reverse() : sorted));
  };
  const NEXT = { ascending: "descending", descending: "" };
  heads.forEach((cell, column) => {
    const button = document.createElement("button");
    button.textContent = cell.textContent;
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      order(column, NEXT[cell.getAttribute("aria-sort")] ?? "ascending");
      show();
    });
  });

  const asked = new URLSearchParams(location.search);
  for (const name of fields) form[name].value = asked.get(name) ?? "";
  const [, down, column] = /^(-?)(\d)$/.exec(asked.get("sort") ?? "") ?? [];
  if (column in heads) order(column, down ? "descending" : "ascending");
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  none.querySelector("button").addEventListener("click", () => {
    form.reset();
    show();
    form.words.focus();
  });
  show();

  // A link to one row: it is shown whatever the filters say, with its evidence open.
  const point = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || !body.contains(row)) return;
    row.hidden = false;
    const evidence = row.querySelector("details");
    if (evidence) evidence.open = true;
    row.scrollIntoView();
  };
  addEventListener("hashchange", point);
  point();
}
