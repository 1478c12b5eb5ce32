// Lead on to the list of all places who follows an old link to it: it was on the home page, as /fr/#commune-59632.
const { search, hash } = location;
if (/^#(places|map|filters|commune-.+)$/.test(hash) || /[?&](kind|theme|commune|has)=/.test(search)) {
  location.replace(document.querySelector("[data-list]").pathname + search + hash);
}
