"""Hold the blank files that curators fill in, with what each key takes, in French."""

from __future__ import annotations

SITE = '''\
# Un lieu du catalogue. Tout texte est en français ; les traductions se font ailleurs.
# Ce qui reste vide est une question ouverte : `carreau check` en tient la liste.
# Ne rien deviner : ni fait, ni date, ni coordonnée, ni code.

name = {name}
kind = ""  # cite, terril, ecole, hopital/dispensaire, eglise, fosse, cavalier/gare, chevalement, etang-affaissement,
           # salle-des-fetes, chateau/maison-directeur ou other
theme = ""  # habitat, cadre de vie ou exploitation
commune = ""
insee = ""  # code INSEE de la commune, entre guillemets : "59172"

# Une date « 1831-07-15 » ou « 1831 », « 1924~ » pour « vers 1924 », une période « 1831/1862 » ou « 1946/.. ».
period = ""
company = ""

# Deux phrases au plus.
summary = ""
# Des paragraphes, séparés par une ligne vide. Un lien vers un autre lieu : [la fosse Mathilde](site:fosse-mathilde).
description = """
"""
keywords = []

confidence = ""  # high : deux sources au moins ; medium : une seule ; low : à vérifier entièrement
# Ce que l'équipe doit trouver ou trancher, une question par ligne.
questions = [
]

outline = ""  # contour en GeoJSON (WGS 84), à côté de ce fichier : "outline.geojson"

[position]
# lon = 3.4  # degrés, WGS 84 ; ici environ 3,2 à 3,6
# lat = 50.4  # degrés ; ici environ 50,2 à 50,5
basis = ""  # d'où viennent ces chiffres : levé, carte, contour officiel

# Seulement pour un élément inscrit au patrimoine mondial ; enlever les « # ».
# [inscription]
# list = 1360
# code = ""  # code de l'UNESCO « 1360-0NN », tel que publié
# component_number = 15
# component = ""
# element = ""  # identifiant de l'élément, tel que publié : "15A"
# source = ""

[visit]
see_today = ""  # ce que l'on voit aujourd'hui, et d'où
access = ""
safety = ""
accessibility = ""  # pour qui marche mal, voit mal, entend mal

# Ce qui est arrivé : begun, built, opened, closed, filled, demolished, restored, protected, ou other avec label.
# [[date]]
# event = "opened"
# when = "1831-07-15"
# source = ""
# disputed = true  # si les sources se contredisent

# [[architect]]
# name = ""
# role = ""
# source = ""

# Un fait par table, chacun avec sa source.
# [[fact]]
# name = "shaft_depth_m"
# label = "profondeur du puits"
# value = 338
# unit = "m"
# source = ""

# [[source]]
# title = ""
# url = ""

# Une image, un son, un film ou un document.
# [[media]]
# id = "facade"
# kind = "image"  # image, sound, video ou document
# file = ""  # à côté de ce fichier
# title = ""
# credit = ""
# licence = ""
# alt = ""  # image : ce qu'elle montre, pour qui ne la voit pas
# transcript = ""  # son, film : ce qui est dit, ou un fichier .txt
# captions = ""  # film, et son si l’on veut : sous-titres WebVTT

[[rights]]
of = "textes"
credit = ""
licence = ""
'''

STATE = """\
# Un état du lieu à une date. Sans fichier, c'est un brouillon.
[[state]]
id = "{id}"
title = ""
date = ""  # jour du relevé, ou époque montrée : « 1930~ », « 1920/1939 »
kind = ""  # scan : relevé ; reconstruction : restitution ; model : modèle d'auteur (GLB, animé ou non)
file = ""  # à côté de ce fichier
evidence = ""  # attested : attesté ; deduced : déduit ; hypothetical : hypothétique
sources = []  # plans, photographies, relevés
author = ""
licence = ""
# Une partie plus ou moins sûre que le tout.
# [[state.part]]
# name = ""
# evidence = "hypothetical"
# sources = []
# Où se trouve l'origine du modèle, pour qu'hier et aujourd'hui se superposent.
# [state.geopose]
# lon = 3.4  # degrés, WGS 84
# lat = 50.4
# height_m = 40  # au-dessus de l'ellipsoïde
# yaw_deg = 0
"""

ROUTE = """\
# Un itinéraire. Tout texte est en français ; les traductions se font ailleurs.
# Ce qui reste vide est une question ouverte : `carreau check` en tient la liste.

name = {name}
standing = "proposal"  # proposal : proposition ; tested : parcouru ; official : balisé ou publié
mode = ""  # walk, bike, car ou bus
# loop = true

summary = ""

path = ""  # tracé GPX ou GeoJSON, à côté de ce fichier ; sans lui, des lignes droites, indicatives
path_measure = "indicative"  # indicative, documented ou measured
# length_km = 2.0
length_measure = "indicative"
# climb_m = 30
# duration_min = 45
surface = ""
# step_free = true
transport = ""  # comment venir
safety = ""

questions = [
]

# Les arrêts, dans l'ordre, deux au moins : un lieu du catalogue, par le nom de son dossier…
# [[stop]]
# site = "fosse-mathilde"
# optional = true
# text = ""

# … ou un autre lieu.
[[stop]]
text = ""

[stop.place]
name = ""
commune = ""
insee = ""

[[stop]]
text = ""

[stop.place]
name = ""
commune = ""
insee = ""

[stop.place.position]  # en degrés, avec l'origine des chiffres
# lon = 3.4
# lat = 50.4
basis = ""

[[rights]]
of = "textes"
credit = ""
licence = ""
"""
