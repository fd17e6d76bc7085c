// Everything done often has a key. Lists are marked [data-list]; their rows [data-row], with a link and, where one
// can, [data-do="claim|reply|note|select"].
const GO_WITHIN = 1200;
let goUntil = 0;

const isTyping = (el) => el.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
const rows = () => [...document.querySelectorAll("[data-list] [data-row]")].filter((row) => row.offsetParent !== null);
const current = () => document.querySelector("[data-list] [data-row].is-current");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  choose(next);
}

function choose(row) {
  current()?.classList.remove("is-current");
  row.classList.add("is-current");
  row.scrollIntoView({ block: "nearest" });
  (row.matches("a, button") ? row : row.querySelector("a[href]"))?.focus({ preventScroll: true });
}

// In the row that one stands on, else the first such thing that the page shows.
function act(name) {
  const shown = () => [...document.querySelectorAll(`main [data-do="${name}"]`)].find((one) => one.checkVisibility?.() ?? true);
  const place = current()?.querySelector(`[data-do="${name}"]`) || shown();
  if (!place || place.disabled) return false;
  if (place.matches("input[type=checkbox], button, a")) place.click(); else place.focus();
  return true;
}

function find() {
  const box = document.querySelector("[data-find]");
  box?.focus();
  box?.select();
  return Boolean(box);
}

const ACTIONS = {
  j: () => (rows().length ? move(1) : act("after")), k: () => (rows().length ? move(-1) : act("before")), x: () => act("select"),
  c: () => act("claim"), r: () => act("reply"), n: () => act("note"),
  e: () => act("resolve"), h: () => act("hand_over"), m: () => act("macros"),
  "/": () => act("search") || find(),
  "?": () => document.querySelector("[data-keys]")?.click(),
};

function go(key) {
  const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  if (link) location.href = link.href;
  return Boolean(link);
}

function inFound(event) {
  const links = [...document.querySelectorAll("#found a")];
  const at = links.indexOf(document.activeElement);
  if (event.key === "ArrowDown" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
  else if (event.key === "ArrowUp" && at > 0) links[at - 1].focus();
  else if (event.key === "ArrowUp" && at === 0) find();
  else return false;
  return true;
}

function withControl(event) {
  if (event.key.toLowerCase() === "k") return find();
  if (event.key !== "Enter") return false;
  const form = event.target.closest("form");
  form?.requestSubmit();
  return Boolean(form);
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (withControl(event)) event.preventDefault();
    return;
  }
  if (event.target.closest("form.find") && inFound(event)) return event.preventDefault();
  if (isTyping(event.target) || document.getElementById("dialog")?.open) return;
  if (Date.now() < goUntil) {
    goUntil = 0;
    if (go(event.key)) event.preventDefault();
    return;
  }
  if (event.key === "g") { goUntil = Date.now() + GO_WITHIN; return; }
  if (event.key === "Enter" && current() && event.target === document.body) return current().querySelector("a[href]")?.click();
  const action = ACTIONS[event.key];
  if (action) { event.preventDefault(); action(); }
});

// A press anywhere on a row opens it, as people expect; links, buttons and selected text keep their own meaning.
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-list] [data-row]");
  if (!row || event.target.closest("a, button, input, label, summary, select") || String(getSelection())) return;
  choose(row);
  row.querySelector("a[href]")?.click();
});
