// <details> that the reader unfolded stay open when the server draws them again.
(() => {
  const open = new Set();

  document.addEventListener("toggle", (event) => {
    const id = event.target.querySelector?.("summary")?.id;
    if (!id || !event.target.isConnected) return;
    if (event.target.open) open.add(id);
    else open.delete(id);
  }, true);

  document.addEventListener("htmx:before:settle", (event) => {
    for (const added of event.detail.newContent) {
      for (const summary of added.querySelectorAll?.("summary[id]") ?? []) {
        if (open.has(summary.id)) summary.parentElement.open = true;
      }
    }
  });
})();
