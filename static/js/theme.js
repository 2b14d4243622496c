// [data-theme-switch]: goes round system, light and dark, and remembers the choice.
(() => {
  const order = ["system", "light", "dark"];
  const root = document.documentElement;
  const current = () => root.getAttribute("data-theme") ?? "system";

  function remember(theme) {
    try {
      if (theme === "system") localStorage.removeItem("bichat-theme");
      else localStorage.setItem("bichat-theme", theme);
    } catch {
      // The choice lasts until the page is left.
    }
  }

  function label() {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.querySelector("[data-theme-label]").textContent = button.getAttribute(`data-label-${current()}`);
    }
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-switch]")) return;
    const next = order[(order.indexOf(current()) + 1) % order.length];
    if (next === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", next);
    remember(next);
    label();
  });
  document.addEventListener("htmx:after:swap", label);
  label();
})();
