/** The version of the suite, as package.json says it; a test compares the two. */
export const version = '0.0.0';
