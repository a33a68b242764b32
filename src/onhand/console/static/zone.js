// The server cannot know where the reader is; the next page is written in this zone. The door says it already.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`onhand_zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `onhand_zone=${encodeURIComponent(zone)}; path=/console; max-age=31536000; samesite=lax`;
}
