"""The picture of a place, route or trail where other programs show it: link previews, embeds and plates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from carreau.base.schema.medium import Medium
from carreau.base.schema.route import Route
from carreau.base.schema.share import Share, Shares
from carreau.base.schema.site import Site
from carreau.base.schema.trail import Trail
from carreau.site.pages.assets import SHARE_SIZE
from carreau.site.pages.invitations import invitation, route_invitation, trail_invitation
from carreau.site.pages.links import safe_url
from carreau.site.pages.page_texts import PageTexts, plain
from carreau.site.pages.site_content import SiteContent

_DEMONSTRATION = "demonstration"


class SharePicture(NamedTuple):
    """A picture.

    url : relative to the origin
    alt : alternative text
    is_emblem : whether it is the drawing of its kind, as there is no picture of the place
    """

    url: str
    width: int
    height: int
    alt: str
    is_emblem: bool = False

    def absolute(self, base_url: str) -> tuple[str, int, int, str]:
        """Return it as `Head.picture` has it."""
        return base_url + self.url, self.width, self.height, self.alt


def share_picture(site: Site, edition: SiteContent) -> SharePicture | None:
    """Return the poster of a state, else a picture, else its corner of the table, else the emblem of its kind."""
    for state in site.states:
        if state.poster and safe_url(state.poster[0].url):
            poster = state.poster[0]
            return SharePicture(poster.url, poster.width, poster.height, plain(state.title))
    if image := _image(site.media):
        return image
    corner = edition.corner(site.slug, site.lang)
    if corner and corner.picture:
        return SharePicture(corner.picture.url, corner.picture.width, corner.picture.height, plain(site.name))
    return _emblem(_DEMONSTRATION if site.is_demonstration else site.kind.code, site.kind.text, edition)


def route_picture(route: Route, edition: SiteContent) -> SharePicture | None:
    """Return the first picture of the route itself, else of the places on it, else the emblem of its way to travel."""
    if image := _image(route.media):
        return image
    sites = [edition.sites[stop.site][route.lang] for stop in route.stops if stop.site in edition.sites]
    pictures = [picture for site in sites if (picture := share_picture(site, edition)) and not picture.is_emblem]
    return pictures[0] if pictures else _emblem(route.mode.code, route.mode.text, edition)


def trail_picture(trail: Trail, edition: SiteContent) -> SharePicture | None:
    """Return the first picture of the trail itself, else of the places that it is told at, else an emblem."""
    if image := _image(trail.media):
        return image
    slugs = dict.fromkeys(each.where.site for each in trail.chapters if each.where and each.where.site in edition.sites)
    sites = (edition.sites[slug][trail.lang] for slug in slugs)
    pictures = (picture for site in sites if (picture := share_picture(site, edition)) and not picture.is_emblem)
    return next(pictures, None) or _emblem("trail", plain(trail.name), edition)


def _image(media: Iterable[Medium]) -> SharePicture | None:
    """Return the largest form of the first image."""
    for medium in media:
        for variant in reversed(medium.variants):
            if medium.kind == "image" and variant.width and variant.height and safe_url(variant.url):
                return SharePicture(variant.url, variant.width, variant.height, plain(medium.alt))
    return None


def _emblem(code: str, label: str, edition: SiteContent) -> SharePicture | None:
    pictures = edition.assets.share_pictures
    url = pictures.get(code.replace("/", "-")) or pictures.get("other", "")
    return SharePicture(url, *SHARE_SIZE, label, is_emblem=True) if url else None


def shares(edition: SiteContent, texts: PageTexts) -> Shares:
    """Return how oEmbed shows all places, routes and trails in the language of the texts."""
    lang = texts.language
    sites = {slug: by_language[lang] for slug, by_language in edition.sites.items()}
    routes = {slug: by_language[lang] for slug, by_language in edition.routes.items()}
    trails = {slug: by_language[lang] for slug, by_language in edition.trails.items()}
    return Shares(
        lang=lang,
        sites={slug: _share(invitation(site, texts), share_picture(site, edition)) for slug, site in sites.items()},
        routes={
            slug: _share(route_invitation(route, texts), route_picture(route, edition))
            for slug, route in routes.items()
        },
        trails={
            slug: _share(trail_invitation(trail, texts), trail_picture(trail, edition))
            for slug, trail in trails.items()
        },
    )


def _share(words: str, picture: SharePicture | None) -> Share:
    if picture is None:
        return Share(invitation=words)
    return Share(invitation=words, picture=picture.url, width=picture.width, height=picture.height)
