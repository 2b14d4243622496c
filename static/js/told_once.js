// [done=…] in the address: what it told is told once, so a reload does not tell it again.
(() => {
  const address = new URL(location.href);
  if (!address.searchParams.has("done")) return;
  for (const name of ["done", "session"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
})();
