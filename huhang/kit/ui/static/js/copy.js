// [data-copy] copies its value (or its text without gaps) and says so for a moment.
document.addEventListener("click", async (event) => {
  const place = event.target.closest("button[data-copy]");
  if (!place) return;
  await navigator.clipboard.writeText(place.dataset.copy || place.textContent.replace(/\s/g, ""));
  place.classList.add("is-copied");
  setTimeout(() => place.classList.remove("is-copied"), 1200);
});
