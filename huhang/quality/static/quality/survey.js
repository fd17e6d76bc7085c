// A link in a mail names the answer. The page sends it once somebody has it before their eyes; the buttons stay for
// whoever is quicker, and for those whose line was cut.
const form = document.querySelector("[data-send]");
const LOOK = 600;
let busy = false;

async function send() {
  if (busy || document.visibilityState !== "visible") return;
  busy = true;
  await new Promise((done) => { setTimeout(done, LOOK); });
  const body = new URLSearchParams({ score: form.dataset.send, auto: "true" });
  const answer = document.visibilityState === "visible"
    ? await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null)
    : null;
  if (answer?.ok) location.replace(form.dataset.home);
  busy = false;
}

form.addEventListener("submit", () => { busy = true; });
document.addEventListener("visibilitychange", send);
send();
