// The do-it-now window: a verb from a row leaves the list where it is, and what has arrived since the last look is marked.
const dialog = document.getElementById("dialog");
const toasts = document.getElementById("toasts");
const SEEN_AT_MOST = 600;

const place = () => document.getElementById("window");
const rows = () => [...document.querySelectorAll("#window [data-row]:not(.todo-group)")];

// ---- Verbs answer with the case; here it is the list that is fetched again.
document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 || xhr.getResponseHeader("HX-Retarget") !== "#case" || document.getElementById("case")) return;
  event.preventDefault();
  const said = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".toast-note");
  if (said) toasts.append(said);
  document.body.dispatchEvent(new CustomEvent("desk:done"));
  if (dialog.open) dialog.close();
  window.htmx.ajax("GET", place().getAttribute("hx-get"), { target: "#window", swap: "outerHTML" });
});

// ---- New since the last look: known rows are kept in this browser, per unit.
const key = () => `huhang.window.${place()?.dataset.unit}`;

function known() {
  try {
    const kept = JSON.parse(localStorage.getItem(key()));
    return Array.isArray(kept) ? new Set(kept) : null;
  } catch { return null; }
}

function keep(names) {
  try { localStorage.setItem(key(), JSON.stringify([...names].slice(-SEEN_AT_MOST))); } catch { /* a private window keeps nothing */ }
}

let before = null; // what stood here when the list was shown last
function mark() {
  if (place()?.dataset.tab !== "todo") return;
  const seen = known(), here = rows();
  if (!seen) keep(here.map((row) => row.dataset.row)); // the very first look: nothing is new, or all is
  for (const row of here) {
    const isNew = Boolean(seen) && !seen.has(row.dataset.row);
    row.classList.toggle("is-new", isNew);
    row.closest(".todo-group")?.classList.toggle("is-new", Boolean(row.closest(".todo-group").querySelector(".todo.is-new")));
  }
  const arrived = before ? here.filter((row) => !before.has(row.dataset.row)) : [];
  before = new Set(here.map((row) => row.dataset.row));
  if (arrived.length) document.body.dispatchEvent(new CustomEvent("window:arrived", { detail: { says: arrived.map((row) => row.dataset.say) } }));
}

function look(name) {
  const seen = known() ?? new Set();
  seen.delete(name);
  keep(seen.add(name));
}

// Whoever leaves the page has looked at all of it; whoever points at a row, at that row.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden" || place()?.dataset.tab !== "todo") return;
  lookedAt = rows().map((row) => row.dataset.row);
});
let lookedAt = [];
addEventListener("pagehide", () => {
  if (place()?.dataset.tab === "todo") keep([...(known() ?? []), ...rows().map((row) => row.dataset.row)]);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !lookedAt.length) return;
  keep([...(known() ?? []), ...lookedAt]);
  lookedAt = [];
  mark();
});
document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest("#window [data-row]");
  if (!row) return;
  look(row.dataset.row);
  row.classList.remove("is-new");
});

document.body.addEventListener("htmx:afterSwap", mark);
mark();
