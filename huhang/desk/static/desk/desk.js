// The desk: drafts that are never lost, the place in a list that is kept, and what follows a verb.
const dialog = document.getElementById("dialog");

// ---- Drafts: kept in this browser until they are sent.
const DRAFTS_FOR = 7 * 86400e3;
const key = (field) => `huhang.draft.${field.dataset.draft}`;

function keep(field) {
  try {
    if (field.value.trim()) localStorage.setItem(key(field), JSON.stringify({ text: field.value, at: Date.now() }));
    else localStorage.removeItem(key(field));
  } catch { /* a private window keeps nothing */ }
}

function restore(root) {
  for (const field of root.querySelectorAll("[data-draft]")) {
    if (field.value) continue;
    try {
      const draft = JSON.parse(localStorage.getItem(key(field)));
      if (draft && Date.now() - draft.at < DRAFTS_FOR) field.value = draft.text;
    } catch { /* not ours */ }
  }
}

document.addEventListener("input", (event) => { if (event.target.dataset?.draft) keep(event.target); });

// ---- After a verb: the dialog closes, what was sent is no draft any more.
document.body.addEventListener("desk:done", () => {
  if (!dialog?.open) return;
  dialog.querySelectorAll("[data-draft]").forEach((field) => localStorage.removeItem(key(field)));
  dialog.close();
});

document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr.status >= 400 || !detail.successful || !detail.elt.matches("[data-composer] form, form.open-case")) return;
  for (const field of detail.elt.querySelectorAll("[data-draft]")) { field.value = ""; keep(field); }
  detail.elt.querySelector(".stale-place")?.replaceChildren();
  requestAnimationFrame(() => document.querySelector("#case .story > li:last-child")?.scrollIntoView({ block: "nearest" }));
});

// ---- Reply or note.
function write(mode, focus) {
  const composer = document.querySelector("[data-composer]");
  for (const tab of composer.querySelectorAll("[data-mode]")) {
    if (tab.dataset.mode === mode) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
  }
  for (const form of composer.querySelectorAll("[data-form]")) form.hidden = form.dataset.form !== mode;
  if (focus) composer.querySelector(`[data-form="${mode}"] textarea`).focus();
}

document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-composer] [data-mode]");
  if (!tab) return;
  event.preventDefault();
  write(tab.dataset.mode, true);
});

// ---- A list that is fetched again keeps one's place.
let place = null, top = 0;
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.target.matches("#window, #tickets, #case, #wall")) return;
  place = document.querySelector("[data-row].is-current")?.dataset.row ?? null;
  top = document.querySelector(".wall-late ol")?.scrollTop ?? 0;
});

document.body.addEventListener("htmx:afterSwap", () => {
  if (place) document.querySelector(`[data-row="${CSS.escape(place)}"]`)?.classList.add("is-current");
  const late = document.querySelector(".wall-late ol");
  if (late && top) late.scrollTop = top;
});

// A case that is opened from a list knows the list, so that one can go on to the next from there.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#tickets[data-query] a[href^='/desk/t/']");
  if (link && !link.search) link.search = `?from=${encodeURIComponent(link.closest("#tickets").dataset.query)}`;
}, true);

document.body.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target === dialog) restore(dialog); });
restore(document);
