// Where CloudFront looks for a page: a store knows names, and pages are named `…/index.html`. For "viewer request".
function handler(event) {
  var request = event.request;
  var last = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (last === "") request.uri += "index.html";
  else if (last.indexOf(".") < 0) request.uri += "/index.html";
  return request;
}
