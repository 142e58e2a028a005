/* Two things a page cannot do without a script, and both for the sake of typed text: it warns before
   the session ends, and it keeps what was typed into a form about a patient as a draft.
   Every page works without it. */
"use strict";

(() => {
  const body = document.body;
  const token = body.dataset.token;
  if (!token) return;

  const BEFORE = 120;
  const banner = document.getElementById("session-warning");
  const told = document.getElementById("session-told");
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("allpath-session") : null;
  let ends = 0;
  let hasEnded = false;

  const lasts = (seconds, isHere) => {
    ends = Date.now() + seconds * 1000;
    hasEnded = false;
    if (tabs && isHere) tabs.postMessage(seconds);
    look();
  };

  const look = () => {
    const left = Math.round((ends - Date.now()) / 1000);
    const isClose = left <= BEFORE;
    if (banner.hidden === isClose) banner.hidden = !isClose;
    if (left <= 0 && !hasEnded) {
      hasEnded = true;
      told.textContent =
        "Your session has ended. What you typed is still here: send the form, and you are asked to sign in.";
    }
  };

  const send = async (to, fields) => {
    const answer = await fetch(to, {
      method: "POST",
      body: new URLSearchParams({ csrf: token, ...fields }),
      headers: { accept: "application/json" },
      redirect: "error",
      keepalive: true,
    });
    if (!answer.ok) return null;
    const said = await answer.json();
    lasts(said.seconds, true);
    return said;
  };

  if (tabs) tabs.onmessage = (event) => lasts(event.data, false);
  document.getElementById("session-stay").addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = await send(event.target.action, {}).catch(() => null);
    if (said === null) told.textContent = "Your session could not be kept; sign in in another tab.";
  });
  lasts(Number(body.dataset.seconds), true);
  setInterval(look, 1000);

  /* Drafts: never a password, a code or the token, and never sent by itself. */
  const NEVER = new Set(["csrf", "username", "password", "one_time_code", "secret", "act"]);
  const to = body.dataset.drafts;
  if (!to) return;
  const kept = document.getElementById("draft-kept");
  document.querySelectorAll('main form[method=post][action^="/patients/"]:not(.ap-suppose, .ap-begun)').forEach((form) => {
    let waiting = 0;
    let isSent = false;
    const keep = () => {
      clearTimeout(waiting);
      waiting = 0;
      const pairs = [...new FormData(form)].filter(([name, text]) => !NEVER.has(name) && typeof text === "string");
      send(to, { form: form.getAttribute("action"), typed: JSON.stringify(pairs) })
        .then((said) => {
          if (said && said.kept && kept) kept.textContent = said.kept;
        })
        .catch(() => {});
    };
    form.addEventListener("input", (event) => {
      if (NEVER.has(event.target.name) || isSent) return;
      clearTimeout(waiting);
      waiting = setTimeout(keep, 2000);
    });
    form.addEventListener("submit", () => {
      isSent = true;
      clearTimeout(waiting);
      waiting = 0;
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && waiting && !isSent) keep();
    });
  });
})();
