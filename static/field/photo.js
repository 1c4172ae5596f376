// A photo of the paper form, made small enough to be sent from a stairwell. Drawn anew on a canvas it stands upright
// and holds nothing but its pixels: where and with what it was taken stays behind.

const LONG_EDGE = 1600; // pixels: an A4 form stays legible
const QUALITY = 0.8;

/** The file is no picture, or none that this browser can read. */
export class NotAPicture extends Error {
  constructor(cause) {
    super("not a picture", { cause });
    this.name = "NotAPicture";
  }
}

/** The picture in a file as a JPEG of at most 1600 pixels along its longer edge. Raises NotAPicture. */
export async function scaledDown(file) {
  const image = await read(file);
  const [width, height] = [image.naturalWidth, image.naturalHeight];
  const scale = Math.min(1, LONG_EDGE / Math.max(width, height));
  const page = document.createElement("canvas");
  page.width = Math.max(1, Math.round(width * scale));
  page.height = Math.max(1, Math.round(height * scale));
  const paper = page.getContext("2d");
  paper.fillStyle = "#fff"; // what is clear in a PNG would turn black
  paper.fillRect(0, 0, page.width, page.height);
  paper.drawImage(image, 0, 0, page.width, page.height);
  const blob = await new Promise((resolve) => page.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob || !width || !height) throw new NotAPicture();
  return blob;
}

// Through an element: browsers turn its picture upright by themselves, createImageBitmap does not everywhere.
async function read(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } catch (problem) {
    throw new NotAPicture(problem);
  } finally {
    URL.revokeObjectURL(url);
  }
}
