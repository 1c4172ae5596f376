// The signature pad: strokes on a canvas, sent as a PNG in a hidden field. Without a script there is no pad and the
// signed paper form, or its photo, stands for it.

const LARGEST = 64 * 1024; // bytes, as the server takes them

for (const field of document.querySelectorAll("[data-signature]")) {
  field.hidden = false;
  const canvas = field.querySelector("canvas");
  const sent = field.querySelector("input[name=signature]");
  const pen = canvas.getContext("2d");
  let drawing = false;

  // The field may be out of sight until an outcome is chosen: measure when the first stroke begins.
  const fit = () => {
    const box = canvas.getBoundingClientRect();
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    if (canvas.width === width && canvas.height === height) return;
    [canvas.width, canvas.height] = [width, height];
    pen.scale(scale, scale);
    sent.value = "";
  };

  // A sheet that was sent back keeps what was signed.
  if (sent.value) {
    const kept = sent.value;
    const image = new Image();
    image.onload = () => {
      fit();
      sent.value = kept;
      pen.drawImage(inked(image), 0, 0, canvas.getBoundingClientRect().width, canvas.getBoundingClientRect().height);
    };
    image.src = kept;
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  // Black on white again becomes ink on nothing, to be drawn on.
  const inked = (image) => {
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
    return page;
  };

  const png = () => {
    // Ink is black on white whatever the scheme of the screen: it will be printed.
    let width = canvas.width;
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
  };

  canvas.addEventListener("pointerdown", (event) => {
    fit();
    drawing = true;
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
    if (!drawing) return;
    pen.lineTo(...place(event));
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (!drawing) return;
      drawing = false;
      sent.value = png();
    });
  }
  field.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    sent.value = "";
  });
}
