// Starts Swagger UI on this page. Runs in the head, so that a dark page is never white for a moment.
"use strict";

const night = matchMedia("(prefers-color-scheme: dark)");
const followNight = () => document.documentElement.classList.toggle("dark-mode", night.matches);
followNight();
night.addEventListener("change", followNight);

// The filter looks for its phrase in tags, methods, paths and summaries; a tag that has it stays whole.
const filterOperations = (tags, phrase) => {
  const wanted = phrase.toLowerCase();
  const has = (...texts) => texts.join(" ").toLowerCase().includes(wanted);
  const matches = (operation) =>
    has(operation.get("method"), operation.get("path"), operation.getIn(["operation", "summary"]));
  return tags
    .map((tag, name) => (has(name) ? tag : tag.update("operations", (operations) => operations.filter(matches))))
    .filter((tag) => tag.get("operations").size > 0);
};

window.addEventListener("load", () => {
  const base = location.pathname.replace(/\/api-docs\/?$/, "");
  let ui = null; // asked for by the first request, before it is there
  ui = SwaggerUIBundle({
    url: base + "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    persistAuthorization: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    validatorUrl: null,
    filter: true,
    plugins: [() => ({ fn: { opsFilter: filterOperations } })],
    // Public routes ask for no token, but many show more to those who send one.
    requestInterceptor: (request) => {
      const token = ui?.authSelectors.authorized().getIn(["bearer", "value"]);
      if (token && !request.headers.Authorization) request.headers.Authorization = `Bearer ${token}`;
      return request;
    },
    onComplete: () => {
      const filter = document.querySelector(".operation-filter-input");
      if (filter) filter.placeholder = "Filter by tag, path or summary";
    },
  });
});
