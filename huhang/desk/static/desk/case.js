// A case: drafts that outlive the browser, who else is here, names in notes, what of the story is shown.
const SAVE_AFTER = 1000;
const SIGN_EVERY = 10000;
const TYPING_FOR = 8000;
const KEPT_FOR = 7 * 86400e3;
const tab = crypto.randomUUID?.() ?? String(Math.random());
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
const serverNow = Date.parse(document.querySelector("meta[name=server-now]").content);
const ahead = Date.now() - serverNow; // by how much this machine's clock is ahead of the server's

const composer = () => document.querySelector("[data-composer]");
const fields = () => [...document.querySelectorAll("[data-composer] [data-kept]")];
const nameOf = (field) => `huhang.case.${field.closest("[data-composer]").dataset.no}.${field.dataset.kept}`;

function form(values) {
  const body = new FormData();
  body.set("csrfmiddlewaretoken", csrf());
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

// ---- Drafts. This browser keeps each key at once, the server a second later; `saved` says that the server had it.
const typing = new WeakMap(); // field → {at, timer, dirty}

function local(field, entry) {
  try {
    if (entry) localStorage.setItem(nameOf(field), JSON.stringify(entry)); else localStorage.removeItem(nameOf(field));
  } catch { /* a private window keeps nothing */ }
}

function recall(field) {
  try {
    const entry = JSON.parse(localStorage.getItem(nameOf(field)));
    return entry && Date.now() - entry.at < KEPT_FOR ? entry : null;
  } catch { return null; }
}

function typed(field) {
  const entry = typing.get(field) ?? {};
  clearTimeout(entry.timer);
  Object.assign(entry, { at: Date.now(), dirty: true, timer: setTimeout(() => save(field), SAVE_AFTER) });
  typing.set(field, entry);
  local(field, field.value.trim() ? { text: field.value, at: entry.at, saved: false } : null);
  mark(field, false);
  sign();
}

function draftOf(field) {
  const entry = typing.get(field);
  return form({ kind: field.dataset.kept, text: field.value, tab, ago: Math.max(0, Date.now() - entry.at) });
}

async function save(field) {
  const entry = typing.get(field);
  if (!entry?.dirty) return;
  const sent = field.value;
  clearTimeout(entry.timer);
  entry.dirty = false;
  try {
    const answer = await fetch(composer().dataset.draftUrl, { method: "POST", body: draftOf(field) });
    if (!answer.ok) throw new Error(answer.status);
    const kept = await answer.json();
    if (entry.dirty || field.value !== sent) return;
    if (kept.text && kept.tab !== tab) return adopt(field, kept);
    if (sent.trim()) local(field, { text: sent, at: entry.at, saved: true });
    mark(field, Boolean(sent.trim()));
  } catch { entry.dirty = true; } // kept in this browser, tried again at the next key
}

// The page goes away: what is not kept yet is sent without waiting for an answer.
function flush() {
  for (const field of fields()) {
    const entry = typing.get(field);
    if (!entry?.dirty || !navigator.sendBeacon(composer().dataset.draftUrl, draftOf(field))) continue;
    entry.dirty = false;
    clearTimeout(entry.timer);
  }
}

function mark(field, isSaved) {
  field.form.querySelector("[data-saved]").hidden = !isSaved;
}

function say(field, words, mine) {
  const place = field.form.querySelector("[data-word]");
  place.replaceChildren(words);
  place.hidden = false;
  if (!mine.trim()) return;
  const back = document.createElement("button");
  back.type = "button";
  back.className = "btn btn-sm";
  back.textContent = composer().dataset.wordBack;
  back.addEventListener("click", () => { field.value = mine; place.hidden = true; typed(field); field.focus(); });
  place.append(back);
}

// Another window wrote later: its words stand here, too, and ours can be had back.
function adopt(field, kept) {
  const mine = field.value;
  if (kept.text === mine) return;
  field.value = kept.text;
  local(field, kept.text ? { text: kept.text, at: Date.now(), saved: true } : null);
  mark(field, false);
  if (mine.trim() || !kept.text) say(field, kept.text ? composer().dataset.wordOther : composer().dataset.wordGone, mine);
}

async function look() {
  const place = composer();
  if (!place) return;
  const answer = await fetch(place.dataset.draftUrl).catch(() => null);
  if (!answer?.ok) return;
  const kept = await answer.json();
  for (const field of fields()) {
    const told = kept[field.dataset.kept];
    if (told && told.tab !== tab && !typing.get(field)?.dirty && !isSending(field)) adopt(field, told);
  }
}

const sending = new WeakSet();
const isSending = (field) => sending.has(field.form);

// When the page opens: what this browser kept holds if the server never had it or it is the newer one.
function restore() {
  for (const field of fields()) {
    const entry = recall(field);
    if (!entry) continue;
    const server = field.dataset.typedAt ? Date.parse(field.dataset.typedAt) + ahead : 0;
    if (field.value === entry.text) continue;
    if (entry.saved ? !server || entry.at <= server : entry.at < server) {
      local(field, null);
    } else {
      field.value = entry.text;
      typing.set(field, { at: entry.at, dirty: true, timer: setTimeout(() => save(field), SAVE_AFTER) });
    }
  }
  const [reply, note] = ["reply", "note"].map((kind) => document.querySelector(`[data-kept=${kind}]`));
  if (note?.value && !reply?.value) document.querySelector("[data-composer] [data-mode=note]")?.classList.add("has-draft");
}

document.addEventListener("input", ({ target }) => { if (target.dataset?.kept) { typed(target); offer(target); } });
document.addEventListener("focusout", ({ target }) => { if (target.dataset?.kept) save(target); });
document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); else look(); });
addEventListener("pagehide", () => { flush(); leave(); });
document.body.addEventListener("live:desk.draft", look);

document.body.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-composer] form")) return;
  sending.add(detail.elt);
  for (const field of detail.elt.querySelectorAll("[data-kept]")) clearTimeout(typing.get(field)?.timer);
});

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.elt.matches?.("[data-composer] form")) return;
  sending.delete(detail.elt);
  const isSent = detail.xhr.status < 400 && detail.successful;
  for (const field of detail.elt.querySelectorAll("[data-kept]")) {
    if (isSent) {
      field.value = "";
      typing.delete(field);
      local(field, null);
      mark(field, false);
      detail.elt.querySelector("[data-word]").hidden = true;
    } else if (field.value.trim()) {
      Object.assign(typing.get(field) ?? {}, { dirty: true });
      save(field);
    }
  }
});

document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target.matches?.("[data-composer]")) { restore(); document.querySelector("[data-composer] textarea")?.focus(); }
});

// ---- Who else is here.
const present = document.getElementById("present");
let typedAt = 0, signing = 0;
const isTyping = () => Date.now() - typedAt < TYPING_FOR;

async function sign() {
  const was = isTyping();
  if (document.activeElement?.dataset?.kept) typedAt = typing.get(document.activeElement)?.at ?? typedAt;
  if (was && isTyping() && signing) return; // nothing new to say before the next turn
  await tellHere();
}

async function tellHere() {
  if (!present || document.hidden) return;
  clearTimeout(signing);
  signing = setTimeout(tellHere, SIGN_EVERY);
  const answer = await fetch(present.dataset.here, { method: "POST", body: form({ is_typing: isTyping() }) }).catch(() => null);
  if (answer?.ok) present.innerHTML = await answer.text(); // our own part, escaped by the server
}

function leave() {
  if (present) navigator.sendBeacon(present.dataset.here, form({ is_leaving: true }));
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) tellHere(); });
addEventListener("pageshow", (event) => { if (event.persisted) tellHere(); });

// ---- Names in notes.
let asking = 0;

function begun(field) {
  return /[@＠]([^\s@＠]{0,20})$/.exec(field.value.slice(0, field.selectionStart));
}

function offer(field) {
  if (field.dataset.kept !== "note") return;
  const place = field.form.querySelector("[data-names]");
  const found = begun(field);
  clearTimeout(asking);
  if (!found) { place.hidden = true; return; }
  asking = setTimeout(async () => {
    const url = new URL(composer().dataset.namesUrl, location.href);
    url.searchParams.set("term", found[1]);
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return;
    place.innerHTML = await answer.text();
    place.hidden = false;
    place.querySelector("button")?.classList.add("is-current");
  }, 120);
}

function name(place, button) {
  const field = place.closest("form").querySelector("textarea");
  const found = begun(field);
  if (found) {
    const at = field.selectionStart - found[1].length;
    field.setRangeText(`${button.dataset.name} `, at, field.selectionStart, "end");
    typed(field);
  }
  place.hidden = true;
  field.focus();
}

document.addEventListener("keydown", (event) => {
  const place = event.target.form?.querySelector?.("[data-names]:not([hidden])");
  if (!place || event.isComposing) return;
  const all = [...place.querySelectorAll("button")];
  const at = all.findIndex((button) => button.classList.contains("is-current"));
  if (event.key === "Escape") place.hidden = true;
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = all[Math.min(all.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))];
    all.forEach((button) => button.classList.toggle("is-current", button === next));
  } else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && all[at]) name(place, all[at]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("mousedown", (event) => {
  const button = event.target.closest("[data-names] button");
  if (!button) return;
  event.preventDefault(); // the caret stays where it is
  name(button.closest("[data-names]"), button);
});

// ---- What of the story is shown: stays while the case is fetched again.
function show(what) {
  const main = document.getElementById("main");
  if (what) main.dataset.story = what; else delete main.dataset.story;
  for (const choice of document.querySelectorAll("[data-story-show]")) {
    if (choice.dataset.storyShow === what) choice.setAttribute("aria-current", "true"); else choice.removeAttribute("aria-current");
  }
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-story-show]");
  if (!choice) return;
  event.preventDefault();
  show(choice.dataset.storyShow);
});
document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "case") show(document.getElementById("main").dataset.story ?? "");
});

// ---- A macro is found by a few letters.
document.addEventListener("input", ({ target }) => {
  if (target.dataset?.macroFind === undefined) return;
  const term = target.value.trim().toLowerCase();
  for (const row of target.closest(".sheet-body").querySelectorAll(".macro-list li")) row.hidden = !row.textContent.toLowerCase().includes(term);
});
document.addEventListener("keydown", (event) => {
  if (event.target.dataset?.macroFind === undefined || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  event.target.closest(".sheet-body").querySelector(".macro-list li:not([hidden]) button")?.click();
});

restore();
tellHere();
