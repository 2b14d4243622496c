// [data-wait]: the seconds in a message count down for the eye; who listens hears the message once, and again when the wait is over.
(() => {
  const SECOND_MS = 1000;

  function span(attribute, value, text) {
    const made = document.createElement("span");
    made.setAttribute(attribute, value);
    made.textContent = text;
    return made;
  }

  function count(message) {
    const seconds = message.dataset.wait;
    const text = message.textContent;
    const place = text.search(new RegExp(`(?<!\\d)${seconds}(?!\\d)`));
    message.removeAttribute("data-wait");
    if (place < 0) return;
    const end = Date.now() + Number(seconds) * SECOND_MS;
    const seen = span("aria-hidden", "true", text);
    message.replaceChildren(span("class", "visually-hidden", text), seen);
    const timer = setInterval(() => {
      const left = Math.ceil((end - Date.now()) / SECOND_MS);
      if (!message.isConnected) clearInterval(timer);
      else if (left > 0) seen.textContent = text.slice(0, place) + left + text.slice(place + seconds.length);
      else {
        clearInterval(timer);
        message.className = "composer-note";
        message.textContent = message.dataset.waitOver;
      }
    }, SECOND_MS);
  }

  const start = () => document.querySelectorAll("[data-wait]").forEach(count);
  document.addEventListener("htmx:after:swap", start);
  start();
})();
