// Asks every minute whether the list on the page is still the list there is, and says so.
// Nothing moves under the cursor: the list changes when somebody follows the link.
const place = document.getElementById("fresh");
const link = document.createElement("a");
link.className = "ap-fresh__link";

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(place.dataset.ask, { cache: "no-store", redirect: "error" });
    if (!answer.ok) return;
    const { changed } = await answer.json();
    if (!changed) return;
    const told = `${changed} changed since ${place.dataset.since} - Show`;
    if (link.textContent === told) return;
    link.href = place.dataset.show;
    link.textContent = told;
    place.append(link);
  } catch {
    // The network is away: the page still says when it was made.
  }
}

if (place && place.dataset.ask) setInterval(ask, 60000);
