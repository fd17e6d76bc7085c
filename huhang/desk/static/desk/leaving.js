// An answer on its way: the seconds in which it can still be taken back.
const ahead = Date.now() - Date.parse(document.querySelector("meta[name=server-now]").content);

function tick() {
  for (const word of document.querySelectorAll("[data-leaves-at]")) {
    const left = Math.ceil((Date.parse(word.dataset.leavesAt) - (Date.now() - ahead)) / 1000);
    word.textContent = left > 0 ? word.dataset.left.replace("0", left) : word.dataset.gone;
  }
}

setInterval(tick, 500);
document.addEventListener("htmx:afterSettle", tick);
tick();
