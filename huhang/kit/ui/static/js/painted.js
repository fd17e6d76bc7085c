// htmx takes in what it has painted only once things have settled. Until then who presses would press nothing, a form
// would be sent by the browser as a GET (what was typed would stand in the address and be lost), and a change that is
// heard would be missed by the part that shows it. So it is taken in at once.
for (const painted of ["htmx:afterSwap", "htmx:oobAfterSwap"]) {
  document.body.addEventListener(painted, ({ target }) => htmx.process(target));
}
