// Makes photographs small before they travel: a telephone's 12 MB become some 600 KB, and where it was taken stays behind.
const EDGE = 2560, SMALL_ENOUGH = 1_500_000;

export async function shrunk(file) {
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type) || file.size < SMALL_ENOUGH) return file;
  try {
    const seen = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(seen.width, seen.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(seen.width * scale);
    canvas.height = Math.round(seen.height * scale);
    canvas.getContext("2d").drawImage(seen, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // this browser cannot read it: the server will say what it thinks of it
  }
}

export async function put(input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(await shrunk(file));
  input.files = held.files;
}
