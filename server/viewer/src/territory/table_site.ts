// The document of the territory in the form of a site, as the viewer knows it.
import type { Site, Term, Territory } from "../schema";

const NONE: Term = { code: "", text: "" };

/** Return a site whose only state is the table model. */
export function siteOfTerritory(territory: Territory): Site {
  return {
    slug: "territory", lang: territory.lang, modified: "", name: territory.title, other_names: [], is_demonstration: false,
    kind: NONE, theme: NONE, commune: "", insee: "", communes: [], summary: territory.title, keywords: [],
    related: [], outline: "", dates: [], architects: [], facts: [], sources: [], rights: [], states: [territory.state],
    annotations: [], tours: [], media: [], maps: [], routes: [], links: {}, pages: territory.pages,
  };
}
