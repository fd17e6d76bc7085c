// What the shell does by itself: theme, rail, menus, dialog, toasts, and honest words when a request fails.
const root = document.documentElement;
const dialog = document.getElementById("dialog");
const toasts = document.getElementById("toasts");
const TOAST_FOR = 9000;

function keep(name, value) {
  try { localStorage.setItem(`huhang.${name}`, value); } catch { /* private window: lasts for this page only */ }
}

function showTheme() {
  document.querySelectorAll("[data-theme]").forEach((b) => b.setAttribute("aria-pressed", b.dataset.theme === root.dataset.wanted));
}

function showSound() {
  const on = localStorage.getItem("huhang.sound") === "on";
  document.querySelectorAll("[data-sound]").forEach((b) => b.setAttribute("aria-pressed", on));
}

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme]");
  if (theme) {
    keep("theme", theme.dataset.theme);
    dispatchEvent(new Event("huhang:theme"));
    showTheme();
  }
  if (event.target.closest("[data-rail-pin]")) {
    const wide = root.dataset.rail !== "wide";
    if (wide) root.dataset.rail = "wide"; else delete root.dataset.rail;
    keep("rail", wide ? "wide" : "narrow");
  }
  if (event.target.closest("[data-sound]")) {
    keep("sound", localStorage.getItem("huhang.sound") === "on" ? "off" : "on");
    showSound();
  }
  if (event.target.closest("[data-close]") || event.target === dialog) dialog?.close();
  const toast = event.target.closest("[data-toast]");
  if (toast) toast.remove();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest("[data-keys]")) menu.open = false;
  }
  if (!event.target.closest("form.find")) clearFound();
});

function clearFound() {
  const found = document.getElementById("found");
  if (found) found.replaceChildren();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  // The browser closes it, too, and later takes the cursor out of it: a key that comes before would mean nothing.
  if (dialog?.open) {
    event.preventDefault();
    dialog.close();
    if (dialog.contains(document.activeElement)) document.activeElement.blur();
  }
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  clearFound();
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === dialog && !dialog.open) {
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  }
});

// A personal value shown in the dialog is gone from the page once it closes.
dialog?.addEventListener("close", () => dialog.replaceChildren());

export function toast(fragment) {
  (placeInDialog() ?? toasts).append(fragment);
}

// Behind an open dialog nobody sees a word: what was refused in it is said in it, above its buttons.
function placeInDialog() {
  const end = dialog?.open && dialog.querySelector(".sheet-actions");
  if (!end) return null;
  dialog.querySelector(".refused")?.remove();
  const place = document.createElement("div");
  place.className = "refused";
  place.setAttribute("role", "alert");
  end.before(place);
  return place;
}

function arm(note) {
  setTimeout(() => note.remove(), Number(note.dataset.for) || TOAST_FOR);
}

if (toasts) {
  toasts.querySelectorAll("[data-toast]").forEach(arm);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.dataset?.toast !== undefined) arm(node);
  }).observe(toasts, { childList: true });
}

function say(id, reference) {
  const note = document.getElementById(id).content.cloneNode(true);
  const place = note.querySelector("[data-reference]");
  if (place) place.textContent = reference;
  toast(note);
}

// A refusal carries its own words to #toasts (HX-Retarget), a form that was not understood comes back with reasons
// (422); anything else that failed gets our words.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400) return;
  if (xhr.getResponseHeader("HX-Retarget") || xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
    if (event.detail.target === toasts) event.detail.target = placeInDialog() ?? toasts;
  } else if (xhr.status !== 401) {
    say("toast-broken", xhr.getResponseHeader("X-Reference") || xhr.status);
  }
});
document.body.addEventListener("htmx:sendError", () => say("toast-offline"));
document.body.addEventListener("htmx:timeout", () => say("toast-offline"));

// On a narrow screen the entry of a long row that one is at may lie beyond its edge.
function showWhere() {
  for (const here of document.querySelectorAll(".segments > [aria-current]")) {
    const row = here.parentElement;
    if (row.scrollWidth > row.clientWidth) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }
}

showTheme();
showSound();
showWhere();
