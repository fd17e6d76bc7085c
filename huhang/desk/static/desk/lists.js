// The list of cases: what is chosen stays chosen while the list fetches itself again, and filters leave a clean address.
const bar = document.getElementById("bulk");
const chosen = new Set();
let all = false, last = null;

const section = () => document.getElementById("tickets");
const boxes = () => [...document.querySelectorAll("#tickets [data-select]")];
const fill = (name, text) => bar.dataset[name].replace("%s", text);
const total = () => section().dataset.count + ("capped" in section().dataset ? "+" : "");

function hidden(name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  return input;
}

// What the bar sends: the numbers, or "all that this list holds" with its filters.
function sync() {
  const fields = all ? [hidden("all", "1"), hidden("query", section().dataset.query)] : [...chosen].map((no) => hidden("no", no));
  document.getElementById("bulk-chosen").replaceChildren(...fields);
}

function show() {
  for (const box of boxes()) {
    box.checked = all || chosen.has(box.dataset.select);
    box.closest("tr").classList.toggle("is-chosen", box.checked);
  }
  const page = boxes(), marked = page.filter((box) => box.checked).length;
  const head = document.querySelector("#tickets [data-select-page]");
  if (head) { head.checked = page.length > 0 && marked === page.length; head.indeterminate = marked > 0 && marked < page.length; }
  bar.hidden = !all && chosen.size === 0;
  document.getElementById("bulk-count").textContent = all ? fill("all", total()) : fill("one", chosen.size);
  const more = document.getElementById("bulk-all");
  more.hidden = all || (!("capped" in section().dataset) && Number(section().dataset.count) <= chosen.size);
  more.textContent = fill("more", total());
  sync();
}

function choose(box, on) {
  if (all) { all = false; boxes().forEach((other) => chosen.add(other.dataset.select)); }
  if (on) chosen.add(box.dataset.select); else chosen.delete(box.dataset.select);
}

function range(from, to) {
  const page = boxes(), a = page.indexOf(from), b = page.indexOf(to);
  if (a < 0 || b < 0) return choose(to, true);
  page.slice(Math.min(a, b), Math.max(a, b) + 1).forEach((box) => choose(box, true));
}

const lastBox = () => boxes().find((box) => box.dataset.select === last);

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-select]");
  if (box && event.shiftKey && last) range(lastBox() ?? box, box);
  if (event.target.closest("#bulk-all")) { all = true; show(); }
  if (event.target.closest("#bulk-none")) clear();
  const mover = event.target.closest("[data-move]");
  if (mover) move(mover);
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-select]")) {
    choose(event.target, event.target.checked);
    last = event.target.dataset.select;
    show();
  }
  if (event.target.matches?.("[data-select-page]")) {
    const on = event.target.checked;
    boxes().forEach((box) => choose(box, on));
    show();
  }
});

function clear() {
  all = false;
  chosen.clear();
  show();
}

// Shift+x: everything from the last chosen row to the one that one stands on.
document.addEventListener("keydown", (event) => {
  if (event.key !== "X" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
  const here = document.querySelector("[data-row].is-current [data-select]");
  if (!here) return;
  range(lastBox() ?? here, here);
  last = here.dataset.select;
  show();
});

function move(button) {
  const line = button.closest("li"), step = Number(button.dataset.move);
  const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(line); else other.after(line);
  button.focus();
}

// Filters that say nothing do not stand in the address; a form of columns reset to the usual sends none.
document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id === "filters") {
    for (const [name, value] of [...detail.formData.entries()]) if (!value) detail.formData.delete(name);
  }
  if (detail.elt.matches("[data-columns]") && detail.triggeringEvent?.submitter?.matches("[data-usual]")) detail.formData.delete("column");
});

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "tickets") show();
  // What was chosen has been done; the report says what came of it.
  if (detail.target.id === "dialog" && document.querySelector("#dialog #bulk-run")) clear();
});

// On a narrow screen the view that one is at may lie beyond the edge.
const views = document.getElementById("views"), here = views?.querySelector("[aria-current]");
if (here) views.scrollLeft = here.offsetLeft - (views.clientWidth - here.offsetWidth) / 2;
show();
