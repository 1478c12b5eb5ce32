// Loads the page again as long as the catalogue is being read, unless somebody is filling its forms.
setTimeout(() => {
  if (!document.activeElement?.form) location.reload();
}, 1500);
