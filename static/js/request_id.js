// [data-request-id]: one id a message, so that sending it again after a lost answer is still the same message.
(() => {
  function uuid() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // Pages served without TLS have no randomUUID.
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  function renew(form) {
    for (const field of form.querySelectorAll("[data-request-id]")) {
      field.disabled = false;
      field.value = uuid();
      field.removeAttribute("data-sent");
    }
  }

  const sent = (form) => form.querySelector("[data-request-id][data-sent]");

  function prepare() {
    for (const field of document.querySelectorAll("[data-request-id]")) if (!field.value) renew(field.form);
  }

  document.addEventListener("htmx:before:request", (event) => {
    event.target.querySelector?.("[data-request-id]")?.setAttribute("data-sent", "");
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (event.target.matches?.("form") && sent(event.target) && event.detail.ctx.response.status < 500) renew(event.target);
  });
  // Other words are another message.
  document.addEventListener("input", (event) => {
    if (event.target.form && sent(event.target.form)) renew(event.target.form);
  });
  document.addEventListener("htmx:after:swap", prepare);
  prepare();
})();
