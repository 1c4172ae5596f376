// The signature pad: strokes on a canvas, kept as a PNG. The signed paper form, or its photo, stands for it as well.

const LARGEST = 64 * 1024; // bytes, as the server takes them

/** Makes a pad of a field with a canvas and a [data-clear] button; `value` is a data URL or "", as `onChange` gets it. */
export function makePad(field, { value = "", onChange }) {
  const canvas = field.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let signed = value;
  let isDrawing = false;

  const keep = (url) => {
    signed = url;
    onChange(url);
  };

  // The field may be out of sight until an outcome is chosen: measured when it is first seen.
  const fit = () => {
    const box = canvas.getBoundingClientRect();
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    if (!width || (canvas.width === width && canvas.height === height)) return;
    [canvas.width, canvas.height] = [width, height];
    pen.scale(scale, scale);
    if (signed) show(canvas, pen, signed);
  };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  canvas.addEventListener("pointerdown", (event) => {
    fit();
    isDrawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.strokeStyle = getComputedStyle(canvas).color;
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...place(event));
    pen.lineTo(...place(event));
    pen.stroke();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDrawing) return;
    pen.lineTo(...place(event));
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (!isDrawing) return;
      isDrawing = false;
      keep(pngOf(canvas));
    });
  }
  field.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    keep("");
  });
  return { fit };
}

/** Ink is black on white whatever the scheme of the screen: it will be printed. */
function pngOf(canvas) {
  let { width } = canvas;
  for (;;) {
    const page = document.createElement("canvas");
    page.width = width;
    page.height = Math.round((canvas.height * width) / canvas.width);
    const paper = page.getContext("2d");
    paper.drawImage(canvas, 0, 0, page.width, page.height);
    paper.globalCompositeOperation = "source-in";
    paper.fillStyle = "#000";
    paper.fillRect(0, 0, page.width, page.height);
    paper.globalCompositeOperation = "destination-over";
    paper.fillStyle = "#fff";
    paper.fillRect(0, 0, page.width, page.height);
    const url = page.toDataURL("image/png");
    if (url.length * 0.75 < LARGEST || width < 100) return url;
    width = Math.round(width * 0.7);
  }
}

/** Black on white becomes ink on nothing again, to be drawn on. */
function show(canvas, pen, url) {
  const image = new Image();
  image.onload = () => {
    const page = document.createElement("canvas");
    [page.width, page.height] = [image.width, image.height];
    const ink = page.getContext("2d");
    ink.drawImage(image, 0, 0);
    const pixels = ink.getImageData(0, 0, page.width, page.height);
    for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = 255 - pixels.data[i];
    ink.putImageData(pixels, 0, 0);
    ink.globalCompositeOperation = "source-in";
    ink.fillStyle = getComputedStyle(canvas).color;
    ink.fillRect(0, 0, page.width, page.height);
    const box = canvas.getBoundingClientRect();
    pen.drawImage(page, 0, 0, box.width, box.height);
  };
  image.src = url;
}
