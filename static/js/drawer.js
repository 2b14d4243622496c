// The list of chats: a drawer over the page on phones, beside it (and hideable) elsewhere.
(() => {
  const root = document.documentElement;
  const isNarrow = matchMedia("(max-width: 859px)");
  const drawer = () => document.querySelector("[data-drawer]");
  const isOpen = () => Boolean(drawer()?.hasAttribute("data-open"));

  function open() {
    drawer().setAttribute("data-open", "");
    document.querySelector("[data-conversation]").inert = true;
    drawer().querySelector("[data-close-drawer]").focus();
  }

  function close() {
    drawer().removeAttribute("data-open");
    document.querySelector("[data-conversation]").inert = false;
    document.querySelector("[data-open-drawer]").focus();
  }

  function beside(shown) {
    if (shown) root.removeAttribute("data-list");
    else root.setAttribute("data-list", "hidden");
    try {
      if (shown) localStorage.removeItem("bichat-list");
      else localStorage.setItem("bichat-list", "hidden");
    } catch {
      // The choice lasts until the page is left.
    }
  }

  function show(shown) {
    if (!isNarrow.matches) beside(shown);
    else if (shown !== isOpen()) (shown ? open : close)();
  }

  const isShown = () => (isNarrow.matches ? isOpen() : root.getAttribute("data-list") !== "hidden");

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-open-drawer]");
    const closer = event.target.closest?.("[data-close-drawer]");
    if (!opener && !closer) return;
    event.preventDefault();
    show(Boolean(opener));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen() || document.querySelector(":popover-open")) return;
    event.preventDefault();
    close();
  }, true);
  document.addEventListener("bichat:list", (event) => show(event.detail?.shown ?? !isShown()));
  // What the list's menu changes in the conversation is looked at there.
  document.addEventListener("htmx:after:swap", (event) => {
    if (isOpen() && event.target.getAttribute?.("hx-target") === "#turns") close();
  });
  isNarrow.addEventListener("change", () => isOpen() && close());
})();
