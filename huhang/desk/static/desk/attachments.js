// Files of a case: dropped anywhere on its page, pasted, or chosen. What is chosen is made small before it is sent.
import { put } from "./shrink.js";

const formOf = () => document.querySelector("form.attach[hx-encoding]");

async function send(files) {
  const form = formOf();
  if (!form || !files.length) return false;
  await put(form.elements.files, [...files].slice(0, 5));
  form.requestSubmit();
  return true;
}

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length && formOf()) {
    event.preventDefault();
    send(files);
  }
});
document.addEventListener("dragover", (event) => {
  if (!formOf() || ![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  formOf().classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) formOf()?.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  if (!formOf() || !event.dataTransfer.files.length) return;
  event.preventDefault();
  formOf().classList.remove("is-over");
  send(event.dataTransfer.files);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("form.attach input[type=file]") && event.isTrusted) put(event.target, event.target.files);
});
// The input itself is out of sight: its own words are the browser's, not ours.
function showChosen(form) {
  const words = form.querySelector("[data-chosen]");
  if (!words) return;
  words.dataset.chosen ||= words.textContent;
  const names = [...form.elements.files.files].map((file) => file.name);
  words.textContent = names.join(", ") || words.dataset.chosen;
  words.classList.toggle("is-chosen", names.length > 0);
}
document.addEventListener("change", (event) => {
  if (event.target.matches("form.attach input[type=file]")) showChosen(event.target.form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("form[data-attach]")) setTimeout(() => showChosen(event.target));
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches("form[data-attach]") && event.detail.successful) event.target.reset();
});
