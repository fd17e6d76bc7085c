// One's own seat: a sign of life from any page, and the switch as the server sees it.
// A worker keeps the time, because browsers slow down the timers of pages that nobody looks at.
const seat = () => document.querySelector("[data-beat]");
let worker = null;

function begin() {
  const shown = seat();
  if (!shown || worker) return;
  worker = new Worker(shown.dataset.beatWorker);
  worker.onmessage = ({ data }) => {
    const now = seat();
    if (now && data && data !== now.dataset.status) htmx.trigger(now.closest(".own-seat"), "seat:changed");
  };
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"];
  worker.postMessage({ url: new URL(shown.dataset.beat, location.href).href, token });
}

begin();
