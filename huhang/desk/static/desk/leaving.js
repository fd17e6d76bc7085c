// An answer on its way: the seconds in which it can still be taken back.
const serverNow = Date.parse(document.querySelector("meta[name=server-now]").content);
// By how much this machine's clock is ahead of the server's, read when the page's first byte came: it may take seconds to run.
const came = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const ahead = came - serverNow;

function tick() {
  for (const word of document.querySelectorAll("[data-leaves-at]")) {
    const left = Math.ceil((Date.parse(word.dataset.leavesAt) - (Date.now() - ahead)) / 1000);
    word.textContent = left > 0 ? word.dataset.left.replace("0", left) : word.dataset.gone;
  }
}

setInterval(tick, 500);
document.addEventListener("htmx:afterSettle", tick);
tick();
