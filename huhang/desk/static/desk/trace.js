// The report of a trace order goes to paper.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
