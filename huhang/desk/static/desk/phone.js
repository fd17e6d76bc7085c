// The telephone beside the conversations. The switch tells the server, the server tells this page that something is
// new: the bar and the list are fetched again, and whoever rings pops up, unless one is in the middle of a sentence.
import { ask, elementOf, form, say, tell, words } from "./bench-wire.js";

const talks = document.getElementById("bench-talks");
const bar = () => document.getElementById("bench-bar");
const title = document.title;
const popped = new Set();
let asking = false, again = false;

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const fresh = elementOf(await (await ask(words.phone)).text());
    for (const id of ["bench-bar", "bench-calls"]) {
      const part = fresh.querySelector(`#${id}`);
      document.getElementById(id).replaceWith(part);
      htmx.process(part);
    }
    document.dispatchEvent(new CustomEvent("bench:fresh"));
    pop();
    document.querySelectorAll(".own-seat").forEach((seat) => htmx.trigger(seat, "seat:changed"));
    await Promise.all([...talks.querySelectorAll("[data-no^='phone/']")].map(renew));
  } catch { /* told again with the next event, or when one looks at the page again */ } finally {
    asking = false;
    if (again) { again = false; refresh(); }
  }
}

function pop() {
  const calls = [...bar().querySelectorAll("[data-call]")];
  document.title = calls.some((call) => call.dataset.phase === "ringing") ? `☎ ${title}` : title;
  for (const call of calls) {
    if (popped.has(call.dataset.call)) continue;
    popped.add(call.dataset.call);
    if (!isWriting()) show(`phone/${call.dataset.call}`);
  }
}

const isWriting = () => document.activeElement?.matches("textarea, input[type=text]") && document.activeElement.value.trim() !== "";
const show = (no) => document.dispatchEvent(new CustomEvent("bench:open", { detail: { no } }));

// What the switch says changes; what one is writing stays as it is.
async function renew(card) {
  const fresh = elementOf(await (await ask(`${words.base}${card.dataset.no}/`)).text()).firstElementChild;
  const [mine, theirs] = [card, fresh].map((one) => one.querySelector("form.bench-report"));
  if (mine && theirs) {
    for (const part of [".bench-head", ".bench-facts"]) card.querySelector(part).replaceWith(fresh.querySelector(part));
    htmx.process(card.querySelector(".bench-head"));
  } else if (card.innerHTML !== fresh.innerHTML) replace(card, fresh);
}

function replace(card, fresh) {
  fresh.hidden = card.hidden;
  card.replaceWith(fresh);
  htmx.process(fresh);
  restore(fresh);
}

// ---- What is written after a call is kept in this browser until it is saved.
const KEPT = "huhang:report:";
const store = (report) => KEPT + report.dataset.keep;

talks.addEventListener("input", ({ target }) => {
  const report = target.closest("form.bench-report");
  if (!report) return;
  try { localStorage.setItem(store(report), JSON.stringify(Object.fromEntries(new FormData(report)))); } catch { /* private mode */ }
});

function restore(card) {
  const report = card.querySelector("form.bench-report");
  if (!report) return;
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(store(report))) || {}; } catch { /* not ours */ }
  for (const [name, value] of Object.entries(kept)) {
    if (report.elements[name]) report.elements[name].value = value;
  }
}

document.addEventListener("bench:painted", ({ detail }) => restore(detail.talk));
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful || !detail.elt.matches("form.bench-report")) return;
  localStorage.removeItem(store(detail.elt));
  show(detail.elt.closest(".bench-phone").dataset.no); // the customer's picture knows the case now
  refresh();
});

// What was written is saved: the keys mean the next thing again.
document.body.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.matches?.(".bench-phone") && target.contains(document.activeElement)) document.activeElement.blur();
});

// ---- Call-backs: one key takes the next, one more says how it went.
async function next() {
  try {
    const answer = await ask(words.next, form({}));
    if (answer.status === 204) { tell(words.none); return refresh(); }
    const { no } = elementOf(await answer.text()).firstElementChild.dataset;
    talks.querySelector(`[data-no="${no}"]`)?.remove();
    show(no);
    refresh();
  } catch (error) { say(error); }
}

async function work(card, verb, note, button) {
  if (button) button.disabled = true;
  try {
    const answer = await ask(`${words.base}${card.dataset.no}/${verb}/`, form({ note }));
    replace(card, elementOf(await answer.text()).firstElementChild);
    refresh();
  } catch (error) {
    say(error);
    if (button) button.disabled = false;
  }
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("#bench-next, [data-next]:not(#bench)")) return next();
  const button = target.closest(".bench-phone button[data-verb]");
  if (button) work(button.closest(".bench-phone"), button.dataset.verb, "", button);
});
talks.addEventListener("submit", (event) => {
  if (!event.target.matches(".bench-why")) return;
  event.preventDefault();
  work(event.target.closest(".bench-phone"), event.target.dataset.verb, event.target.elements.note.value);
});
document.addEventListener("keydown", (event) => {
  if (event.altKey && event.code === "KeyC") {
    const button = document.querySelector(".bench-phone:not([hidden]) [name=opens_case]");
    if (button) { event.preventDefault(); button.click(); }
  } else if (event.key === "b" && !event.altKey && !event.ctrlKey && !event.metaKey && !event.target.closest("input:not([type=radio]), textarea, select")) {
    event.preventDefault();
    next();
  }
});

// ---- Clocks that run upwards: how long it rings, how long one talks, how long one writes.
function tick() {
  for (const clock of document.querySelectorAll("[data-runs]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.runs)) / 1000));
    clock.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }
}
setInterval(tick, 1000);
tick();

document.body.addEventListener("live:channels.telephone", refresh);
document.body.addEventListener("live:channels.callback", refresh);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") refresh(); });
if (location.hash.length > 1) for (const call of bar().querySelectorAll("[data-call]")) popped.add(call.dataset.call);
pop();
