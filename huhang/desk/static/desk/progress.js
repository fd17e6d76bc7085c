// Keeps the customer's page true while it is open: hears that this case changed, fetches the page, and replaces what
// is shown, but never under somebody's hands. Makes photographs small before they travel. Without it all works the same.
import { put } from "./shrink.js";

const WAIT = 400, TRY_AGAIN = 4000;
let root = document.getElementById("progress");
let timer = 0;

document.documentElement.classList.add("has-scripts");

const isBusy = () => [...root.querySelectorAll("[data-keep]")].some((place) =>
  place.open || place.contains(document.activeElement) || place.querySelector(":checked") ||
  [...place.querySelectorAll("input[type=text], input[type=file], textarea")].some((field) => field.value));

async function refresh() {
  timer = 0;
  if (isBusy()) return later(TRY_AGAIN);
  const chosen = new URLSearchParams(location.search).get("lang");
  const address = location.pathname + (chosen ? `?lang=${encodeURIComponent(chosen)}` : "");
  const answer = await fetch(address, { headers: { Accept: "text/html" }, cache: "no-store" }).catch(() => null);
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

document.addEventListener("change", async (event) => {
  const field = event.target;
  if (!field.matches("input[type=file]") || !event.isTrusted) return;
  const button = field.form.querySelector("button");
  button.disabled = true;
  await put(field, [...field.files].slice(0, 5));
  button.disabled = false;
  show(field);
});

// A form is sent once: a second press while the pictures travel would send them twice.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button:not([type=button])");
  if (button) setTimeout(() => { button.disabled = true; });
});
addEventListener("pageshow", () => document.querySelectorAll("button:disabled").forEach((button) => { button.disabled = false; }));

function show(field) {
  const list = document.createElement("ul");
  list.className = "chosen";
  for (const file of field.files) {
    const item = list.appendChild(document.createElement("li"));
    if (!/^image\/(jpeg|png|webp)$/.test(file.type)) { item.textContent = file.name; continue; }
    const picture = item.appendChild(new Image());
    picture.alt = file.name;
    picture.src = URL.createObjectURL(file);
  }
  field.parentElement.querySelector(".chosen")?.remove();
  field.parentElement.append(list);
}
