// Keeps the customer's page true while it is open: hears that this case changed, fetches the page, and replaces what
// is shown, but never under somebody's hands. Without this script the page works the same after a reload.
const WAIT = 400, TRY_AGAIN = 4000;
let root = document.getElementById("progress");
let timer = 0;

const isBusy = () => [...root.querySelectorAll("form[data-keep]")].some((form) =>
  form.contains(document.activeElement) || form.querySelector(":checked") || [...form.querySelectorAll("input[type=text], textarea")].some((f) => f.value));

async function refresh() {
  timer = 0;
  if (isBusy()) return later(TRY_AGAIN);
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
  if (!fresh || isBusy()) return;
  root.replaceWith(document.importNode(fresh, true));
  root = document.getElementById("progress");
}

function later(wait) { timer ||= setTimeout(refresh, wait); }

if (root?.dataset.push) {
  const url = new URL(root.dataset.push, location.href);
  url.searchParams.set("token", root.dataset.token);
  const source = new EventSource(url);
  source.addEventListener("change", () => later(WAIT));
  addEventListener("pagehide", () => source.close());
}
