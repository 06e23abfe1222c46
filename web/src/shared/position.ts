/** Where this device is, as far as it says; null where it does not. WGS-84. */
export function whereAmI(oldMs = 60_000): Promise<{ lng: number; lat: number } | null> {
  return new Promise((done) => {
    if (!navigator.geolocation) return done(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        done({ lng: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) }),
      () => done(null),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: oldMs },
    );
  });
}
