/** Under which global setup tells the workers of the platform that they share. */
export const SHARED = "choreoDevPlatform";

export interface SharedPlatform {
  readonly name: string;
}
