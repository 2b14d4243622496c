// Applies what the reader chose before the first paint: theme, hidden list, dismissed banner.
(() => {
  const root = document.documentElement;
  for (const name of ["theme", "list", "offline-banner"]) {
    try {
      const value = localStorage.getItem(`bichat-${name}`);
      if (value) root.setAttribute(`data-${name}`, value);
    } catch {
      return; // Storage is denied: the page follows the system and shows everything.
    }
  }
})();
