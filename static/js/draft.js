// [data-composer-input]: what was typed and not sent is there again when its reader comes back to the page in the same tab.
// Browsers keep none of our pages, so this keeps their words: by reader and address, and until somebody signs out.
(() => {
  const field = () => document.querySelector("[data-composer-input]");
  const name = () => `bichat-draft ${document.querySelector("[data-reader]")?.dataset.reader} ${location.pathname}`;
  let isGone = false;

  function take() {
    try {
      const words = sessionStorage.getItem(name());
      sessionStorage.removeItem(name());
      if (words && field() && !field().value) field().value = words;
    } catch {} // Storage may be forbidden: then nothing is kept.
  }

  function keep() {
    try {
      if (!isGone && field()?.value.trim()) sessionStorage.setItem(name(), field().value);
    } catch {}
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-composer]") && !event.defaultPrevented) isGone = true; // It is sent plainly.
    if (event.target.matches(".logout")) {
      isGone = true;
      try {
        sessionStorage.clear();
      } catch {}
    }
  });
  addEventListener("pagehide", keep);
  take();
})();
