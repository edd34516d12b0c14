/** What a builder of our own is made of, where nobody names another image; a version is the only pin that we can know of. */
export const buildKitImage = 'moby/buildkit:v0.33.0';
