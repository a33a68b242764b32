// What makes pages move. Every page works without it: these are shortcuts, not the only ways.
import "./live.js";
import "./keys.js";
import "./tally.js"; // Before the forms: what is scanned is no sending.
import "./forms.js";
import "./chart.js";
import "./verify.js";

document.documentElement.classList.add("moves");

// On a phone the screens stand in a row that is longer than the window.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// The server cannot know where the reader is; the next page is written in this zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`onhand_zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `onhand_zone=${encodeURIComponent(zone)}; path=/console; max-age=31536000; samesite=lax`;
}
