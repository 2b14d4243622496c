// #session-menu: opens beside the button that asked for it, leaves when something was chosen, and gives the keyboard back.
(() => {
  const menu = () => document.querySelector("[data-session-menu]");
  let opener;

  function place() {
    const box = opener.getBoundingClientRect();
    const own = menu().getBoundingClientRect();
    menu().style.setProperty("inset-inline-start", `${Math.max(8, Math.min(box.left, innerWidth - own.width - 8))}px`);
    menu().style.setProperty("inset-block-start", `${Math.max(8, Math.min(box.bottom + 4, innerHeight - own.height - 8))}px`);
  }

  function chosen() {
    if (!menu()?.matches(":popover-open")) return;
    menu().hidePopover();
    const again = opener?.isConnected ? opener : document.querySelector("#session-list a");
    again?.focus();
  }

  document.addEventListener("click", (event) => {
    opener = event.target.closest?.("[data-open-session-menu]") ?? opener;
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const from = event.target;
    if (from.matches?.("[data-open-session-menu]") && ctx.response.status === 200) {
      requestAnimationFrame(() => {
        menu().showPopover();
        place();
        menu().querySelector("[data-title-input]")?.select();
      });
    } else if (from.closest?.("[data-session-menu]") && ctx.response.status < 400) chosen();
  });

  // The title in the head: Esc gives up.
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("#session-title [data-title-input]");
    if (!field || event.key !== "Escape") return;
    event.preventDefault();
    field.form.querySelector("[data-title-cancel]").click();
  });
  document.addEventListener("htmx:after:swap", () => {
    const field = document.querySelector("#session-title [data-title-input]:not([data-begun])");
    if (!field) return;
    field.setAttribute("data-begun", "");
    field.focus();
    field.select();
  });
})();
