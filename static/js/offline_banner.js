// [data-hide-banner]: the banner of the offline analyst stays away once it was hidden.
(() => {
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-hide-banner]")) return;
    document.documentElement.setAttribute("data-offline-banner", "hidden");
    try {
      localStorage.setItem("bichat-offline-banner", "hidden");
    } catch {
      // It stays away until the page is left.
    }
    document.querySelector("[data-composer-input]")?.focus();
  });
})();
