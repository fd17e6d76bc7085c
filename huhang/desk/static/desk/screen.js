// A big screen that nobody touches: pages turn by themselves, the picture shifts a little every minute so that no
// line burns in, and a lost connection is counted in seconds.

// The server's clock counts, as in countdown.js.
const offset = (Date.parse(document.querySelector('meta[name="server-now"]').content) || Date.now()) - (performance.timeOrigin + performance.getEntriesByType("navigation")[0].responseStart);
const now = () => Date.now() + offset;
const TURN_EVERY = 12000, SHIFT_EVERY = 60000, LOST_AFTER = 3;
const SHIFTS = [[0, 0], [6, 3], [10, 8], [4, 10], [-4, 6], [-8, 0], [-4, -6], [4, -4]];
const zone = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const pages = { tiles: 0, list: 0 };

// How many of the children fit is measured, not guessed: names and figures are of any length.
function layout() {
  for (const box of document.querySelectorAll("[data-turn]")) {
    const all = [...box.children];
    all.forEach((child) => { child.hidden = false; });
    const bottom = box.getBoundingClientRect().bottom + 1;
    const fitting = all.findIndex((child) => child.getBoundingClientRect().bottom > bottom);
    const size = fitting < 1 ? all.length : fitting;
    const count = Math.max(1, Math.ceil(all.length / size));
    const page = pages[box.dataset.turn] %= count;
    all.forEach((child, number) => { child.hidden = Math.floor(number / size) !== page; });
    const said = document.querySelector(`[data-page="${box.dataset.turn}"]`);
    if (said) said.textContent = count > 1 ? `${page + 1} / ${count}` : "";
  }
}

function turn() {
  pages.tiles += 1;
  pages.list += 1;
  layout();
}

let shift = 0;
function move() {
  const [x, y] = SHIFTS[shift = (shift + 1) % SHIFTS.length];
  document.querySelector("main").style.transform = `translate(${x}px, ${y}px)`;
}

// ---- Is anybody there? The stream's mark and failed looks both tell; a look that succeeds ends it.
const lost = document.getElementById("screen-lost"), mark = document.getElementById("live-mark");
let since = 0, failed = false;
function isDown() { return failed || !navigator.onLine || !mark.hidden; }
new MutationObserver(second).observe(mark, { attributes: true, attributeFilter: ["hidden"] });
document.body.addEventListener("htmx:sendError", () => { failed = true; second(); });
document.body.addEventListener("htmx:timeout", () => { failed = true; second(); });
document.body.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) failed = false; second(); });
// The link was revoked: a reload shows why.
document.body.addEventListener("htmx:responseError", ({ detail }) => { if ([401, 404].includes(detail.xhr.status)) location.reload(); });

function second() {
  const clock = document.querySelector("[data-clock]");
  if (clock) clock.textContent = zone.format(now());
  if (!isDown()) since = 0;
  else since ||= Date.now() - LOST_AFTER * 1000;
  lost.hidden = !since;
  document.body.classList.toggle("is-lost", Boolean(since));
  if (since) lost.textContent = lost.dataset.words.replace("%s", Math.floor((Date.now() - since) / 1000));
}

document.body.addEventListener("htmx:afterSwap", () => { layout(); second(); });
addEventListener("resize", layout);
addEventListener("screen:turn", turn); // for whoever does not want to wait
setInterval(second, 1000);
setInterval(turn, TURN_EVERY);
setInterval(move, SHIFT_EVERY);
document.fonts?.ready.then(layout);
layout();
second();
