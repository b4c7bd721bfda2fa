// News of a server as they come (server-sent events): `heard` is told each piece, `opened` and `lost` how the connection
// stands. It lasts until `end()`.
function follow(address, { heard, opened, lost }) {
  const shortest = 500, longest = 30000; // milliseconds between two attempts to reach the server
  let source = null, wait = shortest, timer = 0, over = false;

  function connect() {
    disconnect();
    source = new EventSource(address());
    source.addEventListener("open", () => { wait = shortest; opened(); });
    source.addEventListener("message", (event) => heard(JSON.parse(event.data)));
    source.addEventListener("error", () => { // by ourselves, because a browser asks again and again without a pause
      disconnect();
      lost();
      timer = setTimeout(connect, wait);
      wait = Math.min(2 * wait, longest);
    });
  }

  function disconnect() {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  }

  // A browser holds few connections to one server at a time: a tab that nobody sees gives its own back.
  function seen() {
    if (over) return;
    if (document.hidden) disconnect(); else connect();
  }

  document.addEventListener("visibilitychange", seen);
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => { if (event.persisted) seen(); });
  seen();
  return { end: () => { over = true; disconnect(); } };
}
