// What a verb has done closes the dialog in which it was asked for.
document.body.addEventListener("quality:done", () => document.getElementById("dialog")?.close());
