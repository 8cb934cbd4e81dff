/** What generated storms are made of: places, kinds of storm and how often they are seen. All invented or common geography. */

export interface Place {
  readonly state: string;
  /** The middle of the state, degrees. */
  readonly lat: number;
  readonly lon: number;
  readonly towns: readonly string[];
}

export interface StormKind {
  readonly type: string;
  /** The longest it lasts, minutes. */
  readonly minutes: number;
  /** Chance that it does damage, and the usual size of it in dollars. */
  readonly damageChance: number;
  readonly damage: number;
  /** The part of the damage done to crops. */
  readonly crops: number;
  readonly injuryChance: number;
  /** Covers an area: no begin and end point. */
  readonly wide: boolean;
  readonly phrases: readonly string[];
}

const place = (weight: number, state: string, lat: number, lon: number, towns: string) => ({
  weight,
  value: { state, lat, lon, towns: towns.split(', ') } satisfies Place,
});

export const places = [
  place(80, 'TEXAS', 31.5, -99.3, 'Abilene, Lubbock, Waco, Amarillo, Odessa'),
  place(60, 'KANSAS', 38.5, -98.4, 'Salina, Dodge City, Hays, Emporia'),
  place(45, 'IOWA', 42, -93.5, 'Ames, Mason City, Ottumwa, Carroll'),
  place(42, 'ILLINOIS', 40, -89.2, 'Peoria, Decatur, Galesburg, Effingham'),
  place(40, 'MISSOURI', 38.4, -92.5, 'Sedalia, Rolla, Joplin, Hannibal'),
  place(38, 'GEORGIA', 32.7, -83.4, 'Macon, Valdosta, Rome, Dublin'),
  place(35, 'MINNESOTA', 46.2, -94.3, 'Brainerd, Willmar, Bemidji, Mankato'),
  place(33, 'OKLAHOMA', 35.6, -97.5, 'Enid, Ada, Lawton, Woodward'),
  place(32, 'NEBRASKA', 41.5, -99.8, 'Kearney, Ogallala, Norfolk, Valentine'),
  place(34, 'NEW YORK', 42.9, -75.5, 'Utica, Elmira, Oswego, Watertown, Oneonta'),
  place(30, 'OHIO', 40.3, -82.8, 'Lima, Mansfield, Zanesville, Athens'),
  place(28, 'COLORADO', 39, -105.5, 'Pueblo, Salida, Limon, Sterling'),
  place(27, 'PENNSYLVANIA', 40.9, -77.8, 'Altoona, Erie, Scranton, Du Bois'),
  place(25, 'FLORIDA', 28.6, -82.4, 'Ocala, Sebring, Lake City, Palatka'),
  place(22, 'NORTH CAROLINA', 35.5, -79.4, 'Asheboro, Hickory, Kinston, Boone'),
  place(20, 'CALIFORNIA', 37.2, -119.3, 'Fresno, Redding, Bishop, Barstow'),
  place(18, 'MICHIGAN', 44.3, -85.4, 'Cadillac, Alpena, Saginaw, Marquette'),
  place(15, 'VIRGINIA', 37.5, -78.8, 'Lynchburg, Danville, Staunton, Emporia'),
  place(12, 'MAINE', 45.4, -69.2, 'Bangor, Caribou, Rumford, Machias'),
  place(10, 'WASHINGTON', 47.4, -120.5, 'Yakima, Wenatchee, Omak, Chehalis'),
  place(6, 'HAWAII', 20.8, -156.3, 'Hilo, Lihue, Wailuku'),
] as const;

const kind = (weight: number, type: string, shape: Omit<StormKind, 'type' | 'phrases'>, phrases: string) => ({
  weight,
  value: { type, ...shape, phrases: phrases.split(' | ') } satisfies StormKind,
});
const local = { wide: false, crops: 0.1 };
const wide = { wide: true, crops: 0.05 };

export const kinds = [
  kind(
    200,
    'Thunderstorm Wind',
    { ...local, minutes: 30, damageChance: 0.6, damage: 8000, injuryChance: 0.02 },
    'Gusts broke large limbs and took shingles off roofs. | Several trees fell across a county road. | A barn lost half of its roof.',
  ),
  kind(
    190,
    'Hail',
    { ...local, crops: 0.6, minutes: 20, damageChance: 0.25, damage: 15_000, injuryChance: 0.004 },
    'Stones the size of quarters covered the ground. | Hail dented cars in a parking lot. | A field of young corn was flattened.',
  ),
  kind(
    60,
    'Flash Flood',
    { ...local, minutes: 360, damageChance: 0.4, damage: 40_000, injuryChance: 0.01 },
    'A creek left its banks within minutes. | Water stood a foot deep on a low road. | Two basements filled with water.',
  ),
  kind(
    45,
    'Winter Storm',
    { ...wide, minutes: 1440, damageChance: 0.15, damage: 30_000, injuryChance: 0.01 },
    'Nine inches of snow fell, and drifts closed side roads. | Ice and snow kept schools shut for a day.',
  ),
  kind(
    40,
    'High Wind',
    { ...wide, minutes: 600, damageChance: 0.35, damage: 12_000, injuryChance: 0.02 },
    'Steady wind brought down power lines. | A truck was blown over on the highway.',
  ),
  kind(
    35,
    'Tornado',
    { ...local, minutes: 15, damageChance: 0.75, damage: 250_000, injuryChance: 0.15 },
    'A narrow tornado crossed open country and damaged two farms. | The tornado uprooted trees and moved a shed off its base.',
  ),
  kind(
    30,
    'Heavy Snow',
    { ...wide, minutes: 900, damageChance: 0.05, damage: 10_000, injuryChance: 0.004 },
    'Up to a foot of snow was measured overnight. | Snow fell at two inches an hour for a while.',
  ),
  kind(
    26,
    'Flood',
    { ...local, crops: 0.5, minutes: 2880, damageChance: 0.35, damage: 80_000, injuryChance: 0.004 },
    'The river stayed above flood stage for two days. | Fields by the river were under water.',
  ),
  kind(
    20,
    'Lightning',
    { ...local, crops: 0, minutes: 1, damageChance: 0.7, damage: 20_000, injuryChance: 0.25 },
    'A strike set the attic of a house on fire. | Lightning hit a tree next to a playing field.',
  ),
  kind(
    18,
    'Heat',
    { ...wide, crops: 0, minutes: 2880, damageChance: 0, damage: 0, injuryChance: 0.3 },
    'Afternoons above 100 degrees sent several people to hospital.',
  ),
  kind(
    16,
    'Drought',
    { ...wide, crops: 0.95, minutes: 20_160, damageChance: 0.3, damage: 500_000, injuryChance: 0 },
    'Pastures dried out, and water use was restricted.',
  ),
  kind(
    12,
    'Lake-Effect Snow',
    { ...wide, minutes: 1200, damageChance: 0.05, damage: 8000, injuryChance: 0.004 },
    'A single band of snow off the lake left twenty inches.',
  ),
] as const;

export const reporters = [
  { weight: 30, value: 'Trained Spotter' },
  { weight: 25, value: 'Law Enforcement' },
  { weight: 20, value: 'Public' },
  { weight: 12, value: 'Emergency Manager' },
  { weight: 8, value: 'Newspaper' },
  { weight: 5, value: 'NWS Storm Survey' },
] as const;
