// What makes pages move. Every page works without it: these are shortcuts, not the only ways.
import "./zone.js";
import "./live.js";
import "./keys.js";
import "./tally.js"; // Before the forms: what is scanned is no sending.
import "./forms.js";
import "./chart.js";
import "./verify.js";

document.documentElement.classList.add("moves");

// On a phone the screens stand in a row that is longer than the window.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
