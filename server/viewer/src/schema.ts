// Written by `python -m server.viewer.tools.viewer_types` from pipeline/carreau/base/schema; do not edit.

/** Levels for screens, the smallest first. */
export const SCREEN_LEVELS = ["preview", "phone", "desktop"] as const;

/** Other encodings of levels with fewer bytes, with the type of their images. */
export const FEWER_BYTES = { "phone-light": { of: "phone", media: "image/avif" } } as const;

/** Other encodings that take less memory. */
export const LESS_MEMORY = { "desktop-ktx2": "desktop" } as const;

/** Texts below the title of an annotation. */
export const ANNOTATION_TEXTS = ["text"] as const;

/** Languages of the texts; another is answered in the first one. */
export const LANGUAGES: readonly string[] = ["fr", "en", "nl", "de", "pl"];

/** The level for a client that asks for none. */
export const DEFAULT_LEVEL = "phone";

/** How far measured points lie from a part: half of them within `median_m`, 95 % within `p95_m`, in metres. */
export interface Accuracy {
  readonly points: number;
  readonly median_m: number;
  readonly p95_m: number;
}

/** A text pinned to a point of a state, in the model's metres. */
export interface Annotation {
  readonly id: string;
  readonly state: string;
  readonly point: readonly [number, number, number];
  readonly normal: readonly [number, number, number];
  readonly title: Text;
  readonly text?: Text;
  readonly media: readonly (string)[];
  readonly sources: readonly (string)[];
}

/** Who designed it. */
export interface Architect {
  readonly name: string;
  readonly role?: Text;
  readonly source: string;
}

/** How a state appears in augmented reality: on a table, and life-size. */
export interface AugmentedReality {
  readonly table_scale?: number;
  readonly life_size_m?: number;
}

/** Where a view looks from and at, in the model's metres. */
export interface Camera {
  readonly position: readonly [number, number, number];
  readonly target: readonly [number, number, number];
  readonly field_deg?: number;
}

/** An animation of the model. */
export interface Clip {
  readonly name: string;
  readonly duration_s: number;
}

/** Something that happened. */
export interface Dated {
  readonly event: Term;
  readonly when: Day;
  readonly label?: Text;
  readonly of?: Text;
  readonly source: string;
  readonly is_disputed: boolean;
}

/** A date or a period. */
export interface Day {
  readonly edtf: string;
  readonly text: string;
}

/** How far a level is from its scan. */
export interface Error {
  readonly psnr_db?: number;
  readonly ssim?: number;
  readonly rms_m?: number;
}

/** How large it is. */
export interface Extent {
  readonly area_ha?: number;
  readonly length_m?: number;
  readonly share_in_territory?: number;
  readonly basis?: Text;
}

/** Something known, with its source. */
export interface Fact {
  readonly name: string;
  readonly label: Text;
  readonly value?: string | number;
  readonly unit: string;
  readonly text?: Text;
  readonly source: string;
  readonly note?: Text;
  readonly is_disputed: boolean;
}

/** A site, route or trail that was found. */
export interface Hit {
  readonly kind: "site" | "route" | "trail";
  readonly slug: string;
  readonly lang: string;
  readonly title: Marked;
  readonly excerpt: Marked;
  readonly score: number;
  readonly url: string;
  readonly page: string;
}

/** What was found, best first. */
export interface Hits {
  readonly lang: string;
  readonly q: string;
  readonly read_as?: string;
  readonly is_partial: boolean;
  readonly matched: number;
  readonly next?: string;
  readonly hits: readonly (Hit)[];
}

/** What the official list says, as published. */
export interface Inscription {
  readonly list: number;
  readonly code: string;
  readonly component_number?: number;
  readonly component: string;
  readonly element: string;
  readonly source: string;
}

/** One published size of a state. */
export interface Level {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
  readonly level: "preview" | "phone-light" | "phone" | "desktop-ktx2" | "desktop" | "ar-android" | "ar-ios" | "ar-table-android" | "ar-table-ios" | "archive";
  readonly triangles: number;
  readonly texture_px: number;
  readonly texture_format: string;
  readonly texel_m: number;
  readonly gpu_bytes: number;
  readonly extensions: readonly (string)[];
  readonly error: Error;
}

/** A file with the address it is fetched from, relative to the origin. */
export interface Link {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
}

/** A map that moves, step by step. */
export interface MapScene {
  readonly slug: string;
  readonly name: Text;
  readonly summary: Text;
  readonly clock: string;
  readonly note?: Text;
  readonly ground?: SceneGround;
  readonly sides: readonly (SceneSide)[];
  readonly features: readonly (SceneFeature)[];
  readonly events: readonly (SceneEvent)[];
  readonly sources: readonly (SceneSource)[];
  readonly pages: Readonly<Record<string, string>>;
}

/** A text, and what of it was looked for. */
export interface Marked {
  readonly text: string;
  readonly marks: readonly (readonly [number, number])[];
  readonly html: string;
}

/** A picture, sound, film or document; its variants best first. */
export interface Medium {
  readonly id: string;
  readonly kind: "image" | "sound" | "video" | "document";
  readonly title?: Text;
  readonly alt?: Text;
  readonly credit: string;
  readonly licence: string;
  readonly licence_url: string;
  readonly date?: Day;
  readonly sources: readonly (string)[];
  readonly transcript?: Text;
  readonly captions?: Link;
  readonly captions_lang: string;
  readonly tracks: readonly (Track)[];
  readonly placeholder: string;
  readonly duration_s?: number;
  readonly variants: readonly (Variant)[];
}

/** A part of a model with an evidence of its own; `name` is that of its node in the glTF, where it has one. */
export interface NamedPart {
  readonly name: string;
  readonly label: Text;
  readonly evidence: Term;
  readonly sources: readonly (string)[];
  readonly note?: Text;
  readonly accuracy?: Accuracy;
}

/** Every file that a route or a trail needs, in the order they should come. */
export interface Pack {
  readonly route: string;
  readonly kind: "route" | "trail";
  readonly lang: string;
  readonly level: "preview" | "phone-light" | "phone" | "desktop-ktx2" | "desktop" | "ar-android" | "ar-ios" | "ar-table-android" | "ar-table-ios" | "archive";
  readonly id: string;
  readonly bytes: number;
  readonly day: string;
  readonly files: readonly (PackFile)[];
}

/** One file of a pack. */
export interface PackFile {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
  readonly role: "page" | "data" | "poster" | "model" | "ar" | "image" | "sound" | "video" | "captions" | "document" | "app";
}

/** An image of so many pixels. */
export interface Picture {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/** A point on the Earth. */
export interface Place {
  readonly lon: number;
  readonly lat: number;
  readonly basis?: Text;
  readonly is_simulated: boolean;
}

/** Where a model's origin stands and how it is turned (OGC GeoPose 1.0). */
export interface Pose {
  readonly lon: number;
  readonly lat: number;
  readonly height_m?: number;
  readonly quaternion: readonly [number, number, number, number];
  readonly yaw_deg?: number;
}

/** The measured terrain of the model. */
export interface Relief {
  readonly year: string;
  readonly credit: string;
  readonly licence: string;
  readonly share: number;
  readonly has_photo: boolean;
  readonly ground: Picture;
  readonly bounds: readonly [number, number, number, number];
}

/** Whom a part of an entry belongs to. */
export interface Rights {
  readonly of: Text;
  readonly credit: string;
  readonly licence: string;
  readonly licence_url: string;
  readonly url: string;
}

/** A step of the map. */
export interface SceneEvent {
  readonly id: string;
  readonly number: number;
  readonly time: string;
  readonly told: Text;
  readonly title: Text;
  readonly text: Text;
  readonly spoken?: Text;
  readonly sources: readonly (string)[];
  readonly evidence: Term;
  readonly others: readonly (SceneOther)[];
  readonly spots: readonly (SceneSpot)[];
}

/** Something on the map. */
export interface SceneFeature {
  readonly id: string;
  readonly kind: Term;
  readonly side: string;
  readonly name: Text;
  readonly label: string;
  readonly text?: Text;
  readonly sources: readonly (string)[];
  readonly evidence: Term;
  readonly is_placed: boolean;
}

/** A map of the time under the map: a picture whose rows and columns are parallels and meridians. */
export interface SceneGround {
  readonly url: string;
  readonly bounds: readonly [number, number, number, number];
  readonly source: string;
  readonly licence: string;
  readonly credit: string;
  readonly rms_m: number;
}

/** What other sources say of an event. */
export interface SceneOther {
  readonly text: Text;
  readonly time: string;
  readonly feature: string;
  readonly points: readonly (readonly [number, number])[];
  readonly around: string;
  readonly sources: readonly (string)[];
}

/** Who features belong to; the map shows it by shape and pattern. */
export interface SceneSide {
  readonly id: string;
  readonly name: Text;
}

/** Where something was read. */
export interface SceneSource {
  readonly id: string;
  readonly title: Text;
  readonly url: string;
  readonly reliability?: Term;
  readonly note?: Text;
}

/** Where a feature is at an event. */
export interface SceneSpot {
  readonly feature: string;
  readonly points: readonly (readonly [number, number])[];
  readonly around: string;
  readonly is_supposed: boolean;
  readonly is_new: boolean;
  readonly state?: Term;
  readonly sources: readonly (string)[];
}

/** Everything of one site. */
export interface Site {
  readonly slug: string;
  readonly lang: string;
  readonly modified: string;
  readonly name: Text;
  readonly other_names: readonly (Text)[];
  readonly is_demonstration: boolean;
  readonly kind: Term;
  readonly theme: Term;
  readonly commune: string;
  readonly insee: string;
  readonly communes: readonly (string)[];
  readonly period?: Day;
  readonly period_note?: Text;
  readonly company?: Text;
  readonly summary: Text;
  readonly description?: Text;
  readonly keywords: readonly (Text)[];
  readonly confidence?: Term;
  readonly related: readonly (string)[];
  readonly position?: Place;
  readonly extent?: Extent;
  readonly outline: string;
  readonly inscription?: Inscription;
  readonly visit?: Visit;
  readonly dates: readonly (Dated)[];
  readonly architects: readonly (Architect)[];
  readonly facts: readonly (Fact)[];
  readonly sources: readonly (Source)[];
  readonly rights: readonly (Rights)[];
  readonly states: readonly (State)[];
  readonly annotations: readonly (Annotation)[];
  readonly tours: readonly (Tour)[];
  readonly media: readonly (Medium)[];
  readonly maps: readonly (MapScene)[];
  readonly routes: readonly (string)[];
  readonly links: Readonly<Record<string, string>>;
  readonly pages: Readonly<Record<string, string>>;
}

/** Where something was read. */
export interface Source {
  readonly title: Text;
  readonly url: string;
}

/** A site at a date. */
export interface State {
  readonly id: string;
  readonly title: Text;
  readonly date?: Day;
  readonly kind: Term;
  readonly evidence: Term;
  readonly line: string;
  readonly parts: readonly (NamedPart)[];
  readonly sources: readonly (string)[];
  readonly author: string;
  readonly licence: string;
  readonly licence_url: string;
  readonly credit: string;
  readonly note?: Text;
  readonly pose?: Pose;
  readonly survey?: Survey;
  readonly is_simulated: boolean;
  readonly is_size_known: boolean;
  readonly bounds_m?: readonly [readonly [number, number, number], readonly [number, number, number]];
  readonly clips: readonly (Clip)[];
  readonly levels: readonly (Level)[];
  readonly ar?: AugmentedReality;
  readonly poster: readonly (Picture)[];
  readonly poster_view?: View;
  readonly first_view?: Camera;
}

/** One view of a tour; `annotation` and `sound` are ids. */
export interface Step {
  readonly camera?: Camera;
  readonly annotation: string;
  readonly text?: Text;
  readonly sound: string;
  readonly duration_s: number;
}

/** What a state surveyed from the air was made of. */
export interface Survey {
  readonly flown?: Day;
  readonly has_photograph: boolean;
  readonly photograph?: Day;
  readonly is_historic: boolean;
  readonly points_per_m2: number;
  readonly gaps: readonly (Text)[];
  readonly changes: readonly (Text)[];
}

/** A commune on the table model, with the number of its places that stand on it. */
export interface TableCommune {
  readonly insee: string;
  readonly name: string;
  readonly point: readonly [number, number, number];
  readonly places: number;
}

/** A place on the table model. */
export interface TablePlace {
  readonly slug: string;
  readonly name: Text;
  readonly kind: Term;
  readonly theme: Term;
  readonly commune: string;
  readonly page: string;
  readonly point: readonly [number, number, number];
  readonly camera: Camera;
  readonly height_m: number;
  readonly height: Term;
  readonly picture?: Picture;
}

/** A picture of the whole model, with the camera that took it. */
export interface TableView {
  readonly camera: Camera;
  readonly width: number;
  readonly height: number;
  readonly pictures: readonly (Picture)[];
}

/** A word of a closed list. */
export interface Term {
  readonly code: string;
  readonly text: string;
}

/** The table model of the territory, made from outlines, and from measured terrain where it was gathered. */
export interface Territory {
  readonly lang: string;
  readonly title: Text;
  readonly state: State;
  readonly reduction: number;
  readonly exaggeration: number;
  readonly wide: TableView;
  readonly tall: TableView;
  readonly places: readonly (TablePlace)[];
  readonly communes: readonly (TableCommune)[];
  readonly pages: Readonly<Record<string, string>>;
  readonly relief?: Relief;
}

/** Words of curators or translators. */
export interface Text {
  readonly text: string;
  readonly lang: string;
  readonly standing: "source" | "reviewed" | "unreviewed" | "stale";
}

/** Views one after the other. */
export interface Tour {
  readonly id: string;
  readonly state: string;
  readonly title: Text;
  readonly summary?: Text;
  readonly steps: readonly (Step)[];
}

/** Captions in a language: WebVTT. */
export interface Track {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
  readonly lang: string;
}

/** One form of a medium. */
export interface Variant {
  readonly sha256: string;
  readonly ext: string;
  readonly media_type: string;
  readonly bytes: number;
  readonly brotli_bytes?: number;
  readonly gzip_bytes?: number;
  readonly url: string;
  readonly width?: number;
  readonly height?: number;
  readonly codec: string;
}

/** From where a picture was taken, in degrees: azimuth from +Z towards +X, elevation from the horizon. */
export interface View {
  readonly azimuth_deg: number;
  readonly elevation_deg: number;
  readonly subject_m?: readonly [readonly [number, number, number], readonly [number, number, number]];
}

/** What a visitor should know before going. */
export interface Visit {
  readonly see_today?: Text;
  readonly access?: Text;
  readonly safety?: Text;
  readonly accessibility?: Text;
  readonly parking?: Text;
  readonly parking_source: string;
  readonly bus?: Text;
  readonly bus_source: string;
  readonly is_step_free?: boolean;
  readonly step_free_source: string;
}
