// The slider and the number say the same; what is sent is the number. Letting go of the slider asks at once.
for (const slider of document.querySelectorAll("[data-slides]")) {
  const number = document.getElementById(slider.dataset.slides);
  slider.addEventListener("input", () => {
    number.value = slider.value;
  });
  slider.addEventListener("change", () => slider.form.requestSubmit());
  number.addEventListener("input", () => {
    slider.value = number.value;
  });
}
